package wire

import "sync"

// The cache holds this many queries, and this much text of them, because a
// document in memory is many times its text.
const (
	cachedPlans = 1000
	cachedText  = 1 << 20
	cachedQuery = 64 << 10
)

// planCache keeps the plans that were used last.
type planCache struct {
	mu     sync.Mutex
	byText map[string]*plan
	ends   plan // ends.older is the newest, ends.newer the oldest
	text   int
}

func newPlanCache() *planCache {
	c := &planCache{byText: make(map[string]*plan)}
	c.ends.older, c.ends.newer = &c.ends, &c.ends
	return c
}

func (c *planCache) get(query []byte) *plan {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.byText[string(query)]
	if p != nil && c.ends.older != p {
		p.unlink()
		c.link(p)
	}
	return p
}

func (c *planCache) add(p *plan) {
	if len(p.query) > cachedQuery {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byText[p.query] != nil {
		return // another request was first
	}
	c.byText[p.query] = p
	c.text += len(p.query)
	c.link(p)
	for len(c.byText) > cachedPlans || c.text > cachedText {
		last := c.ends.newer
		last.unlink()
		delete(c.byText, last.query)
		c.text -= len(last.query)
	}
}

func (c *planCache) link(p *plan) {
	p.newer, p.older = &c.ends, c.ends.older
	p.older.newer, c.ends.older = p, p
}

func (p *plan) unlink() {
	p.newer.older, p.older.newer = p.older, p.newer
}
