package channels

import (
	"bytes"
	"encoding/json"
	"strings"
)

// JSON is looked into where it lies: a message is posted byte for byte as its
// template made it, and of an answer that was cut off what came is read.

// jsonSpace is what may stand around a value; for Unicode there is more white space.
const jsonSpace = " \t\r\n"

// eachMember calls do with every member of a JSON object that is whole: its
// name, the member as it is written, and its value as it is written. The object
// must be valid JSON, but may be cut off anywhere; then the member that is cut is
// left out. Nothing happens for what is no object.
func eachMember(object []byte, do func(name, member, value []byte)) {
	if len(object) == 0 || object[0] != '{' {
		return
	}
	at := 1
	for {
		at = after(object, at, jsonSpace+",")
		start := at
		if at >= len(object) || object[at] != '"' {
			return
		}
		nameEnd := valueEnd(object, at)
		at = after(object, nameEnd, jsonSpace+":")
		end := valueEnd(object, at)
		if end < 0 || nameEnd < 0 {
			return
		}
		do(memberName(object[start:nameEnd]), object[start:end], object[at:end])
		at = end
	}
}

// memberName reads a quoted name, which may hide letters behind escapes.
func memberName(quoted []byte) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	return []byte(unquoted(quoted))
}

// eachElement calls do with every element of a JSON array, by the same rules, and
// returns how many there are.
func eachElement(array []byte, do func(i int, value []byte)) (n int) {
	if len(array) == 0 || array[0] != '[' {
		return 0
	}
	for at := 1; ; n++ {
		at = after(array, at, jsonSpace+",")
		end := valueEnd(array, at)
		if end <= at {
			return n
		}
		do(n, array[at:end])
		at = end
	}
}

// unquoted is a JSON string's value; empty for anything else.
func unquoted(value []byte) (s string) {
	_ = json.Unmarshal(value, &s)
	return s
}

// after is the place of the first byte from at on that is not one of skip.
func after(b []byte, at int, skip string) int {
	for at >= 0 && at < len(b) && strings.IndexByte(skip, b[at]) >= 0 {
		at++
	}
	return at
}

// valueEnd is the place behind the value that begins at the given one; -1 where it is cut off.
func valueEnd(b []byte, at int) int {
	level := 0
	for i := at; i >= 0 && i < len(b); i++ {
		switch b[i] {
		case '"':
			if i = quoteEnd(b, i); i < 0 {
				return -1
			}
		case '{', '[':
			level++
			continue
		case '}', ']':
			if level == 0 {
				return i // behind a number, true, false or null
			}
			level--
		case ',', ' ', '\t', '\r', '\n':
			if level == 0 {
				return i
			}
			continue
		default:
			continue
		}
		if level == 0 {
			return i + 1
		}
	}
	return -1
}

// quoteEnd is the place of the quote that ends the string which begins at the given one.
func quoteEnd(b []byte, at int) int {
	for i := at + 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}
