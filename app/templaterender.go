package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"carillon/control"
	"carillon/models"
	"carillon/templates"
)

type templateCommands struct {
	Render templateRenderCommand `cmd:"" help:"Show what a template makes of an event, and what is wrong with it. Nothing is sent; no server is needed."`
}

type templateRenderCommand struct {
	File  []string `arg:"" placeholder:"FILE" help:"The parts of one template, a file each. Names such as email.subject.tmpl say kind and part."`
	Event string   `placeholder:"FILE" help:"The event as JSON: its data alone, or an object with type and data; - reads standard input. A sample when left out."`
	Kind  string   `placeholder:"KIND" help:"HTTP, SLACK, EMAIL or SMS, where the files' names do not say it."`
	Part  []string `placeholder:"PART" help:"BODY, CONTENT_TYPE, SUBJECT, TEXT or HTML, once for each file, where the names do not say it."`
}

// Run prints what comes out, and what is wrong to standard error, by file, line
// and column.
func (t *templateRenderCommand) Run(out Output) error {
	kind, parts, err := t.read()
	if err != nil {
		return &usageError{err}
	}
	event, err := t.event(out.Stdin)
	if err != nil {
		return &usageError{fmt.Errorf("--event: %w", err)}
	}
	rendered := control.Preview(kind, parts, templates.View{Events: []*models.Event{event}})
	if err := printRendered(out.Stdout, rendered.Parts, len(parts) > 1); err != nil {
		return err
	}
	for _, p := range rendered.Problems {
		file := t.File[0]
		if i := slices.IndexFunc(parts, func(part models.TemplatePart) bool { return part.Name == p.Part }); i >= 0 {
			file = t.File[i]
		}
		if _, err := fmt.Fprintf(out.Stderr, "%s:%d:%d: %s: %s\n", file, p.Line, p.Column, p.Part, p.Message); err != nil {
			return err
		}
	}
	switch n := len(rendered.Problems); n {
	case 0:
		return nil
	case 1:
		return errors.New("the template has a problem")
	default:
		return fmt.Errorf("the template has %d problems", n)
	}
}

// read takes the parts from the files, and their kind from flags or names.
func (t *templateRenderCommand) read() (kind models.ChannelKind, parts []models.TemplatePart, err error) {
	if len(t.Part) > 0 && len(t.Part) != len(t.File) {
		return "", nil, fmt.Errorf("--part is given %d times for %d files; give it once for each", len(t.Part), len(t.File))
	}
	kind = models.ChannelKind(strings.ToUpper(t.Kind))
	for i, file := range t.File {
		named, part := fileSays(file)
		if len(t.Part) > 0 {
			part = partNamed(t.Part[i])
		}
		if t.Kind == "" && named != "" {
			if kind != "" && kind != named {
				return "", nil, fmt.Errorf("%s is for %s, and another file for %s; give the parts of one template", file, named, kind)
			}
			kind = named
		}
		if part == "" {
			return "", nil, fmt.Errorf("the name of %s says no part; name it such as slack.body.tmpl, or give --part", file)
		}
		source, err := os.ReadFile(file)
		if err != nil {
			return "", nil, err
		}
		parts = append(parts, models.TemplatePart{Name: part, Source: string(source)})
	}
	if models.NewConfig(kind) == nil {
		return "", nil, errors.New("which kind of channel it is for is not said; give --kind HTTP, SLACK, EMAIL or SMS, or name files such as slack.body.tmpl")
	}
	return kind, parts, nil
}

// fileSays is the kind and the part of a file such as welcome.email.html.tmpl;
// empty for what its name does not say.
func fileSays(file string) (kind models.ChannelKind, part models.PartName) {
	words := strings.Split(strings.TrimSuffix(filepath.Base(file), ".tmpl"), ".")
	if part = partNamed(words[len(words)-1]); part == "" || len(words) < 2 {
		return "", part
	}
	if named := models.ChannelKind(strings.ToUpper(words[len(words)-2])); models.NewConfig(named) != nil {
		kind = named
	}
	return kind, part
}

// partNamed takes a part's name in any case, and content-type for CONTENT_TYPE.
func partNamed(name string) models.PartName {
	part := models.PartName(strings.ReplaceAll(strings.ToUpper(name), "-", "_"))
	switch part {
	case models.PartBody, models.PartContentType, models.PartSubject, models.PartText, models.PartHTML:
		return part
	}
	return ""
}

// sampleAt is when the sample event happened, so that its output never changes.
func sampleAt() time.Time { return time.Date(2026, time.January, 2, 15, 4, 5, 0, time.UTC) }

// event is the one of the file, what it leaves out filled in by a sample.
func (t *templateRenderCommand) event(stdin io.Reader) (*models.Event, error) {
	sample := control.SampleEvent(sampleAt(), control.SampleType, json.RawMessage(`{"name":"Ada Lovelace","total":1234.50,"items":["Lamp","Desk"]}`))
	if t.Event == "" {
		return &sample, nil
	}
	var text []byte
	var err error
	if t.Event == "-" {
		text, err = io.ReadAll(io.LimitReader(stdin, maxEventFile+1))
	} else {
		text, err = os.ReadFile(t.Event)
	}
	if err != nil {
		return nil, err
	}
	if err := models.CheckJSON("", text, maxEventFile); err != nil {
		return nil, err
	}
	var given struct {
		ID        *models.ID
		Type      string
		Version   string
		EntityID  string
		Tags      []string
		Timestamp *time.Time
		Data      json.RawMessage
	}
	whole := json.Unmarshal(text, &given) == nil && given.Type != "" && given.Data != nil
	if !whole {
		sample.Data = models.CompactJSON(text) // its data alone
		return &sample, nil
	}
	sample.Type, sample.Data, sample.EntityID, sample.Tags = given.Type, models.CompactJSON(given.Data), given.EntityID, given.Tags
	if given.ID != nil {
		sample.ID = *given.ID
	}
	if given.Version != "" {
		sample.Version = given.Version
	}
	if given.Timestamp != nil {
		sample.Timestamp = given.Timestamp.UTC()
	}
	return &sample, models.CheckEventType("type", sample.Type)
}

// maxEventFile is far beyond what any server takes.
const maxEventFile = 64 << 20

// printRendered prints the parts as they are, or named where there are several.
func printRendered(w io.Writer, parts []models.RenderedPart, named bool) error {
	for _, part := range parts {
		name, end := "", ""
		if named {
			name = "--- " + string(part.Name) + "\n"
		}
		if !strings.HasSuffix(part.Output, "\n") {
			end = "\n"
		}
		if _, err := fmt.Fprint(w, name, part.Output, end); err != nil {
			return err
		}
	}
	return nil
}
