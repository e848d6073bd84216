package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"carillon/client"
	"carillon/models"
)

// data is read from where --data says, and must be JSON.
func (p *publishCommand) data(ctx context.Context, c *client.Client, stdin io.Reader) (json.RawMessage, error) {
	if p.Example {
		return c.Example(ctx, p.Type)
	}
	from, err := p.open(stdin)
	if err != nil {
		return nil, &usageError{fmt.Errorf("--data: %w", err)}
	}
	defer func() { _ = from.Close() }()
	text, err := io.ReadAll(io.LimitReader(from, maxEventFile+1))
	if err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	if err := checkData(text); err != nil {
		return nil, &usageError{fmt.Errorf("--data: %w", err)}
	}
	return text, nil
}

func (p *publishCommand) open(stdin io.Reader) (io.ReadCloser, error) {
	if p.Data == "-" {
		return io.NopCloser(stdin), nil
	}
	if name, ok := strings.CutPrefix(p.Data, "@"); ok {
		return os.Open(name)
	}
	return io.NopCloser(strings.NewReader(p.Data)), nil
}

// checkData says where text is no JSON.
func checkData(text []byte) error {
	if len(text) > maxEventFile {
		return fmt.Errorf("has more than %d MiB", maxEventFile>>20)
	}
	if strings.TrimSpace(string(text)) == "" {
		return errors.New("is empty; give JSON, {} for an event without data")
	}
	var value json.RawMessage
	var syntax *json.SyntaxError
	if err := json.Unmarshal(text, &value); errors.As(err, &syntax) {
		return fmt.Errorf("is not JSON: %s: %w", place(text[:min(int(syntax.Offset), len(text))]), syntax)
	}
	return models.CheckJSON("", text, maxEventFile)
}

// place is where text ends, as editors count.
func place(text []byte) string {
	column := len(text) - bytes.LastIndexByte(text, '\n') - 1
	if lines := bytes.Count(text, []byte{'\n'}); lines > 0 {
		return fmt.Sprintf("line %d, column %d", lines+1, column)
	}
	return fmt.Sprintf("column %d", column)
}
