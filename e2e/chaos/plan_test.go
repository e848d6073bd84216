package chaos

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// What the server promises, and the checks hold it to.
const (
	leaseTime   = 20 * time.Second        // how long a dead node's work, and its channels, stay its own
	sendTimeout = time.Second             // of every channel
	silenceTime = 5 * time.Second         // how long a node that stands still may hold up the others
	tryTime     = 5 * time.Second         // a publisher's patience with one node
	recordTime  = 1500 * time.Millisecond // from an answer to its record on disk, at the most
)

// plan is all that a run does, drawn before it begins: the same seed, span and
// number of nodes make the same plan.
type plan struct {
	Seed     uint64
	Span     time.Duration // of load and faults; then all is well, and the run settles
	Nodes    int           // 1 means SQLite
	Channels []channelPlan
	Faults   []fault
	Pauses   []span // of the channel that is paused by hand
	Scripts  [][]item
}

type span struct{ From, To time.Duration }

// item is one publication of a script.
type item struct {
	At     time.Duration
	Type   string
	Entity string
	Count  int  // events; more than one go in one mutation
	Poison bool // every endpoint refuses it for ever
}

type faultKind string

const (
	kill    faultKind = "kill -9"
	stop    faultKind = "SIGSTOP"
	drain   faultKind = "SIGTERM"
	restart faultKind = "database restart"
)

// fault is one fault of a plan, and where From and To are set, as it really was:
// From is just before it, To once the node or the database was there again.
type fault struct {
	Kind faultKind
	Node int           // -1 for the database
	At   time.Duration // in the plan
	For  time.Duration

	From, To time.Time
}

// publishers is how many scripts a plan has; each keeps its entities to itself.
const publishers = 6

// draw makes the plan of a seed.
func draw(seed uint64, span time.Duration, nodes int) *plan {
	r := &dice{rand.New(rand.NewPCG(seed, uint64(nodes)))}
	p := &plan{Seed: seed, Span: span, Nodes: nodes}
	for _, c := range channelPlans() {
		c.Moods = r.moods(span*4/5, c.Ills)
		p.Channels = append(p.Channels, c)
	}
	for n := range nodes {
		p.Faults = append(p.Faults, r.nodeFaults(n, span, nodes > 1)...)
	}
	if nodes > 1 {
		for at := r.between(span/4, span/2); at < span*4/5; at += r.between(8*time.Second, 16*time.Second) {
			p.Faults = append(p.Faults, fault{Kind: restart, Node: -1, At: at, For: r.between(0, 1500*time.Millisecond)})
		}
	}
	slices.SortStableFunc(p.Faults, func(a, b fault) int { return int(a.At - b.At) })
	for at := r.between(time.Second, 4*time.Second); at < span*4/5; at += r.between(6*time.Second, 10*time.Second) {
		p.Pauses = append(p.Pauses, r.spanAt(at))
	}
	for n := range publishers {
		p.Scripts = append(p.Scripts, r.script(n, span))
	}
	return p
}

func (p *plan) channel(k kind) *channelPlan {
	i := slices.IndexFunc(p.Channels, func(c channelPlan) bool { return c.Kind == k })
	return &p.Channels[i]
}

// dice draws the parts of a plan.
type dice struct{ *rand.Rand }

func (r *dice) between(low, high time.Duration) time.Duration {
	return (low + time.Duration(r.Int64N(int64(high-low)))).Round(time.Millisecond)
}

func (r *dice) spanAt(at time.Duration) span {
	return span{at, at + r.between(2*time.Second, 4*time.Second)}
}

// nodeFaults deals a pack of faults again and again, shuffled, so that every kind
// comes up. Stops that outlast the leases need a run that is long enough, and
// what a kill leaves behind waits for the end of its lease: in a short run on
// several nodes kills come in its first half.
func (r *dice) nodeFaults(node int, span time.Duration, cluster bool) (all []fault) {
	pack := []faultKind{kill, stop, drain, kill, stop}
	dealt := 0 // a kill comes first
	for at := r.between(time.Second, 5*time.Second); at < span*9/10; {
		if dealt == len(pack) {
			r.Shuffle(len(pack), func(i, j int) { pack[i], pack[j] = pack[j], pack[i] })
			dealt = 0
		}
		f := fault{Kind: pack[dealt], Node: node, At: at, For: r.between(0, 2500*time.Millisecond)}
		dealt++
		if long := r.IntN(3) == 0; f.Kind == stop && long && span > 3*leaseTime {
			f.For = leaseTime + r.between(time.Second, 8*time.Second)
		}
		if short := span < 2*leaseTime; f.Kind == kill && cluster && short && at > span/2 {
			f.Kind = drain
		}
		all = append(all, f)
		at += f.For + r.between(1500*time.Millisecond, 5*time.Second)
	}
	return all
}

// script is what one publisher does. Its entities are its own, so that their
// order is the order of its answers.
func (r *dice) script(publisher int, span time.Duration) (all []item) {
	for at := r.between(0, 200*time.Millisecond); at < span; at += r.between(10*time.Millisecond, 80*time.Millisecond) {
		i := item{At: at, Count: 1, Poison: r.IntN(30) == 0}
		switch n := r.IntN(1000); {
		case n < 250:
			i.Type = string(ordered)
			i.Entity = fmt.Sprintf("entity-%d-%d", publisher, r.IntN(4))
		case n < 251:
			i.Type, i.Count, i.Poison = string(limited), 80+r.IntN(60), false // must wait for the rate
		case n < 290:
			i.Type, i.Count = string(batched), 5+r.IntN(60)
		default:
			types := []kind{plain, plain, limited, narrow, narrow, batched, batched, fragile, paused, throttled, everywhere}
			i.Type = string(types[r.IntN(len(types))])
			switch kind(i.Type) {
			case throttled:
				i.Poison = i.Poison || r.IntN(5) == 0 // pauses must not use up what it has of retries
			case fragile:
				i.Poison = false // it would disable the channel for ever
			}
		}
		all = append(all, i)
	}
	return all
}

// String is the plan without the scripts, which follow from the seed.
func (p *plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, %s, %d nodes\n", p.Seed, p.Span, p.Nodes)
	for _, f := range p.Faults {
		fmt.Fprintf(&b, "  %8s %s", f.At, f.Kind)
		if f.Node >= 0 {
			fmt.Fprintf(&b, " of node %d", f.Node)
		}
		fmt.Fprintf(&b, " for %s\n", f.For)
	}
	for _, c := range p.Channels {
		fmt.Fprintf(&b, "  endpoint %s:", c.Kind)
		for _, m := range c.Moods {
			fmt.Fprintf(&b, " %s %s;", m.At, m)
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "  %s is paused:", paused)
	for _, s := range p.Pauses {
		fmt.Fprintf(&b, " %s-%s", s.From, s.To)
	}
	b.WriteByte('\n')
	return b.String()
}
