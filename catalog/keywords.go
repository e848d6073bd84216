package catalog

import (
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"slices"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// replaceKeywords puts our own form of two keywords in the place of the
// library's: its uniqueItems takes time that grows with the square of arrays
// made to collide, and its propertyNames names the wrong place in errors.
func replaceKeywords(s *jsonschema.Schema) {
	if s.UniqueItems {
		s.UniqueItems = false
		s.Extensions = append(s.Extensions, uniqueItems{})
	}
	if s.PropertyNames != nil {
		s.Extensions = append(s.Extensions, propertyNames{s.PropertyNames})
		s.PropertyNames = nil
	}
}

// namesOf is the schema of the property names, in either form.
func namesOf(s *jsonschema.Schema) *jsonschema.Schema {
	for _, ext := range s.Extensions {
		if names, ok := ext.(propertyNames); ok {
			return names.schema
		}
	}
	return s.PropertyNames
}

type propertyNames struct{ schema *jsonschema.Schema }

func (k propertyNames) Validate(ctx *jsonschema.ValidatorContext, v any) {
	object, _ := v.(map[string]any)
	for name := range object {
		var invalid *jsonschema.ValidationError
		if errors.As(k.schema.Validate(name), &invalid) {
			ctx.AddErrors([]*jsonschema.ValidationError{invalid}, &kind.PropertyNames{Property: name})
		}
	}
}

type uniqueItems struct{}

func (uniqueItems) Validate(ctx *jsonschema.ValidatorContext, v any) {
	items, _ := v.([]any)
	if len(items) < 2 {
		return
	}
	first := make(map[string]int, len(items))
	var key []byte
	for i, item := range items {
		key = appendKey(key[:0], item)
		if j, twice := first[string(key)]; twice {
			ctx.AddError(&kind.UniqueItems{Duplicates: [2]int{j, i}})
			return
		}
		first[string(key)] = i
	}
}

// appendKey writes a form of the value that only equal values share: each part
// begins with its kind and, where it has one, its length.
func appendKey(key []byte, value any) []byte {
	switch value := value.(type) {
	case map[string]any:
		key = appendLength(append(key, 'o'), len(value))
		for _, name := range slices.Sorted(maps.Keys(value)) {
			key = append(appendLength(key, len(name)), name...)
			key = appendKey(key, value[name])
		}
	case []any:
		key = appendLength(append(key, 'a'), len(value))
		for _, item := range value {
			key = appendKey(key, item)
		}
	case string:
		key = append(appendLength(append(key, 's'), len(value)), value...)
	case json.Number:
		number := canonical(value)
		key = append(appendLength(append(key, 'n'), len(number)), number...)
	case bool:
		key = strconv.AppendBool(key, value)
	default:
		key = append(key, "null"...)
	}
	return key
}

func appendLength(key []byte, n int) []byte {
	return append(strconv.AppendInt(key, int64(n), 10), ':')
}

// canonical writes 1, 1.0 and 10e-1 alike.
func canonical(number json.Number) string {
	if rat, ok := new(big.Rat).SetString(string(number)); ok {
		return rat.RatString()
	}
	return string(number)
}
