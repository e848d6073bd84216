package graph

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"carillon/auth"
	"carillon/models"
)

// view is all that the response to an item depends on, beside the item: what
// is selected, the variables that the selection uses, and what its client may
// see, which is a matter of tenant and scopes and never of the key itself. The
// arguments of the subscription choose items, and show in no response.
type view struct {
	operation *ast.OperationDefinition // of the cached document, so that equal texts are one
	variables string
	tenant    models.ID
	scopes    string
}

func viewOf(ctx context.Context) view {
	op, p := graphql.GetOperationContext(ctx), auth.From(ctx)
	v := view{operation: op.Operation}
	if p != nil {
		if p.TenantID != nil {
			v.tenant = *p.TenantID
		}
		scopes := make([]string, len(p.Scopes))
		for i, scope := range p.Scopes {
			scopes[i] = string(scope)
		}
		slices.Sort(scopes)
		v.scopes = strings.Join(scopes, " ")
	}
	used := usage{variables: map[string]bool{}, fragments: map[*ast.FragmentDefinition]bool{}}
	used.selections(op.Operation.SelectionSet)
	v.variables = used.values(op.Variables)
	return v
}

// usage collects the variables that a selection uses.
type usage struct {
	variables map[string]bool
	fragments map[*ast.FragmentDefinition]bool // those that were looked at
}

func (u *usage) selections(set ast.SelectionSet) {
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			if !isRoot(selection.ObjectDefinition) {
				u.arguments(selection.Arguments)
			}
			u.directives(selection.Directives)
			u.selections(selection.SelectionSet)
		case *ast.InlineFragment:
			u.directives(selection.Directives)
			u.selections(selection.SelectionSet)
		case *ast.FragmentSpread:
			u.directives(selection.Directives)
			if def := selection.Definition; !u.fragments[def] {
				u.fragments[def] = true
				u.selections(def.SelectionSet)
			}
		}
	}
}

func (u *usage) directives(list ast.DirectiveList) {
	for _, directive := range list {
		u.arguments(directive.Arguments)
	}
}

func (u *usage) arguments(list ast.ArgumentList) {
	for _, argument := range list {
		u.value(argument.Value)
	}
}

func (u *usage) value(v *ast.Value) {
	if v.Kind == ast.Variable {
		u.variables[v.Raw] = true
	}
	for _, child := range v.Children {
		u.value(child.Value)
	}
}

// values writes the used variables as JSON, which differs where they do. One
// that was not given is no null.
func (u *usage) values(given map[string]any) string {
	used := map[string]any{}
	for name := range u.variables {
		if value, ok := given[name]; ok {
			used[name] = value
		}
	}
	if len(used) == 0 {
		return ""
	}
	text, err := json.Marshal(used)
	if err != nil {
		return models.NewID("alone").String() // what cannot be compared is like nothing else
	}
	return string(text)
}
