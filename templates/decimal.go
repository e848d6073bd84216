package templates

import (
	"errors"
	"math/big"
	"strconv"
	"strings"
)

// Bounds of numbers that are calculated with. Any number prints as published;
// these keep 1e999999999 from being written out.
const (
	maxDigits = 400
	maxScale  = 100
)

var errTooLarge = errors.New("the number has too many digits to calculate with")

// digits is a number taken apart: ±0.text × 10^point, text without zeros at
// either end.
type digits struct {
	negative bool
	text     string
	point    int
	scale    int // digits after the decimal point, as written
}

func (n number) digits() digits {
	var d digits
	s := string(n)
	if strings.HasPrefix(s, "-") {
		d.negative, s = true, s[1:]
	}
	exponent := 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		e, err := strconv.ParseInt(s[i+1:], 10, 32)
		if err != nil {
			e = 1 << 31
			if strings.HasPrefix(s[i+1:], "-") {
				e = -e
			}
		}
		exponent, s = int(e), s[:i]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	d.scale = max(0, len(fraction)-exponent)
	d.point = len(whole) + exponent
	text := whole + fraction
	lead := len(text) - len(strings.TrimLeft(text, "0"))
	d.point -= lead
	if d.text = strings.TrimRight(text[lead:], "0"); d.text == "" {
		d.negative, d.point = false, 0
	}
	return d
}

// compareNumbers orders any two numbers by value, exactly.
func compareNumbers(a, b number) int {
	x, y := a.digits(), b.digits()
	sign := 1
	switch {
	case x.text == "" && y.text == "":
		return 0
	case x.text == "":
		return toSign(y.negative)
	case y.text == "":
		return -toSign(x.negative)
	case x.negative != y.negative:
		return -toSign(x.negative)
	case x.negative:
		sign = -1
	}
	if x.point != y.point {
		if x.point < y.point {
			return -sign
		}
		return sign
	}
	return sign * strings.Compare(x.text, y.text)
}

// toSign is 1 for a number below zero: what the other is beside it.
func toSign(negative bool) int {
	if negative {
		return 1
	}
	return -1
}

// exact is the number to calculate with, and its digits after the point.
func (n number) exact() (*big.Rat, int, error) {
	d := n.digits()
	if len(d.text) > maxDigits || d.point > maxDigits || d.point < -maxScale || d.scale > maxScale {
		return nil, 0, errTooLarge
	}
	r, ok := new(big.Rat).SetString(string(n))
	if !ok {
		return nil, 0, errors.New("it is not a number")
	}
	return r, d.scale, nil
}

// whole is the number as an int from 0 to most.
func (n number) whole(most int) (int, bool) {
	r, _, err := n.exact()
	if err != nil || !r.IsInt() || !r.Num().IsInt64() {
		return 0, false
	}
	i := r.Num().Int64()
	return int(i), i >= 0 && i <= int64(most)
}

// fixed writes with this many digits after the point, halves away from zero.
func fixed(r *big.Rat, scale int) (number, error) {
	if r.Num().BitLen()-r.Denom().BitLen() > 4*maxDigits {
		return "", errTooLarge
	}
	s := r.FloatString(scale)
	if strings.HasPrefix(s, "-") && !strings.ContainsAny(s, "123456789") {
		s = s[1:]
	}
	return number(s), nil
}
