package docs

import (
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"carillon/testkit"
)

var (
	link     = regexp.MustCompile(`!?\[[^\]]*\]\(([^)\s]+)\)`)
	fence    = regexp.MustCompile("(?ms)^```.*?^```$")
	heading  = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
	linkText = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

// TestLinks: what a page of this module names is there, down to the heading.
func TestLinks(t *testing.T) {
	t.Parallel()
	root, anchors, found := testkit.Root(t), map[string]map[string]bool{}, 0
	pages := testkit.Pages(t)
	for _, p := range pages {
		anchors[p.Path] = anchorsOf(p.Text)
	}
	for _, p := range pages {
		for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(p.Text, ""), -1) {
			target, err := url.Parse(m[1])
			if err != nil {
				t.Errorf("%s: %s is no link: %v", p.Path, m[1], err)
				continue
			}
			if target.Scheme != "" {
				continue // another host's pages are their own affair
			}
			found++
			to := p.Path
			if target.Path != "" {
				to = path.Join(path.Dir(p.Path), target.Path)
			}
			if _, err := os.Stat(filepath.Join(root, to)); err != nil {
				t.Errorf("%s: the link %s leads nowhere", p.Path, m[1])
			}
			if target.Fragment != "" && !anchors[to][target.Fragment] {
				t.Errorf("%s: %s has no heading #%s", p.Path, to, target.Fragment)
			}
		}
	}
	if found < 100 {
		t.Errorf("%d links were found, which are too few", found)
	}
}

// anchorsOf are the headings of a page as GitHub names them in addresses.
func anchorsOf(text string) map[string]bool {
	all, times := map[string]bool{}, map[string]int{}
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		slug := slugOf(linkText.ReplaceAllString(m[1], "$1"))
		if n := times[slug]; n > 0 {
			all[slug+"-"+strconv.Itoa(n)] = true
		} else {
			all[slug] = true
		}
		times[slug]++
	}
	return all
}

func slugOf(title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case unicode.IsLetter(r) || unicode.IsNumber(r) || r == '-' || r == '_':
			return unicode.ToLower(r)
		default:
			return -1
		}
	}, strings.TrimSpace(title))
}

func TestSlugs(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"PostgreSQL and many nodes": "postgresql-and-many-nodes",
		"`serve`, migrate, key":     "serve-migrate-key",
		"What's new?":               "whats-new",
	} {
		if got := slugOf(title); got != want {
			t.Errorf("%s is #%s, want #%s", title, got, want)
		}
	}
}
