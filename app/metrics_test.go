package app

import (
	"strings"
	"testing"
)

// TestExportSettingsAreChecked: the server says which of OpenTelemetry's variables
// it cannot follow, as it does with its own; other commands do not look at them.
func TestExportSettingsAreChecked(t *testing.T) {
	t.Parallel()
	environ := []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}
	got := carillon(t, t.TempDir(), environ, "serve")
	if got.code != exitUsage || !strings.HasPrefix(got.stderr, "carillon: OTEL_EXPORTER_OTLP_PROTOCOL: ") || strings.Count(got.stderr, "\n") != 1 {
		t.Errorf("serve ends with code %d and says %q", got.code, got.stderr)
	}
	if got := carillon(t, t.TempDir(), environ, "version"); got.code != exitDone {
		t.Errorf("version ends with code %d and says %q", got.code, got.stderr)
	}
}
