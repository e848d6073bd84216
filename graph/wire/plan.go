package wire

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"carillon/models"
)

// plan is a valid document and how its variables are read. It is shared by
// all requests with the same query, and never changes.
type plan struct {
	query      string
	doc        *ast.QueryDocument
	operations []operation
	literals   []literal
	fault      *models.Error // what GraphQL takes and this server does not

	newer, older *plan // the cache's alone
}

type operation struct {
	def       *ast.OperationDefinition
	variables []variable
}

type variable struct {
	def   *ast.VariableDefinition
	of    *inputType
	field string // the dotted path of the input that it fills first
}

// newPlan takes a valid document, and makes it its own: JSON that stands in it
// becomes variables, and its operations declare none, so that the executor
// does not read by reflection what the plan has read.
func newPlan(query string, doc *ast.QueryDocument, all inputs) *plan {
	p := &plan{query: query, doc: doc}
	s := survey{plan: p, inputs: all, places: make(map[string]string)}
	for _, op := range doc.Operations {
		s.directives(op.Directives)
		s.selections(op.SelectionSet)
	}
	for _, fragment := range doc.Fragments {
		s.directives(fragment.Directives)
		s.selections(fragment.SelectionSet)
	}
	s.keep = true
	for _, def := range doc.Operations {
		op := operation{def: def}
		for _, v := range def.VariableDefinitions {
			field, placed := s.places[v.Variable]
			if !placed {
				field = v.Variable
			}
			of := all[v.Type.Name()]
			if v.DefaultValue != nil {
				s.value(v.DefaultValue, v.Type, of, field)
			}
			op.variables = append(op.variables, variable{def: v, of: of, field: field})
		}
		def.VariableDefinitions = nil
		p.operations = append(p.operations, op)
	}
	return p
}

// read reads the variables of a request. Of an operation that the document has
// not, the executor complains.
func (p *plan) read(req *request) (map[string]any, *gqlerror.Error) {
	op := p.operation(req.operationName)
	if op == nil {
		return nil, nil
	}
	if p.fault != nil {
		return nil, coded(p.fault)
	}
	values := make(map[string]any, len(op.variables)+len(p.literals))
	texts, fault := op.read(req, values)
	if fault != nil {
		return nil, fault
	}
	p.inline(values, op, texts)
	return values, nil
}

// read fills values, and returns the text of each variable as well; nil is one
// that was not given.
func (op *operation) read(req *request, values map[string]any) ([][]byte, *gqlerror.Error) {
	texts := make([][]byte, len(op.variables))
	if req.variables != nil {
		r := reader{cursor{b: req.variables}, req.spaced}
		r.enter()
		for r.more() {
			i := op.index(r.key())
			if i < 0 {
				r.value() // GraphQL lets variables pass that nobody declared
				continue
			}
			v := &op.variables[i]
			r.peek()
			from := r.i
			value, wrong := r.typed(v.def.Type, v.of)
			if wrong != nil {
				return nil, v.misfit(wrong)
			}
			values[v.def.Variable], texts[i] = value, r.b[from:r.i]
		}
	}
	for i := range op.variables {
		switch v := &op.variables[i]; {
		case texts[i] != nil:
		case v.def.DefaultValue != nil:
			values[v.def.Variable] = literalValue(v.def.DefaultValue, v.def.Type, v.of)
		case v.def.Type.NonNull:
			return nil, v.misfit(misfits("must be given"))
		}
	}
	return texts, nil
}

func (op *operation) index(name []byte) int {
	for i := range op.variables {
		if op.variables[i].def.Variable == string(name) {
			return i
		}
	}
	return -1
}

func (p *plan) operation(name string) *operation {
	def := p.doc.Operations.ForName(name)
	for i := range p.operations {
		if p.operations[i].def == def {
			return &p.operations[i]
		}
	}
	return nil
}

func (v *variable) misfit(m *misfit) *gqlerror.Error {
	field := m.field(v.field)
	if field == "" {
		return invalid("the variable $%s %s", v.def.Variable, m.message)
	}
	return refuse(models.CodeBadUserInput, field, "%s", m.message)
}
