package templates

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// two are the numbers that an operation needs.
func two(args []any) (a, b *big.Rat, scale [2]int, err error) {
	if a, scale[0], err = exact(args[0]); err != nil {
		return nil, nil, scale, err
	}
	b, scale[1], err = exact(args[1])
	return a, b, scale, err
}

func exact(v any) (*big.Rat, int, error) {
	n, ok := v.(number)
	if !ok {
		if l, isList := v.(*list); isList {
			return nil, 0, fmt.Errorf("a number is needed; this is a list of %d", len(l.values()))
		}
		return nil, 0, fmt.Errorf("a number is needed; this is %s", kindOf(v))
	}
	return n.exact()
}

// result writes a sum or product with the digits of its parts: 1.10 and 1.10
// make 2.20.
func result(r *run, x *big.Rat, scale int) (any, error) {
	if scale > maxScale {
		return nil, errTooLarge
	}
	n, err := fixed(x, scale)
	if err != nil {
		return nil, err
	}
	return n, r.spend(len(n))
}

func callAdd(r *run, args []any) (any, error) {
	a, b, scale, err := two(args)
	if err != nil {
		return nil, err
	}
	return result(r, a.Add(a, b), max(scale[0], scale[1]))
}

func callSub(r *run, args []any) (any, error) {
	a, b, scale, err := two(args)
	if err != nil {
		return nil, err
	}
	return result(r, a.Sub(a, b), max(scale[0], scale[1]))
}

func callMul(r *run, args []any) (any, error) {
	a, b, scale, err := two(args)
	if err != nil {
		return nil, err
	}
	return result(r, a.Mul(a, b), scale[0]+scale[1])
}

// quotientDigits are the digits after the point of a division that does not end.
const quotientDigits = 12

func callDiv(r *run, args []any) (any, error) {
	a, b, _, err := two(args)
	if err != nil {
		return nil, err
	}
	if b.Sign() == 0 {
		return nil, errors.New("a division by zero")
	}
	n, err := fixed(a.Quo(a, b), quotientDigits)
	if err != nil {
		return nil, err
	}
	return number(strings.TrimSuffix(strings.TrimRight(string(n), "0"), ".")), r.spend(len(n))
}

func callMod(r *run, args []any) (any, error) {
	a, b, _, err := two(args)
	switch {
	case err != nil:
		return nil, err
	case !a.IsInt() || !b.IsInt():
		return nil, errors.New("two whole numbers are needed")
	case b.Sign() == 0:
		return nil, errors.New("a division by zero")
	}
	return result(r, new(big.Rat).SetInt(new(big.Int).Rem(a.Num(), b.Num())), 0)
}

// mostDecimals bounds the digits after the point that can be asked for.
const mostDecimals = 30

func callRound(r *run, args []any) (any, error) {
	scale, err := count(args[0], mostDecimals)
	if err != nil {
		return nil, err
	}
	x, _, err := exact(args[1])
	if err != nil {
		return nil, err
	}
	return result(r, x, scale)
}

// callNumber writes 1234.5 as 1,234.5; the digits after the point and the mark
// between thousands can be given before it. A mark that is a dot makes the
// decimal point a comma.
func callNumber(r *run, args []any) (any, error) {
	x, scale, err := exact(args[len(args)-1])
	if err != nil {
		return nil, err
	}
	mark := ","
	if len(args) > 1 {
		if scale, err = count(args[0], mostDecimals); err != nil {
			return nil, err
		}
	}
	if len(args) > 2 {
		if mark, err = text(args[1]); err != nil {
			return nil, err
		}
		if len(mark) > 4 {
			return nil, errors.New("the mark between thousands is a single character")
		}
	}
	n, err := fixed(x, scale)
	if err != nil {
		return nil, err
	}
	s := grouped(string(n), mark)
	return s, r.spend(len(s))
}

func grouped(s, mark string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, fraction, broken := strings.Cut(s, ".")
	var b strings.Builder
	b.WriteString(sign)
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(mark)
		}
		b.WriteRune(digit)
	}
	if broken {
		if mark == "." {
			b.WriteByte(',')
		} else {
			b.WriteByte('.')
		}
		b.WriteString(fraction)
	}
	return b.String()
}

// callMoney writes an amount with the decimals that its currency has.
func callMoney(r *run, args []any) (any, error) {
	currency, err := text(args[0])
	if err != nil {
		return nil, err
	}
	currency = strings.ToUpper(currency)
	if len(currency) != 3 || strings.Trim(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return nil, errors.New("a currency has three letters, such as EUR")
	}
	x, _, err := exact(args[1])
	if err != nil {
		return nil, err
	}
	n, err := fixed(x, decimals(currency))
	if err != nil {
		return nil, err
	}
	s := grouped(string(n), ",") + " " + currency
	return s, r.spend(len(s))
}

// decimals are those of ISO 4217.
func decimals(currency string) int {
	switch currency {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	}
	return 2
}
