package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"carillon/models"
)

// sentence says what one keyword asks for. It never repeats the data: that may
// be somebody's secret.
func sentence(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return fmt.Sprintf("must be %s, not %s", list(k.Want, " or "), k.Got)
	case *kind.Enum:
		return "must be one of " + literals(k.Want)
	case *kind.Const:
		return "must be " + literal(k.Want)
	case *kind.Format:
		return formatSentence(k)
	case *kind.FalseSchema:
		return "is not allowed"
	case *kind.Not:
		return "is of a form that is not allowed"
	case *kind.RefCycle:
		return "cannot be checked, because the schema refers to itself"
	}
	if s := lengthSentence(k); s != "" {
		return s
	}
	if s := numberSentence(k); s != "" {
		return s
	}
	return "does not satisfy the schema"
}

func formatSentence(k *kind.Format) string {
	if k.Want == "regex" {
		return "is not a regular expression that this server reads (RE2: no look-around, no back references)"
	}
	return "is not of the format " + clip(k.Want, 64)
}

func lengthSentence(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Pattern:
		return "does not match the pattern " + clip(k.Want, 128)
	case *kind.MinLength:
		return fmt.Sprintf("has %d characters; at least %d are needed", k.Got, k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("has %d characters; at most %d are allowed", k.Got, k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("has %d items; at least %d are needed", k.Got, k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("has %d items; at most %d are allowed", k.Got, k.Want)
	case *kind.MinProperties:
		return fmt.Sprintf("has %d properties; at least %d are needed", k.Got, k.Want)
	case *kind.MaxProperties:
		return fmt.Sprintf("has %d properties; at most %d are allowed", k.Got, k.Want)
	case *kind.UniqueItems:
		return fmt.Sprintf("holds the same item twice, at %d and %d", k.Duplicates[0], k.Duplicates[1])
	case *kind.Contains:
		return "holds no item of the form that is needed"
	case *kind.MinContains:
		return fmt.Sprintf("has %d items of the form that is needed; at least %d are needed", len(k.Got), k.Want)
	case *kind.MaxContains:
		return fmt.Sprintf("has %d items of the form that is bounded; at most %d are allowed", len(k.Got), k.Want)
	}
	return ""
}

func numberSentence(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Minimum:
		return "must be at least " + number(k.Want)
	case *kind.Maximum:
		return "must be at most " + number(k.Want)
	case *kind.ExclusiveMinimum:
		return "must be more than " + number(k.Want)
	case *kind.ExclusiveMaximum:
		return "must be less than " + number(k.Want)
	case *kind.MultipleOf:
		return "must be a multiple of " + number(k.Want)
	}
	return ""
}

func number(n *big.Rat) string {
	if n.IsInt() {
		return clip(n.Num().String(), 64)
	}
	f, _ := n.Float64()
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// literals lists constants of the schema, as many as a line bears.
func literals(values []any) string {
	const bears = 12
	var words []string
	for _, v := range values[:min(len(values), bears)] {
		words = append(words, literal(v))
	}
	if more := len(values) - bears; more > 0 {
		words = append(words, fmt.Sprintf("%d more", more))
	}
	return strings.Join(words, ", ")
}

func literal(value any) string {
	if s, ok := value.(string); ok {
		return clip(s, 64)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "the constant of the schema"
	}
	return clip(string(text), 64)
}

// compileError says in our words why a schema could not be compiled.
func compileError(field string, err error) error {
	var (
		invalid *jsonschema.SchemaValidationError
		load    *jsonschema.LoadURLError
		regex   *jsonschema.InvalidRegexError
		pointer *jsonschema.JSONPointerNotFoundError
		anchor  *jsonschema.AnchorNotFoundError
	)
	switch {
	case errors.As(err, &invalid):
		return report(field+inside(invalid.URL), invalid.Err)
	case errors.As(err, &load):
		return outside(field, load.URL)
	case errors.As(err, &regex):
		return models.Invalid(field, "holds the pattern %q, which is not a regular expression that this server reads (RE2: no look-around, no back references)",
			clip(regex.Regex, 64))
	case errors.As(err, &pointer):
		return models.Invalid(field, "refers to %s, which it does not hold", place(pointer.URL))
	case errors.As(err, &anchor):
		return models.Invalid(field, "refers to %s, which it does not hold", place(anchor.Reference))
	}
	return models.Invalid(field, "is not a JSON Schema: %s", clip(strings.ReplaceAll(err.Error(), base, ""), 300))
}

// outside refuses a reference to another document.
func outside(field, address string) error {
	return models.Invalid(field, "refers to %s, which is not part of it; nothing is read from files or the network, so put it under $defs",
		place(address))
}

// place shortens an address to what the author wrote.
func place(address string) string {
	return clip(strings.TrimPrefix(address, base), 128)
}

// inside is the dotted path of a place in the schema itself, by its address.
func inside(address string) string {
	_, pointer, _ := strings.Cut(address, "#")
	var b strings.Builder
	for _, name := range strings.Split(pointer, "/")[1:] {
		if plain, err := url.PathUnescape(name); err == nil {
			name = plain
		}
		name = strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
		b.WriteString("." + clip(name, 64))
	}
	return b.String()
}
