package e2e

import (
	"fmt"
	"slices"
	"sync"

	"carillon/testkit"
)

type eventPage struct {
	Events struct {
		Edges []struct {
			Cursor string
			Node   struct{ ID string }
		}
		Nodes    []struct{ ID string }
		PageInfo pageInfo
	}
}

const pageOfEvents = `query($first: Int, $after: String) { events(first: $first, after: $after) {
	edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`

// pages: every item once, newest first, with cursors that fit.
func pages(w *world) {
	var want []string
	for i := range 25 {
		want = append(want, w.publish("paged", fmt.Sprint(i)))
	}
	slices.Reverse(want)
	var got []string
	var after *string
	for page := 0; ; page++ {
		var out eventPage
		w.do(pageOfEvents, testkit.Vars{"first": 10, "after": after}, &out)
		p := out.Events
		if len(p.Edges) != len(p.Nodes) || len(p.Edges) == 0 {
			w.t.Fatalf("page %d has %d edges and %d nodes", page, len(p.Edges), len(p.Nodes))
		}
		for i, e := range p.Edges {
			if e.Node.ID != p.Nodes[i].ID {
				w.t.Errorf("page %d: edge %d is not node %d", page, i, i)
			}
			got = append(got, e.Node.ID)
		}
		first, last := p.Edges[0].Cursor, p.Edges[len(p.Edges)-1].Cursor
		if p.PageInfo.StartCursor == nil || *p.PageInfo.StartCursor != first || p.PageInfo.EndCursor == nil || *p.PageInfo.EndCursor != last ||
			p.PageInfo.HasNextPage != (len(got) < len(want)) || p.PageInfo.HasPreviousPage != (page > 0) {
			w.t.Errorf("page %d has the info %+v", page, p.PageInfo)
		}
		if !p.PageInfo.HasNextPage {
			break
		}
		after = &last
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("paging gives\n%v\nwant\n%v", got, want)
	}
	var out eventPage
	w.do(pageOfEvents, testkit.Vars{"first": 500}, &out)
	if len(out.Events.Nodes) != len(want) || out.Events.PageInfo.HasNextPage {
		w.t.Errorf("a page of 500 has %d items", len(out.Events.Nodes))
	}
	cursor := out.Events.Edges[0].Cursor
	for _, first := range []int{0, -1, 501, 1 << 30} {
		w.refused(w.api.Do(w.ctx, pageOfEvents, testkit.Vars{"first": first}, nil), "BAD_USER_INPUT", "first")
	}
	w.refused(w.api.Do(w.ctx, pageOfEvents, testkit.Vars{"after": "bm9uc2Vuc2U"}, nil), "BAD_USER_INPUT", "after")
	w.refused(w.api.Do(w.ctx, `query($after: String) { channels(after: $after) { nodes { id } } }`, testkit.Vars{"after": cursor}, nil), "BAD_USER_INPUT", "after")

	var empty eventPage
	empty.Events.PageInfo.HasNextPage = true
	w.do(`{ events(filter: {types: ["none"]}) { edges { cursor } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`, nil, &empty)
	if p := empty.Events; p.PageInfo.HasNextPage || p.PageInfo.StartCursor != nil || p.PageInfo.EndCursor != nil || len(p.Edges) != 0 {
		w.t.Errorf("an empty page is %+v", p)
	}
}

// pagesUnderInserts: what was there when the first page was read is seen once
// and in order, while more is published.
func pagesUnderInserts(w *world) {
	var before []string
	for i := range 60 {
		before = append(before, w.publish("paged", fmt.Sprint(i)))
	}
	slices.Reverse(before)
	var out eventPage
	w.do(pageOfEvents, testkit.Vars{"first": 7}, &out)
	stop := make(chan struct{})
	var publishers sync.WaitGroup
	for range 4 {
		publishers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := publishWith(w.ctx, w.api, "paged", `"more"`); err != nil {
					w.t.Errorf("publish: %v", err)
					return
				}
			}
		})
	}
	var got []string
	for {
		for _, n := range out.Events.Nodes {
			got = append(got, n.ID)
		}
		if !out.Events.PageInfo.HasNextPage {
			break
		}
		after := out.Events.PageInfo.EndCursor
		out = eventPage{}
		w.do(pageOfEvents, testkit.Vars{"first": 7, "after": after}, &out)
	}
	close(stop)
	publishers.Wait()
	if !slices.Equal(got, before) {
		w.t.Errorf("paging gives\n%v\nwant\n%v", got, before)
	}
}
