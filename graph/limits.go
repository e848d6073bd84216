package graph

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"carillon/auth"
	"carillon/graph/scalar"
	"carillon/models"
)

// Limits bound what one operation may ask for. Zero fields take the defaults.
type Limits struct {
	// Cost of all fields together: 25,000. A field costs 1, one that may be large
	// 5, a page 25 and its fields times `first`, another list its fields times 5, a
	// channel's health 20, statistics 25 and their fields times the intervals.
	Cost int
	// Depth of nested fields: 15.
	Depth int
	// RootFields, aliases included: 50.
	RootFields int
	// Tokens of the document: 15,000.
	Tokens int
}

func (l Limits) withDefaults() Limits {
	for _, limit := range []struct {
		value *int
		usual int
	}{{&l.Cost, 25_000}, {&l.Depth, 15}, {&l.RootFields, 50}, {&l.Tokens, 15_000}} {
		if *limit.value <= 0 {
			*limit.value = limit.usual
		}
	}
	return l
}

const (
	costOfPage   = 25      // it is a statement of its own
	costOfHealth = 20      // it adds up many rows for each channel
	costOfLarge  = 5       // payloads and bodies: aliases must not multiply them without bound
	guessedItems = 5       // of lists without pages: routes, headers, a channel's webhooks
	ceiling      = 1 << 30 // costs stop growing here
)

// limiter is the extension that refuses operations beyond the limits, before
// any field is resolved.
type limiter struct{ limits Limits }

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
} = (*limiter)(nil)

// ExtensionName names the extension.
func (*limiter) ExtensionName() string { return "Limits" }

// Validate takes every schema.
func (*limiter) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext measures the operation. Introspection is not counted:
// the validator bounds it.
func (l *limiter) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	m := measurer{variables: op.Variables}
	size := m.set(op.Operation.SelectionSet)
	switch {
	case size.fields > l.limits.RootFields:
		return tooComplex("the operation has %d root fields; at most %d are allowed in one", size.fields, l.limits.RootFields)
	case size.depth > l.limits.Depth:
		return tooComplex("the operation is nested %d deep; at most %d is allowed", size.depth, l.limits.Depth)
	case size.cost > l.limits.Cost:
		return tooComplex("the operation costs %d; at most %d is allowed: ask for fewer fields, or fewer items with `first`", size.cost, l.limits.Cost)
	}
	return allowed(ctx, m.scoped)
}

// allowed refuses fields below the root before anything is done: a mutation
// whose answer may not be read is not made.
func allowed(ctx context.Context, scoped []*ast.Directive) *gqlerror.Error {
	p := auth.From(ctx)
	if p == nil {
		return nil // the root field says so
	}
	for _, directive := range scoped {
		var anyOf []models.Scope
		for _, scope := range directive.Arguments.ForName("any").Value.Children {
			anyOf = append(anyOf, models.Scope(scope.Value.Raw))
		}
		if err := p.Need(anyOf...); err != nil {
			return gqlerror.Wrap(err)
		}
	}
	return nil
}

func tooComplex(format string, args ...any) *gqlerror.Error {
	err := gqlerror.Errorf(format, args...)
	err.Extensions = map[string]any{"code": string(models.CodeTooComplex)}
	return err
}

// size is what a selection asks for.
type size struct {
	cost, depth int
	fields      int // of its first level
}

// measurer weighs selections. A fragment is weighed once, however often it is
// spread: nested spreads would double the work with every level.
type measurer struct {
	variables map[string]any
	fragments map[string]size
	scoped    []*ast.Directive // @scope of fields below the root
}

func (m *measurer) set(selections ast.SelectionSet) size {
	var total size
	for _, selection := range selections {
		var s size
		switch selection := selection.(type) {
		case *ast.Field:
			s = m.field(selection)
		case *ast.InlineFragment:
			s = m.set(selection.SelectionSet)
		case *ast.FragmentSpread:
			s = m.fragment(selection.Definition)
		}
		total.cost = min(total.cost+s.cost, ceiling)
		total.depth = max(total.depth, s.depth)
		total.fields = min(total.fields+s.fields, ceiling)
	}
	return total
}

func (m *measurer) fragment(def *ast.FragmentDefinition) size {
	if s, ok := m.fragments[def.Name]; ok {
		return s
	}
	s := m.set(def.SelectionSet)
	if m.fragments == nil {
		m.fragments = map[string]size{}
	}
	m.fragments[def.Name] = s
	return s
}

func (m *measurer) field(f *ast.Field) size {
	if len(f.Name) > 1 && f.Name[:2] == "__" {
		return size{fields: 1}
	}
	if scope := f.Definition.Directives.ForName("scope"); scope != nil && !isRoot(f.ObjectDefinition) {
		m.scoped = append(m.scoped, scope)
	}
	if len(f.SelectionSet) == 0 {
		return size{cost: costOfLeaf(f), depth: 1, fields: 1}
	}
	below := m.set(f.SelectionSet)
	own, items := 1, 1
	switch {
	case f.Definition.Arguments.ForName("first") != nil:
		own, items = costOfPage, m.first(f)
	case f.Definition.Type.Name() == "ChannelHealth":
		own = costOfHealth
	case f.Definition.Type.Name() == "DeliveryStatsBucket":
		own, items = costOfPage, m.intervals(f)
	case f.Definition.Type.Elem != nil && !strings.HasSuffix(f.ObjectDefinition.Name, "Connection"):
		items = m.listed(f)
	}
	return size{cost: min(own+items*below.cost, ceiling), depth: 1 + below.depth, fields: 1}
}

func isRoot(def *ast.Definition) bool {
	return def.Name == "Query" || def.Name == "Mutation" || def.Name == "Subscription"
}

// large are the fields of text that may be long: payloads' and templates'.
var large = map[string]bool{"requestBody": true, "responseBody": true, "source": true, "output": true}

func costOfLeaf(f *ast.Field) int {
	if f.Definition.Type.Name() == "JSON" || large[f.Name] {
		return costOfLarge
	}
	return 1
}

// first is the page that is asked for; what is out of range is refused by the
// resolver.
func (m *measurer) first(f *ast.Field) int {
	arg := f.Arguments.ForName("first")
	if arg == nil {
		return models.DefaultPage
	}
	value, err := arg.Value.Value(m.variables)
	if err != nil {
		return models.MaxPage
	}
	first, err := graphql.UnmarshalInt(value)
	if value == nil || err != nil || first < 1 {
		return models.DefaultPage
	}
	return min(first, models.MaxPage)
}

// intervals is how many of them statistics are asked for; arguments that make
// no sense are refused by the resolver.
func (m *measurer) intervals(f *ast.Field) int {
	from, errFrom := scalar.UnmarshalTime(m.argument(f, "from"))
	to, errTo := scalar.UnmarshalTime(m.argument(f, "to"))
	interval, errInterval := scalar.UnmarshalDuration(m.argument(f, "interval"))
	if errFrom != nil || errTo != nil || errInterval != nil {
		return 1
	}
	r, err := statsRequest(from, to, interval, models.AttemptFilter{})
	if err != nil {
		return 1
	}
	return int(buckets(r.To.Sub(r.From), r.Interval))
}

func (m *measurer) argument(f *ast.Field, name string) any {
	arg := f.Arguments.ForName(name)
	if arg == nil {
		return nil
	}
	value, err := arg.Value.Value(m.variables)
	if err != nil {
		return nil
	}
	return value
}

// listed is how many items a list without pages may have. publishEvents answers
// with as many as it was given.
func (m *measurer) listed(f *ast.Field) int {
	arg := f.Arguments.ForName("input")
	if f.Name != "publishEvents" || arg == nil {
		return guessedItems
	}
	events := arg.Value.Children.ForName("events")
	if arg.Value.Kind == ast.Variable {
		input, _ := m.variables[arg.Value.Raw].(map[string]any)
		return count(input["events"])
	}
	if events != nil && events.Kind == ast.Variable {
		return count(m.variables[events.Raw])
	}
	if events != nil {
		return len(events.Children)
	}
	return guessedItems
}

func count(list any) int {
	if items, ok := list.([]any); ok {
		return len(items)
	}
	return 1
}
