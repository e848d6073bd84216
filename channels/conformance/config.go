package conformance

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"carillon/channels"
	"carillon/models"
)

// roundTrip stores a configuration as the store does, its secrets apart, and
// reads it again.
func roundTrip(p *probe) {
	channel := p.Message().Channel
	config, read := channel.Config, p.Adapter().NewConfig()
	if reflect.TypeOf(read) != reflect.TypeOf(config) || read.Kind() != config.Kind() || channel.Kind != config.Kind() {
		p.errorf("NewConfig gives a %T of kind %s for a channel of kind %s", read, read.Kind(), channel.Kind)
		return
	}
	if read == p.Adapter().NewConfig() {
		p.errorf("NewConfig gives the same configuration twice; each must be its own")
	}
	stored, err := json.Marshal(config)
	if err != nil {
		p.errorf("the configuration cannot be written: %v", err)
		return
	}
	p.hidden("the stored configuration", string(stored))
	if err := json.Unmarshal(stored, read); err != nil {
		p.errorf("the configuration cannot be read again: %v", err)
		return
	}
	sealed, places := config.Secrets(), read.Secrets()
	if !slices.Equal(sealed, config.Secrets()) || distinct(sealed) != len(sealed) {
		p.errorf("Secrets does not point at each secret once, in the same order each time")
	}
	if len(sealed) != len(places) {
		p.errorf("the stored configuration has %d secrets, and %d once it is read again", len(sealed), len(places))
		return
	}
	for i := range sealed {
		*places[i] = models.NewSecret(sealed[i].Reveal())
	}
	if !reflect.DeepEqual(config, read) {
		p.errorf("the configuration is another one after it was stored and read again, its secrets refilled in their order")
	}
	if config.AttemptTimeout() <= 0 {
		p.errorf("AttemptTimeout is %s, want a bound", config.AttemptTimeout())
	}
}

func distinct(secrets []*models.Secret) int {
	seen := map[*models.Secret]bool{}
	for _, s := range secrets {
		seen[s] = true
	}
	return len(seen)
}

// validation wants a good configuration to pass and an empty one to be refused
// with the path of a field.
func validation(p *probe) {
	config := p.Message().Channel.Config
	if err := config.Validate(p.Rules()); err != nil {
		p.errorf("a good configuration is refused: %v", err)
	}
	empty := p.Adapter().NewConfig()
	var refusal *models.Error
	err := empty.Validate(p.Rules())
	if !errors.As(err, &refusal) || refusal.Code != models.CodeBadUserInput {
		p.errorf("Validate of an empty configuration returned %v, want BAD_USER_INPUT", err)
		return
	}
	if path := strings.ToLower(string(empty.Kind())) + "."; !strings.HasPrefix(refusal.Field, path) {
		p.errorf("the refusal names the field %q, want one that begins with %q", refusal.Field, path)
	}
	p.plain("the refusal's text", refusal.Message)
	for _, secret := range config.Secrets() {
		good := *secret
		*secret = models.NewSecret("bad\r\n" + good.Reveal())
		if err := config.Validate(p.Rules()); err != nil {
			p.hidden("the refusal of a bad secret", err.Error())
		}
		*secret = good
	}
}

// stranger is a configuration that no adapter knows.
type stranger struct{}

func (*stranger) Kind() models.ChannelKind          { return "STRANGER" }
func (*stranger) Validate(models.ConfigRules) error { return nil }
func (*stranger) Secrets() []*models.Secret         { return nil }
func (*stranger) Target() string                    { return "nowhere" }
func (*stranger) AttemptTimeout() time.Duration     { return plenty }

// foreign gives the adapter a configuration that is not its own.
func foreign(p *probe) {
	for what, config := range map[string]models.ChannelConfig{"a foreign configuration": new(stranger), "no configuration": nil} {
		m := p.Message()
		channel := *m.Channel
		channel.Config, m.Channel = config, &channel
		r, ok := p.try(p.ctx, m, plenty)
		if !ok {
			continue
		}
		var e *channels.Error
		if !errors.As(r.err, &e) || e.Class != channels.Permanent || e.Code != models.ErrConfig {
			p.errorf("with %s Send returned %v, want a permanent failure with the code CONFIG", what, r.err)
		}
	}
	if n := len(p.Received()); n != 0 {
		p.errorf("%d messages were sent without a configuration", n)
	}
}
