package templates

import (
	"strconv"
	"strings"
)

// What a template handles is one of: nil, bool, string, number, object, *list,
// *missing, rawText and jsonText. No other type and no method is in its reach.

// number is a JSON number, with its digits as they were published.
type number string

// rawText is written without any escaping.
type rawText string

// jsonText is a value's JSON.
type jsonText string

// object is a JSON object: its names in the order as published.
type object interface {
	names() []string
	field(name string) (any, bool)
}

// missing stands for a field that is not there. It can be asked about, and
// has a default; printed, it is an error that names it.
type missing struct {
	asked string // the whole path, as written
	lacks string // its first part that is not there
}

// plain makes one of the types above of what text/template hands to a function.
func plain(v any) any {
	switch t := v.(type) {
	case *frame:
		return plain(t.dot)
	case int:
		return number(strconv.Itoa(t))
	case float64:
		return number(strconv.FormatFloat(t, 'f', -1, 64))
	}
	return v
}

// truth says what `if` makes of a value: false, 0, "", null, what is empty and
// what is missing are false.
func truth(v any) bool {
	switch t := v.(type) {
	case bool:
		return t
	case string:
		return t != ""
	case rawText:
		return t != ""
	case number:
		mantissa, _, _ := strings.Cut(strings.ToLower(string(t)), "e")
		return strings.ContainsAny(mantissa, "123456789")
	case object:
		return len(t.names()) > 0
	case *list:
		return len(t.values()) > 0
	case jsonText:
		return true
	}
	return false
}

// absent says that a value is missing, null or an empty text: what `default`
// stands in for.
func absent(v any) bool {
	switch t := v.(type) {
	case nil, *missing:
		return true
	case string:
		return t == ""
	}
	return false
}

// kindOf names a value's kind in an error.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "true or false"
	case string, rawText, jsonText:
		return "a text"
	case number:
		return "a number"
	case object:
		return "an object"
	case *list:
		return "a list"
	}
	return "missing"
}

// appendText writes a value's plain form; lists and objects as their JSON.
func appendText(dst []byte, v any) []byte {
	switch t := v.(type) {
	case string:
		return append(dst, t...)
	case rawText:
		return append(dst, t...)
	}
	return appendJSON(dst, v)
}

// textOf is appendText's text.
func textOf(v any) string {
	switch t := v.(type) {
	case string:
		return t
	case number:
		return string(t)
	case rawText:
		return string(t)
	case jsonText:
		return string(t)
	}
	return string(appendText(nil, v))
}

// appendJSON writes a value as JSON; what came as JSON stays as it came.
func appendJSON(dst []byte, v any) []byte {
	switch t := v.(type) {
	case bool:
		return strconv.AppendBool(dst, t)
	case string:
		return appendString(dst, t)
	case rawText:
		return appendString(dst, string(t))
	case number:
		return append(dst, t...)
	case jsonText:
		return append(dst, t...)
	case *jsonObject:
		return append(dst, t.raw...)
	case object:
		dst = append(dst, '{')
		for i, name := range t.names() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, name), ':')
			value, _ := t.field(name)
			dst = appendJSON(dst, value)
		}
		return append(dst, '}')
	case *list:
		if t.raw != "" {
			return append(dst, t.raw...)
		}
		dst = append(dst, '[')
		for i, value := range t.values() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, value)
		}
		return append(dst, ']')
	}
	return append(dst, "null"...)
}
