package testkit

import (
	"os"
	"os/exec"
	"testing"
)

// Chromium is the browser that tests drive; CHROMIUM names another one.
func Chromium(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("this test drives a browser: install Chromium, so that chromium is on the PATH, or name it in CHROMIUM")
	return ""
}
