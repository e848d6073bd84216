package models_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"text/template"

	"go.yaml.in/yaml/v3"

	"carillon/models"
)

const hidden = "hidden-1f2e3d4c5b6a"

// keeper holds secrets in all the ways that code does.
type keeper struct {
	Open    models.Secret
	closed  models.Secret
	pointer *models.Secret
	list    []models.Secret
	table   map[string]models.Secret
	byKey   map[models.Secret]int
	any     any
	config  models.SlackConfig
	nested  struct{ deep [2]models.Secret }
}

func newKeeper() keeper {
	s := models.NewSecret(hidden)
	k := keeper{Open: s, closed: s, pointer: &s, list: []models.Secret{s}, table: map[string]models.Secret{"a": s},
		byKey: map[models.Secret]int{s: 1}, any: s, config: models.SlackConfig{BotToken: s}}
	k.nested.deep[1] = s
	return k
}

// shows looks for the text in the forms that verbs write.
func shows(text string) bool {
	for _, form := range []string{hidden, fmt.Sprintf("%x", hidden), fmt.Sprintf("% x", hidden), fmt.Sprintf("%#x", hidden), fmt.Sprintf("%d", []byte(hidden))} {
		if strings.Contains(strings.ToLower(text), strings.ToLower(strings.Trim(form, "[]"))) {
			return true
		}
	}
	return false
}

func TestSecretShowsItselfToNoVerb(t *testing.T) {
	t.Parallel()
	s, k := models.NewSecret(hidden), newKeeper()
	for verb := rune('!'); verb <= '~'; verb++ {
		for _, flags := range []string{"", "+", "#", " ", "0", "-", "30", ".2", "+#", "# ", "[1]"} {
			format := "%" + flags + string(verb)
			for _, v := range []any{s, &s, k, &k, []models.Secret{s}, map[string]*models.Secret{"x": &s}, []any{k}, k.config, &k.config,
				models.HttpConfig{Signing: models.Signing{Secret: s}}, models.ConfigHeader{SecretValue: s}} {
				if text := fmt.Sprintf(format, v); shows(text) {
					t.Errorf("%s of a %T shows it: %s", format, v, text)
				}
			}
		}
	}
	if !shows(fmt.Sprintf("%x", hidden)) || !shows(fmt.Sprintf("%+v", struct{ closed string }{hidden})) {
		t.Error("the test sees nothing")
	}
	for _, text := range []string{fmt.Sprint(s), fmt.Sprintf("%q", s), fmt.Errorf("with %v", s).Error()} {
		if !strings.Contains(text, "********") {
			t.Errorf("it is shown as %q", text)
		}
	}
	if got := fmt.Sprintf("%v%s", models.Secret{}, models.NewSecret("")); got != "" {
		t.Errorf("none is shown as %q", got)
	}
}

func TestSecretShowsItselfToNoEncoder(t *testing.T) {
	t.Parallel()
	s, k := models.NewSecret(hidden), newKeeper()
	write := func(name string, encode func(*bytes.Buffer) error) {
		var out bytes.Buffer
		err := encode(&out)
		if shows(out.String()) || err != nil && shows(err.Error()) {
			t.Errorf("%s shows it: %s, %v", name, out.String(), err)
		}
	}
	for _, v := range []any{s, &s, struct{ A models.Secret }{s}, map[string]models.Secret{"a": s}, map[models.Secret]string{s: "a"}, k} {
		write("JSON", func(b *bytes.Buffer) error { return json.NewEncoder(b).Encode(v) })
		write("YAML", func(b *bytes.Buffer) error { return yaml.NewEncoder(b).Encode(v) })
		write("XML", func(b *bytes.Buffer) error { return xml.NewEncoder(b).Encode(v) })
		write("gob", func(b *bytes.Buffer) error { return gob.NewEncoder(b).Encode(v) })
		write("slog as text", func(b *bytes.Buffer) error {
			slog.New(slog.NewTextHandler(b, nil)).Info("it is", "v", v, slog.Any("w", []any{v}))
			return nil
		})
		write("slog as JSON", func(b *bytes.Buffer) error {
			slog.New(slog.NewJSONHandler(b, nil)).Info("it is", "v", v, slog.Group("g", "w", v))
			return nil
		})
		write("a template", func(b *bytes.Buffer) error {
			return template.Must(template.New("").Parse(`{{.}} {{printf "%x %q %+v" . . .}}`)).Execute(b, v)
		})
		write("errors", func(b *bytes.Buffer) error {
			fmt.Fprintf(b, "%+v", errors.Join(fmt.Errorf("%#v", v), fmt.Errorf("%d", v)))
			return nil
		})
	}
}

func TestSecretIsItsText(t *testing.T) {
	t.Parallel()
	a, b, other := models.NewSecret(hidden), models.NewSecret(strings.Clone(hidden)), models.NewSecret("other")
	if a != b || a == other || a.Reveal() != hidden || a.Empty() {
		t.Error("two secrets of one text differ, or two of others do not")
	}
	if none := models.NewSecret(""); none != (models.Secret{}) || !none.Empty() || none.Reveal() != "" {
		t.Error("no text is not the zero value")
	}
	var read struct{ A, B models.Secret }
	if err := json.Unmarshal([]byte(`{"A": "`+hidden+`", "B": ""}`), &read); err != nil || read.A != a || !read.B.Empty() {
		t.Errorf("JSON was read as %q and %q, %v", read.A.Reveal(), read.B.Reveal(), err)
	}
}
