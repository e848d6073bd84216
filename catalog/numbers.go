package catalog

import (
	"encoding/json"
	"strconv"
	"strings"
)

// maxDigits bounds what a number may have in digits, and its exponent: sums
// with larger ones take long, or memory without end.
const maxDigits = 400

// hugeNumber finds a number beyond maxDigits, and the way to it.
func hugeNumber(value any) (at []string, found bool) {
	switch value := value.(type) {
	case json.Number:
		return nil, huge(string(value))
	case map[string]any:
		for name, v := range value {
			if at, ok := hugeNumber(v); ok {
				return append([]string{name}, at...), true
			}
		}
	case []any:
		for i, v := range value {
			if at, ok := hugeNumber(v); ok {
				return append([]string{strconv.Itoa(i)}, at...), true
			}
		}
	}
	return nil, false
}

func huge(number string) bool {
	if len(number) > maxDigits {
		return true
	}
	i := strings.IndexAny(number, "eE")
	if i < 0 {
		return false
	}
	exponent, err := strconv.Atoi(number[i+1:])
	return err != nil || exponent > maxDigits || exponent < -maxDigits
}
