package wire

import "strings"

// maxName is how long a name in a document may be. The validator compares names
// that it does not know with all that it does, to guess what was meant, and
// repeats them in its errors: one of megabytes keeps it busy for a long time.
const maxName = 256

// longName is where a name begins that is longer than maxName; -1 for none. What
// stands in strings and comments is no name.
func longName(document string) int {
	for i := 0; i < len(document); {
		switch c := document[i]; {
		case c == '"':
			i = behindString(document, i)
		case c == '#':
			end := strings.IndexAny(document[i:], "\r\n")
			if end < 0 {
				return -1
			}
			i += end
		case inName(c):
			begin := i
			for i < len(document) && inName(document[i]) {
				i++
			}
			if i-begin > maxName && (document[begin] < '0' || document[begin] > '9') {
				return begin
			}
		default:
			i++
		}
	}
	return -1
}

func inName(c byte) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// behindString is where the document goes on behind the string that begins at i,
// as far as it is one: what is wrong with it is the parser's to say.
func behindString(document string, i int) int {
	if strings.HasPrefix(document[i:], `"""`) {
		for i += 3; i < len(document); i++ {
			switch {
			case strings.HasPrefix(document[i:], `\"""`):
				i += 3
			case strings.HasPrefix(document[i:], `"""`):
				return i + 3
			}
		}
		return i
	}
	for i++; i < len(document); i++ {
		switch document[i] {
		case '\\':
			i++
		case '"', '\n', '\r':
			return i + 1
		}
	}
	return len(document)
}
