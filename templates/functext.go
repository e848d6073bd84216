package templates

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	hexadecimal "encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// text is an argument that is used as text: a scalar.
func text(v any) (string, error) {
	switch v.(type) {
	case object, *list:
		return "", fmt.Errorf("a text is needed; this is %s", kindOf(v))
	}
	return textOf(v), nil
}

func mapText(change func(string) string) func(*run, []any) (any, error) {
	return func(r *run, args []any) (any, error) {
		s, err := text(args[0])
		if err != nil {
			return nil, err
		}
		if err := r.spend(3*len(s) + 64); err != nil {
			return nil, err
		}
		return change(s), nil
	}
}

func testText(is func(s, part string) bool) func(*run, []any) (any, error) {
	return func(_ *run, args []any) (any, error) {
		part, err := text(args[0])
		if err != nil {
			return nil, err
		}
		s, err := text(args[1])
		return is(s, part), err
	}
}

func callTruncate(r *run, args []any) (any, error) {
	n, err := count(args[0], maxOutput)
	if err != nil {
		return nil, err
	}
	s, err := text(args[1])
	if err != nil {
		return nil, err
	}
	return cut(s, n), r.spend(min(len(s), 4*n))
}

// cut keeps n characters, the last of them … where some are left out.
func cut(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	if n == 0 {
		return ""
	}
	end := 0
	for i := range s {
		if n--; n == 0 {
			end = i
			break
		}
	}
	return strings.TrimRightFunc(s[:end], unicode.IsSpace) + "…"
}

// count is an argument that is a number of things.
func count(v any, most int) (int, error) {
	if n, ok := v.(number); ok {
		if i, ok := n.whole(most); ok {
			return i, nil
		}
	}
	return 0, fmt.Errorf("a whole number from 0 to %d is needed; this is %s", most, kindOf(v))
}

func callReplace(r *run, args []any) (any, error) {
	old, err := text(args[0])
	if err != nil {
		return nil, err
	}
	with, err := text(args[1])
	if err != nil {
		return nil, err
	}
	s, err := text(args[2])
	if err != nil {
		return nil, err
	}
	if old == "" {
		return nil, errors.New("the text to be replaced is empty")
	}
	if err := r.spend(len(s) + strings.Count(s, old)*max(0, len(with)-len(old))); err != nil {
		return nil, err
	}
	return strings.ReplaceAll(s, old, with), nil
}

// callContains looks for a part of a text, or for an entry of a list.
func callContains(r *run, args []any) (any, error) {
	if l, ok := args[1].(*list); ok {
		for _, entry := range l.values() {
			if err := r.step(1); err != nil {
				return nil, err
			}
			if same, err := equal(r, args[0], entry); err == nil && same {
				return true, nil
			}
		}
		return false, nil
	}
	part, err := text(args[0])
	if err != nil {
		return nil, err
	}
	s, err := text(args[1])
	if err != nil {
		return nil, err
	}
	return strings.Contains(s, part), r.step(len(s) >> 6)
}

func callPrint(r *run, args []any) (any, error) {
	size := 0
	for _, arg := range args {
		size += len(textOf(arg))
	}
	if err := r.spend(size); err != nil {
		return nil, err
	}
	s := make([]byte, 0, size)
	for _, arg := range args {
		s = appendText(s, arg)
	}
	return string(s), nil
}

func callPlural(_ *run, args []any) (any, error) {
	n, ok := args[2].(number)
	if l, isList := args[2].(*list); isList {
		n, ok = plain(len(l.values())).(number), true
	}
	if !ok {
		return nil, fmt.Errorf("a number is needed; this is %s", kindOf(args[2]))
	}
	if compareNumbers(n, "1") == 0 {
		return args[0], nil
	}
	return args[1], nil
}

func sha256Hex(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hexadecimal.EncodeToString(sum[:])
}

func callHMAC(r *run, args []any) (any, error) {
	key, err := text(args[0])
	if err != nil {
		return nil, err
	}
	s, err := text(args[1])
	if err != nil {
		return nil, err
	}
	if err := r.spend(len(s) + 64); err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(s))
	return hexadecimal.EncodeToString(mac.Sum(nil)), nil
}

func base64Text(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func queryText(s string) string { return url.QueryEscape(s) }
