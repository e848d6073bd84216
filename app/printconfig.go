package app

import (
	"fmt"
	"io"
	"regexp"
	"time"

	"github.com/alecthomas/kong"

	"carillon/models"
)

// passwords finds what is secret in a database's URL: the password before the
// host, and those among the parameters.
var passwords = regexp.MustCompile(`(://[^:/?#@]*:)[^@/]*(@)|([?&](?:ssl)?password=)[^&]*`)

// printConfig writes every setting in force as a variable, secrets masked.
func printConfig(w io.Writer, flags []*kong.Flag) error {
	for _, flag := range flags {
		if !isSetting(flag.Value) {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s=%s\n", variable(flag.Name), shown(flag.Target.Interface())); err != nil {
			return err
		}
	}
	return nil
}

func shown(value any) string {
	switch v := value.(type) {
	case time.Duration:
		return models.FormatDuration(v)
	case string:
		return passwords.ReplaceAllString(v, "${1}${3}********${2}")
	default: // secrets print as stars by themselves
		return fmt.Sprint(v)
	}
}
