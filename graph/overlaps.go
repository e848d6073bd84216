package graph

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// mostOverlaps is some 10 ms of comparisons; hand-written queries need under a
// thousand.
const mostOverlaps = 20_000

// boundOverlaps is a validation rule. GraphQL's own compare each field with every
// other of the same name, at every level: a document of 60 KB can keep them busy
// for half a minute. This one weighs those comparisons first, and ends the
// validation where they are many.
func boundOverlaps(observers *core.Events, addError core.AddErrFunc) {
	weighed := false
	// The directives of an operation are its first event, even where it has none.
	observers.OnDirectiveList(func(walker *core.Walker, _ []*ast.Directive) {
		if weighed {
			return
		}
		weighed = true
		if !few(walker.Document) {
			addError(core.Message("the query repeats its fields too often; ask for each once"))
			walker.Observers = &core.Events{}
		}
	})
}

// few says whether the comparisons stay below mostOverlaps.
func few(doc *ast.QueryDocument) bool {
	w := weigher{left: mostOverlaps, fragments: make(map[string]*ast.FragmentDefinition, len(doc.Fragments))}
	for _, f := range doc.Fragments {
		w.fragments[f.Name] = f
	}
	for _, op := range doc.Operations {
		w.weigh([]ast.SelectionSet{op.SelectionSet})
	}
	for _, f := range doc.Fragments {
		w.weigh([]ast.SelectionSet{f.SelectionSet})
	}
	return w.left >= 0
}

// weigher counts down what is left; fragments may spread themselves, for they
// are not validated yet, and the count ends that too.
type weigher struct {
	left      int
	fragments map[string]*ast.FragmentDefinition
}

// group is the fields of one level that have the same name in the response.
type group struct {
	fields int
	below  []ast.SelectionSet
}

// weigh looks at selections that are merged into one, and at what is merged below.
func (w *weigher) weigh(sets []ast.SelectionSet) {
	groups, spread := map[string]*group{}, map[string]bool{}
	for _, set := range sets {
		w.collect(set, groups, spread)
	}
	w.left -= len(spread) * len(spread)
	for _, g := range groups {
		w.left -= g.fields * g.fields
	}
	for _, g := range groups {
		if w.left < 0 {
			return
		}
		if len(g.below) > 0 {
			w.weigh(g.below)
		}
	}
}

func (w *weigher) collect(set ast.SelectionSet, groups map[string]*group, spread map[string]bool) {
	for _, selection := range set {
		if w.left--; w.left < 0 {
			return
		}
		switch s := selection.(type) {
		case *ast.Field:
			g := groups[s.Alias]
			if g == nil {
				g = &group{}
				groups[s.Alias] = g
			}
			g.fields++
			if len(s.SelectionSet) > 0 {
				g.below = append(g.below, s.SelectionSet)
			}
		case *ast.InlineFragment:
			w.collect(s.SelectionSet, groups, spread)
		case *ast.FragmentSpread:
			if def := w.fragments[s.Name]; def != nil && !spread[s.Name] {
				spread[s.Name] = true
				w.collect(def.SelectionSet, groups, spread)
			}
		}
	}
}
