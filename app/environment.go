package app

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// prefix begins the name of every variable that is the program's own.
const prefix = "CARILLON_"

// settings is the group of the flags that are settings: only they are
// variables as well.
const settings = "settings"

// variable is the name of a setting's environment variable.
func variable(setting string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(setting, "-", "_"))
}

// environment is the process's variables of the prefix, empty ones left out:
// an empty variable is the same as none.
type environment map[string]string

func newEnvironment(environ []string) environment {
	env := environment{}
	for _, entry := range environ {
		if name, value, _ := strings.Cut(entry, "="); strings.HasPrefix(name, prefix) && value != "" {
			env[name] = value
		}
	}
	return env
}

// Validate is part of kong.Resolver.
func (env environment) Validate(*kong.Application) error { return nil }

// Resolve gives a setting its variable. It tries the value, so that an error
// names the variable and not the flag that nobody wrote.
func (env environment) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	value, ok := env[variableOf(flag.Value)]
	if !ok {
		return nil, nil
	}
	probe := reflect.New(flag.Target.Type()).Elem()
	scan := kong.Scan().PushTyped(value, kong.FlagValueToken)
	if err := flag.Mapper.Decode(&kong.DecodeContext{Value: flag.Value, Scan: scan}, probe); err != nil {
		return nil, &SettingError{Setting: flag.Name, Message: err.Error()}
	}
	return value, nil
}

func isSetting(v *kong.Value) bool { return inGroup(v, settings) }

func inGroup(v *kong.Value, group string) bool {
	return v.Flag != nil && v.Flag.Group != nil && v.Flag.Group.Key == group
}

// variableOf is the variable that a flag is read from; empty for none.
func variableOf(v *kong.Value) string {
	switch {
	case isSetting(v):
		return variable(v.Name)
	case inGroup(v, connection) && v.Name == "url":
		return urlVariable
	case inGroup(v, connection) && v.Name == "api-key":
		return keyVariable
	}
	return ""
}

// clientVariables are read by commands that talk to a running server; a shell
// that has them set may start one too.
func clientVariables() []string { return []string{urlVariable, keyVariable} }

// unknown is an error about the first variable, by name, that is no setting of
// the node's flags.
func (env environment) unknown(flags []*kong.Flag) error {
	var known []string
	for _, flag := range flags {
		if isSetting(flag.Value) {
			known = append(known, variable(flag.Name))
		}
	}
	var strange []string
	for name := range env {
		if !slices.Contains(known, name) && !slices.Contains(clientVariables(), name) {
			strange = append(strange, name)
		}
	}
	if len(strange) == 0 {
		return nil
	}
	name := slices.Min(strange)
	if near := nearest(name, known); near != "" {
		return fmt.Errorf("%s is not a setting; did you mean %s?", name, near)
	}
	return fmt.Errorf("%s is not a setting; carillon serve --help lists them", name)
}

// nearest is the candidate that the fewest edits make of name, if they are few.
func nearest(name string, candidates []string) string {
	best, fewest := "", 4
	for _, candidate := range candidates {
		if d := distance(strings.TrimPrefix(name, prefix), strings.TrimPrefix(candidate, prefix)); d < fewest {
			best, fewest = candidate, d
		}
	}
	return best
}

// distance is Levenshtein's: how many letters to add, drop or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := corner
			if a[i] != b[j] {
				replace++
			}
			corner = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
