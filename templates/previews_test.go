package templates

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"carillon/models"
)

// TestPreviews writes what the built-in templates make of some events to the
// folder in PREVIEWS, for people to look at.
func TestPreviews(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("PREVIEWS")
	if dir == "" {
		t.Skip("PREVIEWS names no folder")
	}
	data := shapes()
	data["contact"] = `{"firstName":"Ada","lastName":"Lovelace","email":"ada@example.com",` +
		`"company":{"name":"Analytical Engines & Sons","city":"London"},"tags":["vip","new"],"score":98.50,` +
		`"notes":"Asked for a visit next week. Prefers email to the telephone, and mornings to afternoons."}`
	for name, source := range data {
		for _, kind := range []models.ChannelKind{models.KindSlack, models.KindEmail, models.KindSMS} {
			for _, count := range []int{1, 12} {
				v := shown(t, kind, source, count)
				for _, e := range v.Events {
					e.Timestamp, e.Test = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), name == "empty"
				}
				writePreview(t, filepath.Join(dir, fmt.Sprintf("%s %d %s", name, count, kind)), render(t, v))
			}
		}
	}
}

func writePreview(t *testing.T, path string, c models.Content) {
	t.Helper()
	for ending, content := range map[string]string{".json": string(c.Body), ".subject.txt": c.Subject, ".txt": c.Text, ".html": c.HTML} {
		if content == "" {
			continue
		}
		if err := os.WriteFile(path+ending, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
