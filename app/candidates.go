package app

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type candidatesCommand struct {
	Words []string `arg:"" optional:"" passthrough:"" help:"The words behind the program's name; the last one is not complete."`
}

// Run prints what may stand in the place of the last word, a line each: the
// word, a tab, and what it means.
func (c *candidatesCommand) Run(call *kong.Context, out Output) error {
	words := c.Words
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	for _, found := range candidates(call.Model.Node, joined(words)) {
		if _, err := fmt.Fprintf(out.Stdout, "%s\t%s\n", found.word, found.help); err != nil {
			return err
		}
	}
	return nil
}

type candidate struct{ word, help string }

// joined puts together what bash takes apart at an equals sign.
func joined(words []string) []string {
	var whole []string
	for _, word := range words {
		n := len(whole)
		switch {
		case n > 0 && strings.HasPrefix(whole[n-1], "--") && word == "=":
			whole[n-1] += word
		case n > 0 && strings.HasPrefix(whole[n-1], "--") && strings.HasSuffix(whole[n-1], "="):
			whole[n-1] += word
		default:
			whole = append(whole, word)
		}
	}
	return whole
}

// candidates walks down the commands along all words but the last.
func candidates(node *kong.Node, words []string) []candidate {
	if len(words) == 0 {
		words = []string{""}
	}
	last := words[len(words)-1]
	var open *kong.Flag // waits for its value
	arguments := 0
	for _, word := range words[:len(words)-1] {
		switch {
		case open != nil:
			open = nil
		case strings.HasPrefix(word, "-"):
			open = opened(node, word)
		default:
			child := childNamed(node, word)
			switch {
			case child != nil:
				node, arguments = child, 0
			case len(node.Children) > 0:
				return nil // no such command
			default:
				arguments++
			}
		}
	}
	name, value, given := strings.Cut(last, "=")
	switch {
	case open != nil:
		return values(open.Value, last)
	case given && strings.HasPrefix(last, "--"):
		if flag := flagNamed(node, name); flag != nil {
			return values(flag.Value, value)
		}
		return nil
	case strings.HasPrefix(last, "-"):
		return flagsLike(node, last)
	}
	return wordsLike(node, last, arguments)
}

// opened is the flag that a word names, where its value is the next word.
func opened(node *kong.Node, word string) *kong.Flag {
	if strings.Contains(word, "=") {
		return nil
	}
	flag := flagNamed(node, word)
	if flag == nil || flag.IsBool() || flag.IsCounter() {
		return nil
	}
	return flag
}

func flagNamed(node *kong.Node, word string) *kong.Flag {
	for _, group := range node.AllFlags(false) {
		for _, flag := range group {
			if word == "--"+flag.Name || flag.Short != 0 && word == "-"+string(flag.Short) ||
				slices.Contains(flag.Aliases, strings.TrimPrefix(word, "--")) {
				return flag
			}
		}
	}
	return nil
}

func flagsLike(node *kong.Node, begun string) []candidate {
	var found []candidate
	for _, group := range node.AllFlags(true) {
		for _, flag := range group {
			if word := "--" + flag.Name; strings.HasPrefix(word, begun) {
				found = append(found, candidate{word, firstSentence(flag.Help)})
			}
		}
	}
	return found
}

// wordsLike is the commands below a node, or what its next argument may be.
func wordsLike(node *kong.Node, begun string, arguments int) []candidate {
	var found []candidate
	for _, child := range node.Children {
		if !child.Hidden && strings.HasPrefix(child.Name, begun) {
			found = append(found, candidate{child.Name, firstSentence(child.Help)})
		}
	}
	if arguments < len(node.Positional) {
		found = append(found, values(node.Positional[arguments], begun)...)
	}
	return found
}

// values is what a flag or argument may be, where that is known: by its list, or
// by the words that its help names.
func values(v *kong.Value, begun string) []candidate {
	var known []string
	if v.Enum != "" {
		known = v.EnumSlice()
	} else {
		known = namedValues(v.Name)
	}
	var found []candidate
	for _, word := range known {
		if strings.HasPrefix(word, begun) {
			found = append(found, candidate{word, ""})
		}
	}
	return found
}

// namedValues is what flags take that have no list, because they take any case.
func namedValues(flag string) []string {
	switch flag {
	case "status":
		return []string{"succeeded", "failed"}
	case "kind":
		return []string{"http", "slack", "email", "sms"}
	case "scope":
		return []string{"ADMIN", "MANAGE", "PUBLISH", "READ"}
	case "part":
		return []string{"BODY", "CONTENT_TYPE", "SUBJECT", "TEXT", "HTML"}
	case "log-level":
		return []string{"debug", "info", "warn", "error"}
	case "log-format":
		return []string{"text", "json"}
	}
	return nil
}

func childNamed(node *kong.Node, name string) *kong.Node {
	i := slices.IndexFunc(node.Children, func(c *kong.Node) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return node.Children[i]
}

func firstSentence(help string) string {
	first, _, _ := strings.Cut(help, ". ")
	return strings.TrimSuffix(first, ".")
}
