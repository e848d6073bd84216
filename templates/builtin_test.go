package templates

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slack-go/slack"
	"golang.org/x/net/html"

	"carillon/models"
)

// markup is what data may hold to break out of where it stands.
const markup = "<script>alert(\"1\")</script> & 'x' <!here> *b* \\ {{.id}}"

// shapes are data that no template should stumble over.
func shapes() map[string]string {
	wide := make([]string, 200)
	for i := range wide {
		wide[i] = fmt.Sprintf(`"field%d":%d`, i, i)
	}
	quoted, _ := json.Marshal(markup)
	return map[string]string{
		"flat":         `{"firstName":"Ada","lastName":"Lovelace","score":98.50,"n":12345678901234567890,"ok":true}`,
		"nested":       `{"a":{"b":{"c":{"d":{"e":"deep"}}}},"company":{"name":"Acme","address":{"city":"London"}}}`,
		"lists":        `{"tags":["a","b"],"items":[{"a":1},{"b":2}],"none":[],"mixed":[1,"x",null,[2]]}`,
		"list":         `[1,2,{"a":"b"}]`,
		"empty":        `{}`,
		"empty list":   `[]`,
		"null":         `null`,
		"text":         `"just a text"`,
		"empty text":   `""`,
		"number":       `-1.5e300`,
		"boolean":      `false`,
		"nulls":        `{"a":null,"b":"","c":{},"d":[]}`,
		"200 fields":   `{` + strings.Join(wide, ",") + `}`,
		"Arabic":       `{"الاسم":"مرحبا بالعالم"}`,
		"emoji":        `{"mood":"😀👍🏽👩‍👩‍👧","😀":"x"}`,
		"long":         `{"text":"` + strings.Repeat("x", 10_000) + `","` + strings.Repeat("k", 5000) + `":"v"}`,
		"long escapes": `{"text":"` + strings.Repeat("&<>", 3000) + `","` + strings.Repeat("&", 5000) + `":"v"}`,
		"lines":        `{"text":"one\r\ntwo\n\n\nthree\u2028four\ttab\u0000\u001b"}`,
		"markup":       `{"text":` + string(quoted) + `,` + string(quoted) + `:"v"}`,
		"odd keys":     `{"":"x"," ":"y","a.b":"z","__tick":"t","*":"*"}`,
	}
}

// randomData is any JSON, for what nobody thought of.
func randomData(r *rand.Rand, depth int) string {
	words := []string{"", "a", "first name", markup, "مرحبا", "😀", "\n\r\t", strings.Repeat("long ", 200), "\u2028", "{{", "]]>", "%s", "\x00", "<no value>"[1:3]}
	text := func() string {
		b, _ := json.Marshal(words[r.IntN(len(words))])
		return string(b)
	}
	switch n := r.IntN(8); {
	case n < 3 && depth > 0:
		parts := make([]string, r.IntN(12))
		for i := range parts {
			parts[i] = text() + ":" + randomData(r, depth-1)
		}
		return "{" + strings.Join(parts, ",") + "}"
	case n == 3 && depth > 0:
		parts := make([]string, r.IntN(5))
		for i := range parts {
			parts[i] = randomData(r, depth-1)
		}
		return "[" + strings.Join(parts, ",") + "]"
	case n == 4:
		return []string{"null", "true", "false"}[r.IntN(3)]
	case n == 5:
		return strconv.FormatFloat(r.NormFloat64()*1e6, 'g', -1, 64)
	}
	return text()
}

// shown is a view of count events with the same data.
func shown(t testing.TB, kind models.ChannelKind, data string, count int) *View {
	t.Helper()
	v := &View{
		Batch: count > 1, Tenant: &models.Tenant{Name: "Acme"}, Webhook: &models.Webhook{Name: "contacts"},
		Channel: &models.Channel{Name: "team", Kind: kind}, Delivery: &models.Delivery{}, Attempt: 1,
	}
	types := []string{"contact.created", "contact.created", "contact.updated"}
	for i := range count {
		e := event(t)
		e.Type, e.EntityID = types[i%len(types)], fmt.Sprintf("CONT-%d", i+1)
		e.Data = models.CompactJSON([]byte(data))
		v.Events = append(v.Events, &e)
	}
	return v
}

// everyView are views of each shape, of what is random, of tests and of batches.
func everyView(t *testing.T, kind models.ChannelKind, check func(t *testing.T, v *View)) {
	run := func(name string, v *View) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, v)
		})
	}
	for name, data := range shapes() {
		for _, count := range []int{1, 2, 60} {
			run(fmt.Sprintf("%s %d", name, count), shown(t, kind, data, count))
		}
		bare := shown(t, kind, data, 1)
		bare.Webhook, bare.Batch = nil, true
		bare.Events[0].Test, bare.Events[0].EntityID, bare.Events[0].Version, bare.Events[0].Tags = true, "", "", nil
		run(name+" test", bare)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 150 {
		run(fmt.Sprintf("random %d", i), shown(t, kind, randomData(r, 4), 1+r.IntN(3)))
	}
	for _, data := range operationalShapes() {
		for _, count := range []int{1, 3} {
			v := shown(t, kind, data, count)
			for _, e := range v.Events {
				e.Type = models.TypeChannelDisabled
			}
			run("operational "+data[:min(20, len(data))]+fmt.Sprint(count), v)
		}
	}
	hostile := shown(t, kind, `{"a":"b"}`, 3)
	hostile.Tenant.Name, hostile.Webhook.Name, hostile.Channel.Name = markup, strings.Repeat("&", 200), markup
	for _, e := range hostile.Events {
		e.EntityID, e.Type = strings.Repeat("<\n", 128), strings.Repeat("LongType_", 14)
	}
	run("hostile", hostile)
	one := *hostile
	one.Events, one.Batch = hostile.Events[:1], false
	run("hostile one", &one)
	run("full", shown(t, kind, shapes()["long escapes"], 1000))
}

// operationalShapes are data of operational events, and what somebody may try them with.
func operationalShapes() []string {
	return []string{disabledData, `{"summary":"Deliveries are in time again."}`, `{}`, `[1]`, `"text"`,
		`{"summary":"` + strings.Repeat("<b>&*_~", 200) + `","error":"` + strings.Repeat("x&<", 400) + `","url":"https://c.example/?a=<b>|c&d"}`}
}

const disabledData = `{"summary":"The channel Orders was disabled: 410 Gone. Its deliveries wait until somebody resumes it.",
	"channel":{"id":"chn_01k9x2v4wqfn9s6d8m3r5t7y1a","name":"Orders","kind":"HTTP"},"since":"2026-11-20T09:14:07.120Z",
	"reason":"410 Gone","error":"410 Gone","url":"https://c.example/channels/chn_01k9x2v4wqfn9s6d8m3r5t7y1a"}`

// TestBuiltinsTellOfTheServer puts the sentence first, with a way to the console.
func TestBuiltinsTellOfTheServer(t *testing.T) {
	t.Parallel()
	const sentence = "The channel Orders was disabled: 410 Gone. Its deliveries wait until somebody resumes it."
	const page = "https://c.example/channels/chn_01k9x2v4wqfn9s6d8m3r5t7y1a"
	of := func(kind models.ChannelKind) models.Content {
		v := shown(t, kind, disabledData, 1)
		v.Events[0].Type, v.Events[0].EntityID = models.TypeChannelDisabled, "chn_01k9x2v4wqfn9s6d8m3r5t7y1a"
		return render(t, v)
	}
	if c := of(models.KindSMS); c.Text != sentence {
		t.Errorf("the SMS is %q", c.Text)
	}
	c := of(models.KindEmail)
	if c.Subject != sentence || !strings.HasPrefix(c.Text, sentence+"\n\nLast error: 410 Gone\n\nSince 20 Nov 2026, 09:14:07 UTC\n\n"+page) {
		t.Errorf("the mail is %q %q", c.Subject, c.Text)
	}
	if text := visible(t, c.HTML); !strings.Contains(text, "Carillon channel disabled\n") || !strings.Contains(text, sentence) ||
		!strings.Contains(c.HTML, `href="`+page+`"`) || strings.Count(text, sentence) != 1 {
		t.Errorf("the page is %s", text)
	}
	var m struct {
		Text   string
		Blocks []struct{ Text struct{ Text string } }
	}
	if err := json.Unmarshal(of(models.KindSlack).Body, &m); err != nil {
		t.Fatal(err)
	}
	if m.Text != sentence || m.Blocks[0].Text.Text != "Carillon channel disabled" || m.Blocks[1].Text.Text != sentence ||
		m.Blocks[2].Text.Text != "*Last error*\n410 Gone" || m.Blocks[4].Text.Text != "<"+page+"|Open the console>" {
		t.Errorf("the message is %+v", m)
	}
}

func render(t *testing.T, v *View) models.Content {
	t.Helper()
	c, err := NewSet().Render(v)
	if err != nil {
		t.Fatalf("%v with %.300s", err, v.Events[0].Data)
	}
	for _, s := range []string{string(c.Body), c.Subject, c.Text, c.HTML} {
		if strings.Contains(s, "<no value>") || strings.Contains(s, "<nil>") || !utf8.ValidString(s) {
			t.Errorf("a value is missing or broken in %.2000s", s)
		}
	}
	return c
}

func TestBuiltinSlackKeepsTheLimits(t *testing.T) {
	t.Parallel()
	everyView(t, models.KindSlack, func(t *testing.T, v *View) {
		c := render(t, v)
		var message struct {
			Text   string
			Blocks slack.Blocks
		}
		if err := json.Unmarshal(c.Body, &message); err != nil {
			t.Fatalf("%v in %.3000s", err, c.Body)
		}
		if n := len(message.Blocks.BlockSet); n < 2 || n > 50 {
			t.Errorf("%d blocks", n)
		}
		if message.Text == "" || strings.Contains(message.Text, "\n") && !strings.Contains(v.Events[0].EntityID, "\n") || utf8.RuneCountInString(message.Text) > 4000 {
			t.Errorf("the text is %.200q", message.Text)
		}
		for _, b := range message.Blocks.BlockSet {
			checkBlock(t, b)
		}
		for _, broken := range []string{"<script", "<!here", "& '"} {
			if bytes.Contains(c.Body, []byte(broken)) {
				t.Errorf("%q stands unescaped in %.3000s", broken, c.Body)
			}
		}
	})
}

func checkBlock(t *testing.T, b slack.Block) {
	t.Helper()
	text := func(o *slack.TextBlockObject, most int) {
		t.Helper()
		if o == nil {
			t.Fatalf("%s has no text", b.BlockType())
		}
		if n := utf8.RuneCountInString(o.Text); n < 1 || n > most {
			t.Errorf("%s has a text of %d characters; 1 to %d are allowed", b.BlockType(), n, most)
		}
		if err := o.Validate(); err != nil {
			t.Error(err)
		}
	}
	switch b := b.(type) {
	case *slack.HeaderBlock:
		text(b.Text, 150)
	case *slack.SectionBlock:
		if len(b.Fields) > 10 || (len(b.Fields) == 0) == (b.Text == nil) {
			t.Errorf("a section of %d fields", len(b.Fields))
		}
		for _, f := range b.Fields {
			text(f, 2000)
		}
		if b.Text != nil {
			text(b.Text, 3000)
		}
	case *slack.ContextBlock:
		if n := len(b.ContextElements.Elements); n < 1 || n > 10 {
			t.Errorf("a context of %d elements", n)
		}
		for _, e := range b.ContextElements.Elements {
			text(e.(*slack.TextBlockObject), 2000)
		}
	default:
		t.Errorf("a block %s", b.BlockType())
	}
}

func TestBuiltinSlackShowsValues(t *testing.T) {
	t.Parallel()
	quoted, _ := json.Marshal(markup)
	c := render(t, shown(t, models.KindSlack, `{"firstName":"Ada","score":1.10,"odd":`+string(quoted)+`}`, 1))
	var message struct {
		Text   string
		Blocks slack.Blocks
	}
	if err := json.Unmarshal(c.Body, &message); err != nil {
		t.Fatal(err)
	}
	if message.Text != "Contact created · CONT-1" {
		t.Errorf("the text is %q", message.Text)
	}
	want := []string{"*First name*\nAda", "*Score*\n1.10", "*Odd*\n" + strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(markup)}
	section := message.Blocks.BlockSet[1].(*slack.SectionBlock)
	for i, f := range section.Fields {
		if f.Text != want[i] || !f.Verbatim {
			t.Errorf("field %d is %q", i, f.Text)
		}
	}
	context := message.Blocks.BlockSet[2].(*slack.ContextBlock).ContextElements.Elements[0].(*slack.TextBlockObject).Text
	if context != "<!date^1711793700^{date_short_pretty}, {time}|30 Mar 2024, 10:15 UTC> · CONT-1 · contacts, Acme · evt_01jd5x3v9kfm8tqz2y4r6w7abc" {
		t.Errorf("the context is %q", context)
	}
}

func TestBuiltinEmailStandsUpToAnyData(t *testing.T) {
	t.Parallel()
	everyView(t, models.KindEmail, func(t *testing.T, v *View) {
		c := render(t, v)
		if c.Subject == "" || strings.ContainsAny(c.Subject, "\r\n") || utf8.RuneCountInString(c.Subject) > 420 {
			t.Errorf("the subject is %q", c.Subject)
		}
		if v.Events[0].Test != strings.HasPrefix(c.Subject, "[Test] ") {
			t.Errorf("the subject of an event with test %v is %q", v.Events[0].Test, c.Subject)
		}
		if strings.TrimSpace(c.Text) == "" || !strings.Contains(c.Text, "Sent by Carillon for ") {
			t.Errorf("the text is %q", c.Text)
		}
		checkHTML(t, c.HTML, models.IsOperational(v.Events[0].Type))
	})
}

// TestBuiltinEmailIsShownWhole holds ordinary emails below what Gmail cuts off, 102 KiB.
func TestBuiltinEmailIsShownWhole(t *testing.T) {
	t.Parallel()
	for name, count := range map[string]int{"flat": 1000, "200 fields": 1} {
		if n := len(render(t, shown(t, models.KindEmail, shapes()[name], count)).HTML); n > 95<<10 {
			t.Errorf("%d events of %s make %d bytes", count, name, n)
		}
	}
}

// checkHTML finds whatever data could have brought in, and what is not closed. An
// operational event, whose data the server has made, may have a link to the console.
func checkHTML(t *testing.T, page string, operational bool) {
	t.Helper()
	allowed := map[string]bool{"html": true, "head": true, "meta": true, "title": true, "style": true, "body": true, "div": true,
		"table": true, "tbody": true, "tr": true, "td": true, "th": true, "p": true, "h1": true, "span": true, "br": true, "a": operational}
	void := map[string]bool{"meta": true, "br": true}
	var open []string
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("not closed: %v", open)
			}
			return
		case html.StartTagToken:
			token := z.Token()
			if !allowed[token.Data] {
				t.Errorf("there is a <%s>", token.Data)
			}
			for _, a := range token.Attr {
				if a.Key == "href" && operational && strings.HasPrefix(a.Val, "https://c.example/") {
					continue
				}
				if a.Key == "href" || a.Key == "src" || strings.HasPrefix(a.Key, "on") || strings.Contains(a.Val, "url(") || strings.Contains(a.Val, "ZgotmplZ") {
					t.Errorf("there is a %s=%q", a.Key, a.Val)
				}
			}
			if !void[token.Data] {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			token := z.Token()
			if len(open) == 0 || open[len(open)-1] != token.Data {
				t.Fatalf("</%s> closes %v", token.Data, open)
			}
			open = open[:len(open)-1]
		}
	}
}

func TestBuiltinEmailShowsValues(t *testing.T) {
	t.Parallel()
	quoted, _ := json.Marshal(markup)
	c := render(t, shown(t, models.KindEmail, `{"firstName":"Ada","score":1.10,"odd":`+string(quoted)+`}`, 1))
	if c.Subject != "Contact created: CONT-1" {
		t.Errorf("the subject is %q", c.Subject)
	}
	text := visible(t, c.HTML)
	for _, want := range []string{"Contact created: CONT-1", "30 March 2024, 10:15:00 UTC", "First name\nAda", "Score\n1.10", "Odd\n" + markup,
		"Event evt_01jd5x3v9kfm8tqz2y4r6w7abc (contact.created).", "“contacts”", "Sent by Carillon for Acme."} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in %s", want, text)
		}
	}
	const head = "Contact created: CONT-1\n30 Mar 2024, 10:15:00 UTC\n\nFirst name    Ada\nScore         1.10\nOdd           <script>"
	if !strings.HasPrefix(c.Text, head) {
		t.Errorf("the text is %s", c.Text)
	}
	for line := range strings.Lines(c.Text) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 78 {
			t.Errorf("a line of %d characters: %s", n, line)
		}
	}
}

// visible is the text of a page's body, a line for each element.
func visible(t *testing.T, page string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode && strings.TrimSpace(n.Data) != "" {
			lines = append(lines, strings.TrimSpace(n.Data))
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Data != "style" {
				walk(c)
			}
		}
	}
	walk(root)
	return strings.Join(lines, "\n")
}

func TestBuiltinSMSStaysShort(t *testing.T) {
	t.Parallel()
	everyView(t, models.KindSMS, func(t *testing.T, v *View) {
		c := render(t, v)
		if n := utf8.RuneCountInString(c.Text); n == 0 || n > 300 {
			t.Errorf("%d characters: %q", n, c.Text)
		}
		ordinary := v.Tenant.Name == "Acme" && v.Events[0].EntityID != ""
		if n := len(c.Text); ordinary && (n > 160 || strings.ContainsFunc(c.Text, func(r rune) bool { return r >= utf8.RuneSelf })) {
			t.Errorf("more than one segment: %q", c.Text)
		}
	})
}

func TestBuiltinSMS(t *testing.T) {
	t.Parallel()
	test := shown(t, models.KindSMS, `{}`, 1)
	test.Events[0].Test, test.Events[0].EntityID = true, ""
	for want, v := range map[string]*View{
		"Contact created: CONT-1 (Acme)":                      shown(t, models.KindSMS, `{}`, 1),
		"Test: Contact created (Acme)":                        test,
		"12 events: contact.created (8), contact.updated (4)": shown(t, models.KindSMS, `{}`, 12),
	} {
		if c := render(t, v); c.Text != want {
			t.Errorf("%q, want %q", c.Text, want)
		}
	}
}

func TestBuiltinBatchesAreCut(t *testing.T) {
	t.Parallel()
	slackBody := string(render(t, shown(t, models.KindSlack, `{"a":"b"}`, 21)).Body)
	if !strings.Contains(slackBody, `CONT-20\n`) || strings.Contains(slackBody, `CONT-21`) || !strings.Contains(slackBody, "and 1 more") {
		t.Error(slackBody)
	}
	email := render(t, shown(t, models.KindEmail, `{"a":"b"}`, 53))
	for _, s := range []string{email.Text, email.HTML} {
		if !strings.Contains(s, "CONT-50") || strings.Contains(s, "CONT-51") || !strings.Contains(s, "and 3 more") {
			t.Error(s)
		}
	}
	if email.Subject != "53 events: contact.created, contact.updated" {
		t.Error(email.Subject)
	}
}

func TestBuiltinHTTPIsStandard(t *testing.T) {
	t.Parallel()
	v := shown(t, models.KindHTTP, `{"a":1.10}`, 2)
	want, _ := StandardBatch(v.Events)
	if c := render(t, v); !bytes.Equal(c.Body, want) || c.ContentType != JSONType {
		t.Errorf("%s %s", c.ContentType, c.Body)
	}
	v.Batch = false
	want, _ = Standard(v.Events[0])
	if c := render(t, v); !bytes.Equal(c.Body, want) {
		t.Errorf("%s", c.Body)
	}
}

func BenchmarkBuiltin(b *testing.B) {
	fields := make([]string, 20)
	for i := range fields {
		fields[i] = fmt.Sprintf(`"someField%d":"value %d of an ordinary event"`, i, i)
	}
	for _, kind := range []models.ChannelKind{models.KindHTTP, models.KindSlack, models.KindEmail, models.KindSMS} {
		b.Run(string(kind), func(b *testing.B) {
			templates, v := NewSet(), shown(b, kind, "{"+strings.Join(fields, ",")+"}", 1)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := templates.Render(v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
