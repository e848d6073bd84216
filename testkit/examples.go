package testkit

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Example is a file of examples/graphql, whose README says what it looks like.
type Example struct {
	Name      string // of the file, without .graphql
	Title     string
	Text      string // when one wants it
	Query     string // the whole file
	Variables json.RawMessage
}

const variablesLine = "Variables"

// Examples reads a folder of them, in the order of their names.
func Examples(folder string) ([]Example, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.graphql"))
	if err != nil {
		return nil, err
	}
	all := make([]Example, len(files))
	for i, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(filepath.Base(file), ".graphql")
		if all[i], err = readExample(name, string(text)); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return all, nil
}

// readExample reads the comments before the operation: the title, the text, and
// behind the line "Variables" the variables.
func readExample(name, text string) (Example, error) {
	e := Example{Name: name, Query: text}
	var about, variables []string
	into := &about
	for line := range strings.Lines(text) {
		line, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "#")
		if !ok {
			break
		}
		line = strings.TrimPrefix(line, " ")
		switch {
		case e.Title == "":
			e.Title = line
		case line == variablesLine:
			into = &variables
		case line != "":
			*into = append(*into, line)
		}
	}
	e.Text = strings.Join(about, " ")
	if variables != nil {
		e.Variables = json.RawMessage(strings.Join(variables, "\n"))
	}
	switch {
	case e.Title == "" || e.Text == "":
		return e, fmt.Errorf("begins without a title and a text, as comments")
	case variables != nil && !json.Valid(e.Variables):
		return e, fmt.Errorf("has variables that are no JSON: %s", e.Variables)
	}
	return e, nil
}
