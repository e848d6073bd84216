package transfer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"carillon/filters"
	"carillon/models"
)

// Target is what an import writes to. Each method leaves what is there as it is,
// and says whether it made something.
type Target interface {
	TenantsByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Tenant, error)
	ImportTenant(ctx context.Context, t models.Tenant) (made bool, err error)
	ImportTemplate(ctx context.Context, t models.Template) (made bool, err error)
	ImportTemplateVersion(ctx context.Context, tenant, template models.ID, v models.TemplateVersion) (made bool, err error)
	ImportChannel(ctx context.Context, c models.Channel) (made bool, err error)
	ImportSuppression(ctx context.Context, tenant, channel models.ID, s models.Suppression) (made bool, err error)
	ImportWebhook(ctx context.Context, w models.Webhook) (made bool, err error)
	ImportEvents(ctx context.Context, tenant models.ID, events []models.Event) (made int, err error)
}

// Importing says into what, and by which rules.
type Importing struct {
	Tenant     *models.ID // an existing one; nil for that of the file
	Rules      models.ConfigRules
	MaxPayload int // of an event's data, in bytes
	Now        time.Time
}

// Imported is what came of an import.
type Imported struct {
	Tenant models.ID
	Made   map[string]int // lines of each kind
	There  map[string]int // that were there before
	Paused []string       // names of channels whose secrets are not in the file
}

// Totals are the lines that were made, and those that were there before.
func (i *Imported) Totals() (made, there int) {
	for _, n := range i.Made {
		made += n
	}
	for _, n := range i.There {
		there += n
	}
	return made, there
}

// maxLine bounds a line: an event with the greatest payload there may be.
const maxLine = 64 << 20

// eventBatch is how many events share a transaction: they hold up those who
// publish for some milliseconds.
const eventBatch = 200

// Import reads what Export wrote. It checks line by line, and what came before a
// bad line stays; run again it goes on where it stopped. Nothing is delivered.
func Import(ctx context.Context, to Target, r io.Reader, how Importing) (Imported, error) {
	compiler, err := filters.NewCompiler()
	if err != nil {
		return Imported{}, err
	}
	m := &importer{to: to, how: how, filters: compiler, newest: make(map[models.ID]newestVersion),
		done: Imported{Made: map[string]int{}, There: map[string]int{}}}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		m.number++
		if err := m.line(ctx, lines.Bytes()); err != nil {
			return m.done, m.at(err)
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		m.number++
		return m.done, m.at(fmt.Errorf("is longer than %d bytes", maxLine))
	}
	if lines.Err() != nil {
		return m.done, fmt.Errorf("read the file: %w", lines.Err())
	}
	if !m.ended {
		return m.done, fmt.Errorf("the file ends after line %d without its last line: it was cut short", m.number)
	}
	return m.done, nil
}

type importer struct {
	to      Target
	how     Importing
	filters *filters.Compiler
	number  int // of the line
	ended   bool

	source models.ID // the tenant of the file
	newest map[models.ID]newestVersion
	events []models.Event
	done   Imported
}

// newestVersion is what is still to be checked of a template.
type newestVersion struct {
	version int
	kind    models.ChannelKind
}

func (m *importer) at(err error) error { return fmt.Errorf("line %d: %w", m.number, err) }

func (m *importer) line(ctx context.Context, text []byte) error {
	var is struct {
		Kind string `json:"kind"`
	}
	if err := json.Unmarshal(text, &is); err != nil {
		return fmt.Errorf("is not a line of an export: %w", err)
	}
	if m.ended {
		return errors.New("comes after the last line of an export")
	}
	if err := m.inOrder(is.Kind); err != nil {
		return err
	}
	read := map[string]func(context.Context, []byte) error{
		kindHeader: m.header, kindTenant: m.tenant, kindTemplate: m.template, kindVersion: m.version, kindChannel: m.channel,
		kindSuppression: m.suppression, kindWebhook: m.webhook, kindEvent: m.event, kindEnd: m.end,
	}[is.Kind]
	if read == nil {
		return fmt.Errorf("is of the kind %q, which this program does not know", is.Kind)
	}
	return read(ctx, text)
}

// inOrder lets the header and the tenant come first, and once.
func (m *importer) inOrder(kind string) error {
	switch {
	case m.number == 1 && kind != kindHeader:
		return fmt.Errorf("is not the first line of an export; it begins with {\"kind\":%q", kindHeader)
	case m.number == 2 && kind != kindTenant:
		return errors.New("is not the tenant, which comes second")
	case m.number > 2 && (kind == kindHeader || kind == kindTenant):
		return fmt.Errorf("is a second line of the kind %s; import one export at a time", kind)
	}
	return nil
}

// read takes a line whose fields are all known.
func read[T any](text []byte) (line T, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&line); err != nil {
		return line, fmt.Errorf("cannot be read: %w", err)
	}
	return line, nil
}

func (m *importer) count(kind string, made bool, err error) error {
	switch {
	case err != nil:
		return err
	case made:
		m.done.Made[kind]++
	default:
		m.done.There[kind]++
	}
	return nil
}

func (m *importer) header(_ context.Context, text []byte) error {
	h, err := read[headerLine](text)
	if err != nil {
		return err
	}
	if h.Version != Version {
		return fmt.Errorf("the export is of version %d, and this program reads version %d", h.Version, Version)
	}
	return nil
}

func (m *importer) tenant(ctx context.Context, text []byte) error {
	line, err := read[tenantLine](text)
	if err != nil {
		return err
	}
	if err := ofKind("id", line.ID, models.PrefixTenant); err != nil {
		return err
	}
	m.source = line.ID
	if m.how.Tenant == nil || *m.how.Tenant == line.ID {
		m.done.Tenant = line.ID
		t := models.Tenant{ID: line.ID, Name: line.Name, ExternalID: line.ExternalID, Metadata: models.CompactJSON(line.Metadata),
			CreatedAt: exact(line.CreatedAt), UpdatedAt: exact(line.UpdatedAt)}
		if err := t.Validate(); err != nil {
			return err
		}
		made, err := m.to.ImportTenant(ctx, t)
		return m.count(kindTenant, made, err)
	}
	m.done.Tenant = *m.how.Tenant
	found, err := m.to.TenantsByID(ctx, []models.ID{m.done.Tenant})
	if err != nil {
		return err
	}
	if _, ok := found[m.done.Tenant]; !ok {
		return models.NotFound("tenant", m.done.Tenant)
	}
	return nil
}

// event gathers, so that many share a transaction.
func (m *importer) event(ctx context.Context, text []byte) error {
	line, err := read[eventLine](text)
	if err != nil {
		return err
	}
	if err := ofKind("id", line.ID, models.PrefixEvent); err != nil {
		return err
	}
	data, err := models.NormalizeJSON("data", line.Data, m.how.MaxPayload)
	if err != nil {
		return err
	}
	e := models.Event{ID: m.id(line.ID), TenantID: m.done.Tenant, Type: line.Type, Version: line.Version, EntityID: line.EntityID, Tags: line.Tags,
		Data: data, IdempotencyKey: line.IdempotencyKey, Timestamp: exact(line.Timestamp), CreatedAt: exact(line.CreatedAt)}
	if err := e.Validate(); err != nil {
		return err
	}
	m.events = append(m.events, e)
	if len(m.events) < eventBatch {
		return nil
	}
	return m.flush(ctx)
}

func (m *importer) flush(ctx context.Context) error {
	if len(m.events) == 0 {
		return nil
	}
	made, err := m.to.ImportEvents(ctx, m.done.Tenant, m.events)
	if err != nil {
		return err
	}
	if made > 0 {
		m.done.Made[kindEvent] += made
	}
	if there := len(m.events) - made; there > 0 {
		m.done.There[kindEvent] += there
	}
	m.events = m.events[:0]
	return nil
}

func (m *importer) end(ctx context.Context, text []byte) error {
	line, err := read[endLine](text)
	if err != nil {
		return err
	}
	if line.Lines != m.number-1 {
		return fmt.Errorf("says that %d lines come before it, and there are %d: some are missing", line.Lines, m.number-1)
	}
	m.ended = true
	return m.flush(ctx)
}
