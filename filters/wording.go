package filters

import (
	"fmt"
	"regexp"
	"strings"
)

// What CEL's parser and checker say, in words for people who are neither.
var wordings = []struct {
	form *regexp.Regexp
	say  func(found []string) string
}{
	{regexp.MustCompile(`^(?:Syntax error: )?(?:mismatched input|no viable alternative at input) '.*<EOF>'`), func([]string) string {
		return "the filter ends in the middle"
	}},
	{regexp.MustCompile(`^(?:Syntax error: )?(?:mismatched|extraneous) input '(.*)' expecting`), func(found []string) string {
		return unexpected(found[1], "")
	}},
	{regexp.MustCompile(`^(?:Syntax error: )?token recognition error at: '(.*)'`), func(found []string) string {
		return unexpected(found[1], "; texts stand in quotes")
	}},
	{regexp.MustCompile(`^undeclared reference to '([^']*)'`), func(found []string) string {
		return fmt.Sprintf("there is no %s; a filter sees type, version, entityId, tags and data, and texts stand in quotes", found[1])
	}},
	{regexp.MustCompile(`^found no matching overload for '([^']*)' applied to '(?:(.*)\.)?\((.*)\)'`), func(found []string) string {
		on := strings.ReplaceAll(strings.TrimPrefix(found[2]+", "+found[3], ", "), ", ", " and ")
		return fmt.Sprintf("%s does not go with %s", operator(found[1]), on)
	}},
}

// inWords is CEL's message, plainer where it is one of the common ones.
func inWords(message string) string {
	for _, w := range wordings {
		if found := w.form.FindStringSubmatch(message); found != nil {
			return w.say(found)
		}
	}
	return strings.TrimPrefix(message, "Syntax error: ")
}

// instead are the words of other languages.
var instead = map[string]string{"=": "==", "and": "&&", "or": "||", "not": "!", "AND": "&&", "OR": "||", "is": "=="}

func unexpected(text, hint string) string {
	text = strings.TrimSpace(text)
	if right, known := instead[text]; known {
		hint = "; write " + right
	}
	return fmt.Sprintf("%q is not expected here%s", text, hint)
}

// operator is one as it is written: _>_ is >.
func operator(name string) string { return strings.Trim(name, "_@") }
