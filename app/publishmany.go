package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"carillon/client"
	"carillon/models"
)

// batchBytes keeps a request well within what servers take, 32 MiB at least.
const batchBytes = 8 << 20

// importer publishes the lines of a file in batches, in their order.
type importer struct {
	command *publishCommand
	base    client.Publication
	client  *client.Client
	to      *screen

	batch []client.Publication
	lines []int // of the file, for each of the batch
	size  int
	done  int // events that are published
	last  int // the line of the last of them
}

// publishMany publishes an event for each line that is not empty.
func (p *publishCommand) publishMany(ctx context.Context, c *client.Client, base client.Publication, out Output, to *screen) error {
	from, err := p.open(out.Stdin)
	if err != nil {
		return &usageError{fmt.Errorf("--data: %w", err)}
	}
	defer func() { _ = from.Close() }()
	m := &importer{command: p, base: base, client: c, to: to}
	err = m.run(ctx, from)
	m.showProgress("")
	switch {
	case err == nil && m.done == 0:
		return errors.New("--data: there are no lines, so nothing was published")
	case err == nil && !p.JSON:
		return to.printf("%s\n", counted(m.done))
	case err == nil:
		to.note("%s", counted(m.done))
		return nil
	}
	return m.broken(err)
}

// counted is how many events were published, for people.
func counted(n int) string {
	if n == 1 {
		return "1 event is published"
	}
	return fmt.Sprintf("%d events are published", n)
}

// broken says what stands and what does not.
func (m *importer) broken(err error) error {
	if errors.Is(err, context.Canceled) {
		err = errors.New("stopped")
	}
	if m.done == 0 {
		return fmt.Errorf("%w; nothing was published", err)
	}
	return fmt.Errorf("%w; %s, up to line %d, the rest is not", err, counted(m.done), m.last)
}

func (m *importer) run(ctx context.Context, from io.Reader) error {
	lines := bufio.NewReaderSize(from, 64<<10)
	for number := 1; ; number++ {
		line, err := readLine(lines)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("line %d: %w", number, err)
		}
		if text := bytes.TrimSpace(line); len(text) > 0 {
			if err := m.add(ctx, number, text); err != nil {
				return err
			}
		}
		if err != nil {
			return m.flush(ctx)
		}
	}
}

// readLine reads one line of any length up to the bound.
func readLine(from *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := from.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxEventFile:
			return nil, fmt.Errorf("has more than %d MiB", maxEventFile>>20)
		case !errors.Is(err, bufio.ErrBufferFull):
			return line, err
		}
	}
}

// add takes one line into the batch, and publishes the batch first where the
// line does not fit.
func (m *importer) add(ctx context.Context, number int, text []byte) error {
	event, err := m.event(number, text)
	if err != nil {
		if err := m.flush(ctx); err != nil { // what came before is right, and so is published
			return err
		}
		return &usageError{fmt.Errorf("line %d: %w", number, err)}
	}
	if len(m.batch) == models.MaxBatch || m.size > 0 && m.size+len(text) > batchBytes {
		if err := m.flush(ctx); err != nil {
			return err
		}
	}
	m.batch, m.lines, m.size = append(m.batch, event), append(m.lines, number), m.size+len(text)
	return nil
}

// event makes an event of a line.
func (m *importer) event(number int, text []byte) (client.Publication, error) {
	event := m.base
	if err := checkData(text); err != nil {
		return event, err
	}
	if m.base.IdempotencyKey != "" {
		event.IdempotencyKey += "-" + strconv.Itoa(number)
	}
	if m.base.Type != "" {
		event.Data = bytes.Clone(text)
		return event, nil
	}
	read := json.NewDecoder(bytes.NewReader(text))
	read.DisallowUnknownFields()
	event.Tags = append([]string(nil), m.base.Tags...)
	if err := read.Decode(&event); err != nil {
		return event, fmt.Errorf(`is not an event such as {"type": "contact.created", "data": {}}: %s`, strings.TrimPrefix(err.Error(), "json: "))
	}
	if len(event.Data) == 0 {
		return event, errors.New("data: is needed; give any JSON value")
	}
	return event, models.CheckEventType("type", event.Type)
}

// flush publishes the batch, all or none.
func (m *importer) flush(ctx context.Context) error {
	if len(m.batch) == 0 {
		return nil
	}
	events, err := m.client.PublishAll(ctx, m.batch)
	if err != nil {
		return m.named(err)
	}
	if m.command.JSON {
		m.showProgress("")
		for _, event := range events {
			if err := m.command.print(m.to, event); err != nil {
				return err
			}
		}
	}
	m.done, m.last = m.done+len(events), m.lines[len(m.lines)-1]
	m.batch, m.lines, m.size = m.batch[:0], m.lines[:0], 0
	m.showProgress(counted(m.done))
	return nil
}

// named says of an error about events.N which line it is about.
func (m *importer) named(err error) error {
	var refused *client.Refused
	if !errors.As(err, &refused) {
		return err
	}
	index, field, _ := strings.Cut(strings.TrimPrefix(refused.Field, "events."), ".")
	n, wrong := strconv.Atoi(index)
	if wrong != nil || n < 0 || n >= len(m.lines) {
		return err
	}
	about := *refused
	about.Message = strings.TrimPrefix(strings.TrimPrefix(about.Message, refused.Field), ": ")
	about.Field = field
	return fmt.Errorf("line %d: %w", m.lines[n], &about)
}

// showProgress writes over the last line of the terminal; empty text clears it.
func (m *importer) showProgress(text string) {
	if m.to.live {
		_, _ = fmt.Fprintf(m.to.notes, "\r\x1b[K%s", text) // nothing else could tell it
	}
}
