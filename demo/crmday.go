package demo

import (
	"fmt"
	"math/rand/v2"
)

// crmDay makes up what happens in the CRM: deals that move through their stages
// until they are won or lost, contacts, and tasks.
type crmDay struct {
	*rand.Rand
	opening  []func(*crmDay) happening
	contacts int
	tasks    int
	begun    int
	deals    []deal // open ones
}

type deal struct {
	id, title, company, owner string
	amount                    float64
	stage                     int
}

func stages() []string { return []string{"lead", "qualified", "proposal", "negotiation"} }

func companies() []string {
	return []string{"Ostler Mills", "Quayside Labs", "Bramble Foods", "Tern Logistics", "Halden Optics", "Pinehurst Clinics", "Morrow Print"}
}

func owners() []string { return []string{"Rosa", "Tim", "Uma", "Viktor"} }

func newCRMDay() *crmDay {
	c := &crmDay{Rand: draws("crm")}
	c.opening = []func(*crmDay) happening{
		(*crmDay).contact, (*crmDay).taskDue, (*crmDay).begin, (*crmDay).win,
		(*crmDay).contact, (*crmDay).taskDue, (*crmDay).begin, (*crmDay).win,
	}
	return c
}

func (c *crmDay) next() happening {
	if len(c.opening) > 0 {
		h := c.opening[0](c)
		c.opening = c.opening[1:]
		return h
	}
	switch n := c.IntN(100); {
	case n < 30:
		return c.contact()
	case n < 40:
		return c.update()
	case n < 50:
		return c.taskDue()
	case n < 80 && len(c.deals) > 0 || len(c.deals) > 20:
		return c.move()
	}
	return c.begin()
}

func (c *crmDay) contact() happening {
	c.contacts++
	id, name := fmt.Sprintf("contact-%d", 700+c.contacts), pick(c.Rand, people())
	source := pick(c.Rand, []string{"the website", "a fair", "a referral", "the newsletter"})
	data := record{{"id", id}, {"name", name}, {"email", address(name)}, {"source", source}}
	if c.IntN(3) > 0 {
		data = append(data, field{"company", pick(c.Rand, companies())})
	}
	return happening{Type: "contact.created", EntityID: id, Data: data}
}

func (c *crmDay) update() happening {
	id := fmt.Sprintf("contact-%d", 700+1+c.IntN(max(c.contacts, 1)))
	changed := []string{pick(c.Rand, []string{"email", "phone", "company", "address"})}
	return happening{Type: "contact.updated", EntityID: id, Data: record{{"id", id}, {"changed", changed}}}
}

func (c *crmDay) taskDue() happening {
	c.tasks++
	id := fmt.Sprintf("task-%d", 90+c.tasks)
	title := pick(c.Rand, []string{"Call", "Send the offer to", "Prepare the visit at", "Ask for news from"}) + " " + pick(c.Rand, companies())
	dueAt := fmt.Sprintf("%02d:%02d", 8+c.IntN(10), 15*c.IntN(4))
	return happening{Type: "task.due", EntityID: id, Data: record{
		{"id", id}, {"title", title}, {"owner", pick(c.Rand, owners())}, {"dueAt", dueAt},
	}}
}

func (c *crmDay) begin() happening {
	c.begun++
	d := deal{
		id: fmt.Sprintf("deal-%d", 410+c.begun), title: pick(c.Rand, []string{"Yearly plan", "Pilot", "Renewal", "Extension"}),
		company: pick(c.Rand, companies()), owner: pick(c.Rand, owners()), amount: float64(500 * (3 + c.IntN(50))),
	}
	c.deals = append(c.deals, d)
	data := append(d.data(), field{"stage", stages()[0]})
	return happening{Type: "deal.created", EntityID: d.id, Data: data}
}

// move brings an open deal a stage further, or to its end.
func (c *crmDay) move() happening {
	i := c.IntN(len(c.deals))
	d := &c.deals[i]
	if d.stage == len(stages())-1 {
		c.deals[0], c.deals[i] = c.deals[i], c.deals[0]
		if c.IntN(3) == 0 {
			return c.lose()
		}
		return c.win()
	}
	data := append(d.data(), field{"from", stages()[d.stage]}, field{"to", stages()[d.stage+1]})
	d.stage++
	return happening{Type: "deal.moved", EntityID: d.id, Data: data}
}

// win and lose end the first of the open deals.
func (c *crmDay) win() happening {
	d := take(&c.deals)
	return happening{Type: "deal.won", EntityID: d.id, Data: d.data()}
}

func (c *crmDay) lose() happening {
	d := take(&c.deals)
	data := append(d.data(), field{"reason", pick(c.Rand, []string{"the price", "the time", "another offer"})})
	return happening{Type: "deal.lost", EntityID: d.id, Data: data}
}

func (d *deal) data() record {
	return record{
		{"id", d.id}, {"title", d.title}, {"company", d.company}, {"owner", d.owner}, {"amount", d.amount}, {"currency", "EUR"},
	}
}
