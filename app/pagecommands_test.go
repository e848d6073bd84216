package app

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"carillon/testkit"
)

// ownCommand finds the program's own command line in a line of a page, without
// what a shell does around it.
var ownCommand = regexp.MustCompile(`(?:^|[|&;(] *|\$ )(?:[A-Z_]+=\S+ )*(?:go run \.|carillon)((?: +(?:'[^']*'|"[^"]*"|[^\s'"#|&;<>)]+))*)`)

var (
	word       = regexp.MustCompile(`'[^']*'|"[^"]*"|\S+`)
	inlineCode = regexp.MustCompile("`([^`\n]+)`")
	inner      = regexp.MustCompile(`\$\([^)]*\)`) // what the shell fills in
	fenced     = regexp.MustCompile("(?ms)^```.*?^```$")
)

// TestCommandsOfThePages: the program takes every command line of itself that the
// documentation shows. Outlines, which have signs of grammar, are left to readers.
func TestCommandsOfThePages(t *testing.T) {
	t.Parallel()
	found := 0
	check := func(page, line string) {
		line = inner.ReplaceAllString(strings.ReplaceAll(line, " 2>", " >"), "it")
		for _, m := range ownCommand.FindAllStringSubmatch(line, -1) {
			words := word.FindAllString(m[1], -1)
			if strings.ContainsAny(m[1], "[]…\\") {
				continue
			}
			for i := range words {
				words[i] = strings.Trim(words[i], `'"`)
			}
			found++
			parser, err := newParser(&program{}, environment{}, Output{Stdout: io.Discard, Stderr: io.Discard}.withDefaults())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse(words); err != nil && !strings.Contains(line, "--help") && !onlyNamed(words, err) {
				t.Errorf("%s: %s: %v", page, strings.TrimSpace(line), err)
			}
		}
	}
	for _, page := range testkit.Pages(t) {
		for _, b := range page.Blocks {
			if b.Indented || b.Language == "sh" { // console is run, with what it prints
				for line := range strings.Lines(b.Text) {
					check(page.Path, line)
				}
			}
		}
		for _, m := range inlineCode.FindAllStringSubmatch(fenced.ReplaceAllString(page.Text, ""), -1) {
			check(page.Path, m[1])
		}
	}
	if found < 15 {
		t.Errorf("%d commands were found, which are too few", found)
	}
}

// onlyNamed: the text speaks of a command, without what it needs.
func onlyNamed(words []string, err error) bool {
	needs := strings.HasPrefix(err.Error(), "missing flags") || strings.HasPrefix(err.Error(), "expected ")
	return needs && len(words) <= 2
}
