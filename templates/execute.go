package templates

import (
	"html/template"
	"strings"
)

// What the checked template calls in place of what its author wrote. Each takes
// `$` first, the frame, and then the number of the place in the source.
func machinery() map[string]any {
	return map[string]any{
		"__get":       get,
		"__call":      call,
		"__put":       put,
		"__field":     putField,
		"__run":       putRun,
		"__html":      putHTML,
		"__htmlField": putHTMLField,
		"__text":      putText,
		"__textField": putTextField,
		"__if":        ask,
		"__items":     items,
		"__pairs":     pairs,
		"__tick":      tick,
		"__frame":     enter,
		"__exact":     literal,
	}
}

// begin notes the place and counts a step.
func (f *frame) begin(place int) (*run, *site, error) {
	r := f.run
	r.at = &r.part.sites[place]
	err := r.step(1)
	return r, r.at, err
}

// get follows a path of fields. What is not there is missing, at any depth.
func get(f *frame, place int, base any) (any, error) {
	_, at, err := f.begin(place)
	if err != nil {
		return nil, err
	}
	return at.follow(plain(base)), nil
}

func (s *site) follow(v any) any {
	if m, ok := v.(*missing); ok {
		return &missing{asked: m.asked + "." + strings.Join(s.path, "."), lacks: m.lacks}
	}
	for i, name := range s.path {
		if o, ok := v.(object); ok {
			if next, found := o.field(name); found {
				v = next
				continue
			}
		}
		return &missing{asked: s.name, lacks: s.base + "." + strings.Join(s.path[:i+1], ".")}
	}
	return v
}

// literal is a number of the source with every digit.
func literal(f *frame, place int) any { return f.run.part.sites[place].literal }

// call runs one of the functions of functions.go.
func call(f *frame, place int, args ...any) (any, error) {
	r, at, err := f.begin(place)
	if err != nil {
		return nil, err
	}
	for i, arg := range args {
		args[i] = plain(arg)
		if at.function.optional {
			continue
		}
		if err := r.needed(at, args[i]); err != nil {
			return nil, err
		}
	}
	v, err := at.function.call(r, args)
	if err != nil {
		return nil, r.place(at, err)
	}
	return v, nil
}

// place gives an error of a function its place.
func (r *run) place(at *site, err error) error {
	if _, ok := err.(*RenderError); ok { //nolint:errorlint // made by this run, and never wrapped
		return err
	}
	return r.fail(at, "%s: %s", at.name, err)
}

// needed refuses what is missing or null where a value is meant.
func (r *run) needed(at *site, v any) error {
	switch t := v.(type) {
	case nil:
		return r.fail(at, "%s is null; write %s", at.source, optional(at.source))
	case *missing:
		return r.fail(at, "there is no %s; where it is optional, write %s", t.lacks, optional(t.asked))
	}
	return nil
}

func optional(what string) string {
	return `{{ ` + what + ` | default "…" }} or {{ with ` + what + ` }}…{{ end }}`
}

// put writes a value where the action stands, escaped for the place.
func put(f *frame, place int, v any) (string, error) {
	r, at, err := f.begin(place)
	if err != nil {
		return "", err
	}
	return "", r.print(at, plain(v))
}

// putField is get and put in one, for the most frequent action of all.
func putField(f *frame, place int, base any) (string, error) {
	r, at, err := f.begin(place)
	if err != nil {
		return "", err
	}
	return "", r.print(at, at.follow(plain(base)))
}

func (r *run) print(at *site, v any) error {
	if m, ok := v.(*missing); ok || v == nil && at.escape != escapeJSON {
		if ok {
			return r.needed(at, m)
		}
		return r.needed(at, nil)
	}
	if r.marks != nil {
		*r.marks = append(*r.marks, mark{len(r.buf), at})
	}
	r.buf = at.escape.append(r.buf, v, at.slack)
	if len(r.buf) > r.longest() {
		return r.tooLong()
	}
	return nil
}

// putHTML hands a text to html/template, which escapes it.
func putHTML(f *frame, place int, v any) (any, error) {
	r, at, err := f.begin(place)
	if err != nil {
		return nil, err
	}
	return r.html(at, plain(v))
}

// putHTMLField is get and putHTML in one.
func putHTMLField(f *frame, place int, base any) (any, error) {
	r, at, err := f.begin(place)
	if err != nil {
		return nil, err
	}
	return r.html(at, at.follow(plain(base)))
}

func (r *run) html(at *site, v any) (any, error) {
	if err := r.needed(at, v); err != nil {
		return nil, err
	}
	if raw, ok := v.(rawText); ok {
		return template.HTML(raw), nil //nolint:gosec // the author wrote raw
	}
	s := textOf(v)
	if err := r.spend(len(s)); err != nil {
		return nil, r.place(at, err)
	}
	return s, nil
}

// ask gives a value that is true, and nil for one that is not.
func ask(f *frame, v any) (any, error) {
	if f.run.rehears {
		return nil, errRehearsal
	}
	if v = plain(v); truth(v) {
		return v, nil
	}
	return nil, nil
}

// enter makes the frame of a template that is called.
func enter(f *frame, place int, v any) (*frame, error) {
	r, at, err := f.begin(place)
	if err != nil {
		return nil, err
	}
	if f.calls >= maxCalls {
		return nil, r.fail(at, "templates call each other more than %d deep", maxCalls)
	}
	return &frame{run: r, dot: plain(v), calls: f.calls + 1}, nil
}
