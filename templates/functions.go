package templates

import (
	"fmt"
	"sort"
	"strings"
)

// function is one that a template can call. Its arguments are plain values; a
// function that is not optional is never given one that is missing or null.
type function struct {
	least, most int // arguments; most is -1 for any number
	optional    bool
	usage       string
	call        func(r *run, args []any) (any, error)
}

func (f *function) arity() string {
	switch {
	case f.most < 0:
		return fmt.Sprintf("%d values or more", f.least)
	case f.least == 1 && f.most == 1:
		return "1 value"
	case f.least == f.most:
		return fmt.Sprintf("%d values", f.least)
	}
	return fmt.Sprintf("%d to %d values", f.least, f.most)
}

// functions are all that there are, beside and and or. The value that a pipe
// hands on comes last. Nothing writes to the table.
var functions = map[string]function{
	"default":  {2, 2, true, `default "none" .x`, callDefault},
	"coalesce": {1, -1, true, `coalesce .a .b "none"`, callCoalesce},
	"not":      {1, 1, true, `not .x`, func(_ *run, a []any) (any, error) { return !truth(a[0]), nil }},
	"raw":      {1, 1, false, `raw .x`, func(_ *run, a []any) (any, error) { return rawText(textOf(a[0])), nil }},
	"json":     {1, 1, true, `json .x`, callJSON},

	"eq": {2, -1, true, `eq .a .b`, callEq},
	"ne": {2, 2, true, `ne .a .b`, callNe},
	"lt": {2, 2, false, `lt .a .b`, order(func(n int) bool { return n < 0 })},
	"le": {2, 2, false, `le .a .b`, order(func(n int) bool { return n <= 0 })},
	"gt": {2, 2, false, `gt .a .b`, order(func(n int) bool { return n > 0 })},
	"ge": {2, 2, false, `ge .a .b`, order(func(n int) bool { return n >= 0 })},

	"upper":     {1, 1, false, `upper .x`, mapText(strings.ToUpper)},
	"lower":     {1, 1, false, `lower .x`, mapText(strings.ToLower)},
	"title":     {1, 1, false, `title .x`, mapText(title)},
	"trim":      {1, 1, false, `trim .x`, mapText(strings.TrimSpace)},
	"humanize":  {1, 1, false, `humanize .type`, mapText(humanize)},
	"truncate":  {2, 2, false, `truncate 20 .x`, callTruncate},
	"replace":   {3, 3, false, `replace "a" "b" .x`, callReplace},
	"contains":  {2, 2, false, `contains "a" .x`, callContains},
	"hasPrefix": {2, 2, false, `hasPrefix "a" .x`, testText(strings.HasPrefix)},
	"hasSuffix": {2, 2, false, `hasSuffix "a" .x`, testText(strings.HasSuffix)},
	"print":     {1, -1, false, `print .a " " .b`, callPrint},
	"printf":    {1, -1, false, `printf "%s of %d" .a .b`, callPrintf},
	"plural":    {3, 3, false, `plural "item" "items" .n`, callPlural},
	"date":      {2, 3, false, `date "2 January 2006" "Europe/Berlin" .timestamp`, callDate},

	"sha256":   {1, 1, false, `sha256 .x`, mapText(sha256Hex)},
	"hmac":     {2, 2, false, `hmac .channel.secret .x`, callHMAC},
	"base64":   {1, 1, false, `base64 .x`, mapText(base64Text)},
	"urlquery": {1, 1, false, `urlquery .x`, mapText(queryText)},

	"split":   {2, 2, false, `split "," .x`, callSplit},
	"join":    {2, 2, false, `join ", " .list`, callJoin},
	"dig":     {2, -1, true, `dig "address" "city" .data`, callDig},
	"index":   {2, -1, true, `index .list 0`, callIndex},
	"len":     {1, 1, false, `len .list`, callLen},
	"keys":    {1, 1, false, `keys .data`, callKeys},
	"first":   {1, 1, true, `first .list`, callFirst},
	"last":    {1, 1, true, `last .list`, callLast},
	"fields":  {2, 3, true, `fields .data 10`, callFields},
	"tally":   {2, 2, false, `tally "type" .events`, callTally},
	"columns": {2, 2, false, `columns 78 (fields .data 10)`, callColumns},

	"add":    {2, 2, false, `add .a .b`, callAdd},
	"sub":    {2, 2, false, `sub .a .b`, callSub},
	"mul":    {2, 2, false, `mul .a .b`, callMul},
	"div":    {2, 2, false, `div .a .b`, callDiv},
	"mod":    {2, 2, false, `mod .a .b`, callMod},
	"round":  {2, 2, false, `round 2 .x`, callRound},
	"number": {1, 3, false, `number 2 .x`, callNumber},
	"money":  {2, 2, false, `money "EUR" .x`, callMoney},
}

// unknown says that there is no such function, and which may have been meant.
func unknown(name string) string {
	if strings.HasPrefix(name, "__") {
		return "names that begin with __ are not for templates"
	}
	names := make([]string, 0, len(functions))
	for known := range functions {
		if strings.EqualFold(known, name) {
			return fmt.Sprintf("there is no function %s; write %s", name, known)
		}
		names = append(names, known)
	}
	sort.Strings(names)
	return fmt.Sprintf("there is no function %s; a field begins with a dot: .%s. The functions are %s", name, name, strings.Join(names, ", "))
}

func callDefault(_ *run, args []any) (any, error) {
	if absent(args[1]) {
		return args[0], nil
	}
	return args[1], nil
}

func callCoalesce(_ *run, args []any) (any, error) {
	for _, arg := range args {
		if !absent(arg) {
			return arg, nil
		}
	}
	return args[len(args)-1], nil
}

func callJSON(r *run, args []any) (any, error) {
	if m, ok := args[0].(*missing); ok {
		return nil, lacks(m)
	}
	s := appendJSON(nil, args[0])
	return jsonText(s), r.spend(len(s))
}

func lacks(m *missing) error {
	return fmt.Errorf("there is no %s; where it is optional, write %s", m.lacks, optional(m.asked))
}

// callEq compares by value: numbers exactly, 1 and 1.0 are equal; what is
// missing equals null.
func callEq(r *run, args []any) (any, error) {
	for _, other := range args[1:] {
		same, err := equal(r, args[0], other)
		if err != nil || same {
			return same, err
		}
	}
	return false, nil
}

func callNe(r *run, args []any) (any, error) {
	same, err := equal(r, args[0], args[1])
	return !same, err
}

func equal(r *run, a, b any) (bool, error) {
	if _, ok := a.(*missing); ok {
		a = nil
	}
	if _, ok := b.(*missing); ok {
		b = nil
	}
	for _, v := range []any{a, b} {
		switch v.(type) {
		case object, *list:
			return false, fmt.Errorf("objects and lists cannot be compared; one of these is %s", kindOf(v))
		}
	}
	switch x := a.(type) {
	case nil:
		return b == nil, nil
	case bool:
		y, ok := b.(bool)
		return ok && x == y, nil
	case number:
		if y, ok := b.(number); ok {
			return compareNumbers(x, y) == 0, r.step((len(x) + len(y)) >> 6)
		}
		return false, nil
	}
	switch b.(type) {
	case nil, bool, number:
		return false, nil
	}
	x, y := textOf(a), textOf(b)
	return x == y, r.step(min(len(x), len(y)) >> 6)
}

// order compares two numbers, or two texts by their characters' order.
func order(is func(int) bool) func(*run, []any) (any, error) {
	return func(r *run, args []any) (any, error) {
		switch x := args[0].(type) {
		case number:
			if y, ok := args[1].(number); ok {
				return is(compareNumbers(x, y)), r.step((len(x) + len(y)) >> 6)
			}
		case string:
			if y, ok := args[1].(string); ok {
				return is(strings.Compare(x, y)), nil
			}
		}
		return nil, fmt.Errorf("two numbers or two texts can be compared; these are %s and %s", kindOf(args[0]), kindOf(args[1]))
	}
}
