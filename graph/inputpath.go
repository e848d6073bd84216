package graph

import (
	"context"
	"regexp"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
)

// fieldOf finds the field of an argument that a validation error is about;
// false when it is about something else. It reads the document again, which
// only broken requests pay for.
func fieldOf(ctx context.Context, err *gqlerror.Error) (field string, about bool) {
	if !graphql.HasOperationContext(ctx) {
		return "", false
	}
	op := graphql.GetOperationContext(ctx)
	if len(err.Path) > 1 && err.Path[0] == ast.PathName("variable") {
		name, rest := err.Path[1], err.Path[2:]
		found := findValue(op, func(v *ast.Value) bool {
			return v.Kind == ast.Variable && ast.PathName(v.Raw) == name
		})
		if found == nil {
			found = ast.Path{name}
		}
		return joinPath(append(found, rest...), ""), true
	}
	if err.Rule != "ValuesOfCorrectType" || len(err.Locations) == 0 {
		return "", false
	}
	at := err.Locations[0]
	found := findValue(op, func(v *ast.Value) bool {
		return v.Position != nil && v.Position.Line == at.Line && v.Position.Column == at.Column
	})
	if missing := missingField.FindStringSubmatch(err.Message); missing != nil {
		found = append(found, ast.PathName(missing[1]))
	}
	return joinPath(found, ""), found != nil
}

// missingField is how the validator names a required field that is not there;
// it tells the place of the object alone.
var missingField = regexp.MustCompile(`^Field "\w+\.(\w+)" of required type`)

// findValue is the path, from an argument's name on, of the first value in the
// document that is wanted; nil where there is none.
func findValue(opCtx *graphql.OperationContext, wanted func(*ast.Value) bool) ast.Path {
	doc := document(opCtx)
	for _, op := range doc.Operations {
		if path := findInSelections(op.SelectionSet, wanted); path != nil {
			return path
		}
	}
	for _, fragment := range doc.Fragments {
		if path := findInSelections(fragment.SelectionSet, wanted); path != nil {
			return path
		}
	}
	return nil
}

const documentExtension = "DocumentOfErrors"

// document reads the query again, once for all errors: a document that is not
// valid is not kept by the executor.
func document(opCtx *graphql.OperationContext) *ast.QueryDocument {
	if doc, ok := opCtx.Stats.GetExtension(documentExtension).(*ast.QueryDocument); ok {
		return doc
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: opCtx.RawQuery})
	if err != nil {
		doc = &ast.QueryDocument{}
	}
	opCtx.Stats.SetExtension(documentExtension, doc)
	return doc
}

func findInSelections(set ast.SelectionSet, wanted func(*ast.Value) bool) ast.Path {
	for _, selection := range set {
		var below ast.SelectionSet
		switch s := selection.(type) {
		case *ast.Field:
			for _, arg := range s.Arguments {
				if path := findInValue(arg.Value, ast.Path{ast.PathName(arg.Name)}, wanted); path != nil {
					return path
				}
			}
			below = s.SelectionSet
		case *ast.InlineFragment:
			below = s.SelectionSet
		}
		if path := findInSelections(below, wanted); path != nil {
			return path
		}
	}
	return nil
}

func findInValue(v *ast.Value, path ast.Path, wanted func(*ast.Value) bool) ast.Path {
	if v == nil {
		return nil
	}
	if wanted(v) {
		return path
	}
	for i, child := range v.Children {
		var step ast.PathElement = ast.PathName(child.Name)
		if v.Kind == ast.ListValue {
			step = ast.PathIndex(i)
		}
		at := slices.Concat(path, ast.Path{step})
		if found := findInValue(child.Value, at, wanted); found != nil {
			return found
		}
	}
	return nil
}
