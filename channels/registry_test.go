package channels

import (
	"encoding/json"
	"errors"
	"testing"

	"carillon/models"
)

func TestRegistryWithoutTheKind(t *testing.T) {
	t.Parallel()
	r := NewRegistry()
	for _, row := range []struct {
		config models.ChannelConfig
		class  Class
	}{
		{&models.HttpConfig{URL: "https://example.com"}, Permanent},
		{&models.UnknownConfig{Of: "PAGER", Public: json.RawMessage(`{}`)}, Temporary},
	} {
		m := Message{Channel: &models.Channel{Kind: row.config.Kind(), Config: row.config}}
		receipt, err := r.Send(t.Context(), m)
		var e *Error
		if !errors.As(err, &e) || e.Class != row.class || e.Code != models.ErrConfig || receipt.Target != row.config.Target() {
			t.Errorf("%s: Send returned %+v, %v", row.config.Kind(), receipt, err)
		}
		if reports, err := r.Check(t.Context(), m); len(reports) != 0 || err != nil {
			t.Errorf("%s: Check returned %v, %v", row.config.Kind(), reports, err)
		}
		if r.NewConfig(row.config.Kind()) != nil {
			t.Errorf("%s: there is a configuration", row.config.Kind())
		}
	}
}
