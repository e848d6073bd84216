package control

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"carillon/models"
)

// changes lists the fields that an update has changed, for the audit log.
type changes []fieldChange

// fieldChange has the values where neither is secret and both are short.
type fieldChange struct {
	Field  string          `json:"field"`
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// of compares values that may be shown.
func (c *changes) of(field string, before, after any) {
	was, err := json.Marshal(before)
	if err != nil {
		return
	}
	is, err := json.Marshal(after)
	if err != nil || bytes.Equal(was, is) {
		return
	}
	change := fieldChange{Field: field}
	if len(was) <= shownBytes && len(is) <= shownBytes {
		change.Before, change.After = was, is
	}
	*c = append(*c, change)
}

// hidden tells that something has changed, and nothing of what.
func (c *changes) hidden(field string, changed bool) {
	if changed {
		*c = append(*c, fieldChange{Field: field})
	}
}

// under compares two configurations field by field, whatever kind they are of,
// and names those that differ. It shows no value: an address may bear a
// credential in its query, and a header a token.
func (c *changes) under(path string, before, after reflect.Value) {
	for before.Kind() == reflect.Pointer || before.Kind() == reflect.Interface {
		if before.IsNil() || after.IsNil() || before.Elem().Type() != after.Elem().Type() {
			c.hidden(path, !reflect.DeepEqual(before.Interface(), after.Interface()))
			return
		}
		before, after = before.Elem(), after.Elem()
	}
	if before.Kind() != reflect.Struct || before.Type() == reflect.TypeFor[time.Time]() || before.Type() == reflect.TypeFor[models.Secret]() {
		c.hidden(path, !reflect.DeepEqual(before.Interface(), after.Interface()))
		return
	}
	for i := range before.NumField() {
		if field := before.Type().Field(i); field.IsExported() {
			c.under(path+"."+fieldName(field), before.Field(i), after.Field(i))
		}
	}
}

// fieldName is what the API calls it.
func fieldName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name != "" && name != "-" {
		return name
	}
	return strings.ReplaceAll(strings.ToLower(f.Name[:1])+f.Name[1:], "URL", "Url")
}

func durations(list []time.Duration) []string {
	texts := make([]string, len(list))
	for i, d := range list {
		texts[i] = models.FormatDuration(d)
	}
	return texts
}

func duration(d *time.Duration) *string {
	if d == nil {
		return nil
	}
	text := models.FormatDuration(*d)
	return &text
}
