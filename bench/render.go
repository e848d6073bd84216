package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"carillon/models"
	"carillon/templates"
)

// render measures how long one message takes to be made, on one core: the
// built-in envelope around 1 KB of data with its signature, and a template of 20
// fields. Each figure is the best of several rounds, since whoever else uses the
// machine only ever makes them longer.
func render(ctx context.Context, s *site) error {
	event := &models.Event{ID: models.NewID(models.PrefixEvent), Type: "contact.created", Version: "1", EntityID: "CONT-1", Timestamp: time.Now()}
	view := templates.View{Events: []*models.Event{event}, Tenant: &models.Tenant{}, Channel: &models.Channel{Kind: models.KindHTTP}, Delivery: &models.Delivery{}, Attempt: 1}
	set, mac := templates.NewSet(), hmac.New(sha256.New, []byte("0123456789abcdef0123456789abcdef"))
	sign := func(body []byte) string {
		mac.Reset()
		mac.Write(body)
		return base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}

	event.Data = json.RawMessage(`{"text":"` + strings.Repeat("x", 1012) + `"}`)
	envelope := func() error {
		c, err := set.Render(&view)
		sign(c.Body)
		return err
	}
	signed := func() error {
		sign(event.Data)
		return nil
	}
	if err := s.rendered(ctx, "the built-in envelope around 1 KB, rendered and signed", 10, "HMAC of the data alone", envelope, signed); err != nil {
		return err
	}

	source, data := twentyFields()
	compiled, problems := templates.Compile(models.KindHTTP, []templates.Part{{Name: templates.PartBody, Source: source}})
	if len(problems) > 0 {
		return errors.New(problems[0].String())
	}
	event.Data = json.RawMessage(data)
	custom := func() error {
		_, err := compiled.Render(&view)
		return err
	}
	library := func() error {
		var v map[string]any
		if err := json.Unmarshal(event.Data, &v); err != nil {
			return err
		}
		_, err := json.Marshal(v)
		return err
	}
	return s.rendered(ctx, "a JSON template of 20 fields", 25, "encoding/json reads and writes the data", custom, library)
}

// rendered reports how long one takes beside a reference.
func (s *site) rendered(ctx context.Context, measure string, reach float64, reference string, do, beside func() error) error {
	other, err := fastest(ctx, beside)
	if err != nil {
		return err
	}
	got, err := fastest(ctx, do)
	if err != nil {
		return err
	}
	row := figure{measure: measure + ", one core", reference: fmt.Sprintf("%s: %.1f µs", reference, other)}
	row.got, row.reach, row.reached = fmt.Sprintf("%.1f µs", got), fmt.Sprintf("under %.0f µs", reach), got < reach
	s.report.add(row)
	return nil
}

// fastest is the best of ten rounds, in microseconds each.
func fastest(ctx context.Context, do func() error) (micros float64, err error) {
	const rounds, each = 10, 5000
	var took []float64
	for range rounds {
		begin := time.Now()
		for range each {
			if err := do(); err != nil {
				return 0, err
			}
		}
		took = append(took, float64(time.Since(begin).Nanoseconds())/1000/each)
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
	}
	return slices.Min(took), nil
}

// twentyFields is a template, and data for it.
func twentyFields() (source, data string) {
	var t, d []string
	for i := range 10 {
		t = append(t, fmt.Sprintf(`"text%d": "{{ .data.text%d }}", "number%d": {{ .data.number%d }}`, i, i, i, i))
		d = append(d, fmt.Sprintf(`"text%d":"some text of \"an\" event","number%d":%d.50`, i, i, i))
	}
	return "{" + strings.Join(t, ",\n") + "}", "{" + strings.Join(d, ",") + "}"
}
