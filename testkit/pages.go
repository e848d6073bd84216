package testkit

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Page is a page of documentation.
type Page struct {
	Path   string // from the root of the module, such as docs/api.md
	Text   string
	Blocks []Block
}

// Block is something that a page shows apart: between fences, or indented.
type Block struct {
	Page     string
	Line     int    // of its first line of text
	Language string // behind the fence; empty where nothing is, and of an indented one
	About    string // what stands behind the language, such as a file's name
	Indented bool
	Text     string // ends with a line break
}

// Root is the folder of the module.
func Root(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		tb.Fatal("there is no go.mod in this folder or above")
	}
}

// notOurs are folders of what npm installs, and of what building and testing leave behind.
var notOurs = map[string]bool{"node_modules": true, "dist": true, "testdata": true, "test-results": true}

// Pages are all pages of documentation in the module, by their paths. What begins
// with a dot is left out.
func Pages(tb testing.TB) (pages []Page) {
	tb.Helper()
	root := Root(tb)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && (strings.HasPrefix(name, ".") || notOurs[name]):
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(name) != ".md":
			return nil
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		pages = append(pages, readPage(tb, root, filepath.ToSlash(relative)))
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return pages
}

// OnePage reads one of them.
func OnePage(tb testing.TB, path string) Page {
	tb.Helper()
	return readPage(tb, Root(tb), path)
}

func readPage(tb testing.TB, root, path string) Page {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		tb.Fatal(err)
	}
	return Page{Path: path, Text: string(text), Blocks: blocks(path, string(text))}
}

// blocks finds them all. Below a list text is indented further, by what the list
// is indented itself.
func blocks(path, text string) (all []Block) {
	var open *Block
	blank, by := true, plainIndent
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		fence := strings.HasPrefix(line, "```")
		indented := strings.HasPrefix(line, by)
		switch {
		case open != nil && !open.Indented && fence:
			all, open = append(all, *open), nil
		case open != nil && (!open.Indented || indented || line == ""):
			if open.Indented {
				line = strings.TrimPrefix(line, by)
			}
			open.Text += line + "\n"
		default:
			if open != nil {
				all, open = append(all, open.trimmed()), nil
			}
			if fence {
				language, about, _ := strings.Cut(strings.TrimPrefix(line, "```"), " ")
				open = &Block{Page: path, Line: i + 2, Language: language, About: about}
			} else if indented && blank {
				open = &Block{Page: path, Line: i + 1, Indented: true, Text: strings.TrimPrefix(line, by) + "\n"}
			}
		}
		blank = line == ""
		if !blank && !strings.HasPrefix(line, " ") {
			if by = plainIndent; listItem.MatchString(line) {
				by = listIndent
			}
		}
	}
	if open != nil {
		all = append(all, open.trimmed())
	}
	return all
}

// How far a block is indented, in a text and below an item of a list.
const (
	plainIndent = "    "
	listIndent  = "      "
)

var listItem = regexp.MustCompile(`^([-*]|\d+\.) `)

// trimmed is without the empty lines that end an indented block.
func (b *Block) trimmed() Block {
	one := *b
	one.Text = strings.TrimRight(one.Text, "\n") + "\n"
	return one
}
