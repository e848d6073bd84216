package templates

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"carillon/models"
)

// twenty is a template with 20 fields, and data for it.
func twenty() (source, data string) {
	var t, d []string
	for i := range 10 {
		t = append(t, fmt.Sprintf(`"text%d": "{{ .data.text%d }}", "number%d": {{ .data.number%d }}`, i, i, i, i))
		d = append(d, fmt.Sprintf(`"text%d":"some text of \"an\" event","number%d":%d.50`, i, i, i))
	}
	return "{" + strings.Join(t, ",\n") + "}", "{" + strings.Join(d, ",") + "}"
}

func BenchmarkTwentyFields(b *testing.B) {
	source, data := twenty()
	template := compiled(b, models.KindHTTP, jsonPart(source))
	v := view(b, data)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := template.Render(v); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHTML is an email of about 20 values.
func BenchmarkHTML(b *testing.B) {
	_, data := twenty()
	template := compiled(b, models.KindEmail, []Part{{Name: PartSubject, Source: `{{ humanize .type }}`},
		{Name: PartHTML, Source: `<table>{{ range fields .data 20 }}<tr><td>{{ .name }}</td><td style="color:red">{{ .value }}</td></tr>{{ end }}</table>`}})
	v := view(b, data)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := template.Render(v); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkUntouchedData renders a template that does not look into the data:
// they are not decoded.
func BenchmarkUntouchedData(b *testing.B) {
	template := compiled(b, models.KindSMS, []Part{{Name: PartText, Source: `{{ .type }}: {{ .entityId }}`}})
	v := view(b, `{"big":"`+strings.Repeat("x", 200_000)+`"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := template.Render(v); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStandardSigned renders and signs the envelope of an event of 1 KB.
func BenchmarkStandardSigned(b *testing.B) {
	e := event(b)
	e.Data = json.RawMessage(`"` + strings.Repeat("x", 1022) + `"`)
	b.ReportAllocs()
	for b.Loop() {
		body, _ := Standard(&e)
		mac := hmac.New(sha256.New, []byte("a key of thirty-two bytes, about"))
		mac.Write([]byte("evt_01jd5x3v9kfm8tqz2y4r6w7abc.1711793700."))
		mac.Write(body)
		_ = base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
}

func TestUntouchedDataAreNotDecoded(t *testing.T) {
	template := compiled(t, models.KindSMS, []Part{{Name: PartText, Source: `{{ .type }}: {{ .entityId }}`}})
	small, large := view(t, `{}`), view(t, `{"a":[`+strings.Repeat(`{"b":1},`, 10_000)+`1]}`)
	count := func(v *View) float64 {
		return testing.AllocsPerRun(50, func() {
			if _, err := template.Render(v); err != nil {
				t.Fatal(err)
			}
		})
	}
	if a, b := count(small), count(large); a != b {
		t.Errorf("%v allocations for little data, %v for much", a, b)
	}
}
