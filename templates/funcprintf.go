package templates

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxWidth bounds widths and precisions.
const maxWidth = 256

// verb is one of a format's verbs, taken apart.
type verb struct {
	left, zeros      bool
	width, precision int // -1 for none
	letter           byte
}

// callPrintf knows %s %v %d %f %q and %%, with - and 0, a width and a precision.
func callPrintf(r *run, args []any) (any, error) {
	layout, err := text(args[0])
	if err != nil {
		return nil, err
	}
	args = args[1:]
	var out []byte
	for layout != "" {
		i := strings.IndexByte(layout, '%')
		if i < 0 {
			out = append(out, layout...)
			break
		}
		out = append(out, layout[:i]...)
		if strings.HasPrefix(layout[i:], "%%") {
			out, layout = append(out, '%'), layout[i+2:]
			continue
		}
		v, size, err := parseVerb(layout[i:])
		if err != nil {
			return nil, err
		}
		layout = layout[i+size:]
		if len(args) == 0 {
			return nil, errors.New("there are fewer values than % signs")
		}
		s, err := v.format(args[0])
		if err != nil {
			return nil, err
		}
		args = args[1:]
		if err := r.spend(len(s)); err != nil {
			return nil, err
		}
		out = append(out, s...)
	}
	if len(args) > 0 {
		return nil, errors.New("there are more values than % signs")
	}
	return string(out), r.spend(len(out))
}

func parseVerb(s string) (verb, int, error) {
	v := verb{width: -1, precision: -1}
	i := 1
	for ; i < len(s) && (s[i] == '-' || s[i] == '0'); i++ {
		v.left, v.zeros = v.left || s[i] == '-', v.zeros || s[i] == '0'
	}
	number := func() (int, error) {
		from := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		if from == i {
			return -1, nil
		}
		n, err := strconv.Atoi(s[from:i])
		if err != nil || n > maxWidth {
			return 0, fmt.Errorf("a width of more than %d is not possible", maxWidth)
		}
		return n, nil
	}
	var err error
	if v.width, err = number(); err != nil {
		return v, 0, err
	}
	if i < len(s) && s[i] == '.' {
		i++
		if v.precision, err = number(); err != nil {
			return v, 0, err
		}
		v.precision = max(v.precision, 0)
	}
	if i == len(s) || strings.IndexByte("svdfq", s[i]) < 0 {
		return v, 0, errors.New("after % stands s, v, d, f or q, with - or 0, a width and a precision before it; %% is a percent sign")
	}
	v.letter = s[i]
	return v, i + 1, nil
}

func (v verb) format(arg any) (string, error) {
	s := textOf(arg)
	switch v.letter {
	case 'd', 'f':
		n, ok := arg.(number)
		if !ok {
			return "", fmt.Errorf("%%%c needs a number; this is %s", v.letter, kindOf(arg))
		}
		exact, _, err := n.exact()
		if err != nil {
			return "", err
		}
		scale := max(v.precision, 0)
		if v.letter == 'f' && v.precision < 0 {
			scale = 6
		}
		if v.letter == 'd' && !exact.IsInt() {
			return "", errors.New("%d needs a whole number; write %f, or round it")
		}
		rounded, err := fixed(exact, scale)
		if err != nil {
			return "", err
		}
		s = string(rounded)
	default:
		if v.precision >= 0 && utf8.RuneCountInString(s) > v.precision {
			s = string([]rune(s)[:v.precision])
		}
		if v.letter == 'q' {
			s = string(appendString(nil, s))
		}
	}
	return v.pad(s), nil
}

func (v verb) pad(s string) string {
	missing := v.width - utf8.RuneCountInString(s)
	switch {
	case missing <= 0:
		return s
	case v.left:
		return s + strings.Repeat(" ", missing)
	case v.zeros && (v.letter == 'd' || v.letter == 'f'):
		if strings.HasPrefix(s, "-") {
			return "-" + strings.Repeat("0", missing) + s[1:]
		}
		return strings.Repeat("0", missing) + s
	}
	return strings.Repeat(" ", missing) + s
}
