package app

import (
	"sync/atomic"

	"carillon/catalog"
	"carillon/engine"
	"carillon/models"
	"carillon/telemetry"
)

// news brings what was committed, here and on other nodes, to the rooms that
// act on it. The store tells it from its first moment on, the rooms hear of it
// once they are there.
type news struct {
	to     atomic.Pointer[readers]
	counts *telemetry.EngineMetrics
}

type readers struct {
	engine *engine.Engine
	types  *catalog.Catalog
	live   *live
}

func (n *news) tell(r *rooms, types *catalog.Catalog) {
	n.to.Store(&readers{engine: r.engine, types: types, live: r.live})
}

// committed hears of this node's commits, in the order of their positions. It
// never waits.
func (n *news) committed(c models.Commit) {
	n.counts.Committed(c)
	to := n.to.Load()
	if to == nil {
		return
	}
	if c.Catalog {
		to.types.Invalidate()
	}
	to.engine.Committed(c)
	to.live.committed(c)
}

// noticed hears of the other nodes' commits.
func (n *news) noticed(notice models.Notice) {
	to := n.to.Load()
	if to == nil {
		return
	}
	if notice.Catalog || notice.Interrupted {
		to.types.Invalidate()
	}
	to.engine.Noticed(notice)
	to.live.noticed(notice)
}
