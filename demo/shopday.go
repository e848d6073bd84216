package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// shopDay makes up what happens in the shop: orders that are placed, paid and
// shipped in this order, and what happens beside them.
type shopDay struct {
	*rand.Rand
	opening []func(*shopDay) happening // what happens first, so that it is always seen
	orders  int
	baskets int
	placed  []order // not paid yet
	paid    []order // not shipped yet
}

type order struct {
	number   string
	customer record
	items    []record
	total    float64
}

type product struct {
	sku, name string
	price     float64
}

func products() []product {
	return []product{
		{"LAMP-01", "Reading lamp, brass", 89}, {"DESK-04", "Writing desk, oak", 349}, {"CHAIR-2", "Garden chair", 59.5},
		{"POT-11", "Plant pot, terracotta", 14.9}, {"RUG-07", "Wool rug, 2 x 3 m", 279}, {"KETTLE", "Kettle, enamelled", 45},
		{"SHELF-3", "Bookshelf, ash", 189}, {"TOWEL-6", "Linen towels, set of six", 38.4}, {"CLOCK-1", "Wall clock", 72},
	}
}

func people() []string {
	return []string{"Ada Merrow", "Bo Lindqvist", "Carla Venn", "Dan Okoro", "Edith Falk", "Farid Nasser", "Grete Holm", "Hugo Pell",
		"Imani Cole", "Jun Tanabe", "Kira Novak", "Liam Thorne", "Mara Quill", "Nils Aster", "Oda Birk", "Pia Ross"}
}

func cities() []string {
	return []string{"Aldermoor", "Brackwater", "Coldharbour", "Dunmere", "Eastvale", "Fennick"}
}

func newShopDay() *shopDay {
	s := &shopDay{Rand: draws("shop")}
	s.opening = []func(*shopDay) happening{
		(*shopDay).place, (*shopDay).pay, (*shopDay).stockLow, (*shopDay).abandon, (*shopDay).changePrice, (*shopDay).place,
		(*shopDay).stockLow, (*shopDay).changePrice, (*shopDay).pay, (*shopDay).ship, (*shopDay).abandon, (*shopDay).stockLow,
	}
	return s
}

func (s *shopDay) next() happening {
	if len(s.opening) > 0 {
		h := s.opening[0](s)
		s.opening = s.opening[1:]
		return h
	}
	// What waits is soon done, so that few orders are open at any time.
	switch n := s.IntN(100); {
	case n < 4:
		return s.changePrice()
	case n < 10:
		return s.stockLow()
	case n < 18:
		return s.abandon()
	case n < 21 && len(s.paid) > 0:
		return s.refund()
	case n < 55 && len(s.placed) > 2 || len(s.placed) > 12:
		return s.pay()
	case n < 78 && len(s.paid) > 2 || len(s.paid) > 12:
		return s.ship()
	}
	return s.place()
}

func (s *shopDay) place() happening {
	s.orders++
	o := order{number: fmt.Sprintf("F-%05d", 20417+s.orders), customer: s.customer()}
	o.items, o.total = s.basket()
	s.placed = append(s.placed, o)
	data := append(o.data(), field{"customer", o.customer}, field{"items", o.items}, field{"city", pick(s.Rand, cities())})
	return happening{Type: "order.placed", EntityID: o.number, Data: data, Tags: size(o.total)}
}

func (s *shopDay) pay() happening {
	o := take(&s.placed)
	s.paid = append(s.paid, o)
	data := append(o.data(), field{"customer", o.customer}, field{"method", pick(s.Rand, []string{"card", "transfer", "voucher"})})
	return happening{Type: "order.paid", EntityID: o.number, Data: data, Tags: size(o.total)}
}

func (s *shopDay) ship() happening {
	o := take(&s.paid)
	carrier, tracking := pick(s.Rand, []string{"Swift Post", "Northway"}), fmt.Sprintf("SP%09d", s.IntN(1_000_000_000))
	data := append(o.data(), field{"carrier", carrier}, field{"tracking", tracking})
	return happening{Type: "order.shipped", EntityID: o.number, Data: data, Tags: size(o.total)}
}

func (s *shopDay) refund() happening {
	o := take(&s.paid)
	data := append(o.data(), field{"reason", pick(s.Rand, []string{"changed their mind", "arrived too late", "a scratch on one leg"})})
	return happening{Type: "order.refunded", EntityID: o.number, Data: data, Tags: size(o.total)}
}

func (s *shopDay) abandon() happening {
	s.baskets++
	items, total := s.basket()
	id := fmt.Sprintf("basket-%d", 3100+s.baskets)
	return happening{Type: "basket.abandoned", EntityID: id, Data: record{
		{"basket", id}, {"customer", s.customer()}, {"items", items}, {"total", total}, {"currency", "EUR"},
	}}
}

func (s *shopDay) stockLow() happening {
	p := pick(s.Rand, products())
	return happening{Type: "stock.low", EntityID: p.sku, Data: record{
		{"sku", p.sku}, {"name", p.name}, {"left", 1 + s.IntN(5)}, {"reorderAt", 6 + s.IntN(5)},
	}}
}

func (s *shopDay) changePrice() happening {
	p := pick(s.Rand, products())
	after := cents(p.price * (0.8 + 0.05*float64(s.IntN(9))))
	return happening{Type: "price.changed", EntityID: p.sku, Data: record{
		{"sku", p.sku}, {"name", p.name}, {"before", p.price}, {"after", after}, {"currency", "EUR"},
	}}
}

func (s *shopDay) customer() record {
	name := pick(s.Rand, people())
	return record{{"name", name}, {"email", address(name)}}
}

func address(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@example.com"
}

// basket is up to three different products.
func (s *shopDay) basket() (items []record, total float64) {
	list := products()
	s.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	for _, p := range list[:1+s.IntN(3)] {
		quantity := 1 + s.IntN(2)
		items = append(items, record{{"sku", p.sku}, {"name", p.name}, {"quantity", quantity}, {"price", p.price}})
		total += float64(quantity) * p.price
	}
	return items, cents(total)
}

// data is what every event of an order says.
func (o *order) data() record {
	return record{{"number", o.number}, {"total", o.total}, {"currency", "EUR"}}
}

func size(total float64) []string {
	if total >= 250 {
		return []string{"large"}
	}
	return nil
}

func cents(amount float64) float64 { return math.Round(amount*100) / 100 }

// take takes the first of a list, which must have one.
func take[T any](list *[]T) T {
	head := (*list)[0]
	*list = slices.Delete(*list, 0, 1)
	return head
}
