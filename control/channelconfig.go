package control

import "carillon/models"

// configInput is one kind's configuration as a client gives it.
type configInput interface {
	// build is the configuration of a new channel, defaults filled in.
	build() models.ChannelConfig
	// update is the configuration after a change of one of the same kind; ok is
	// false for another kind.
	update(current models.ChannelConfig) (changed models.ChannelConfig, ok bool)
}

// given is the one that is named; nil for none.
func (in *ChannelConfig) given() configInput {
	switch {
	case in.HTTP != nil:
		return in.HTTP
	case in.Slack != nil:
		return in.Slack
	case in.Email != nil:
		return in.Email
	case in.Sms != nil:
		return in.Sms
	}
	return nil
}

// build is the configuration of a new channel.
func (in *ChannelConfig) build() (models.ChannelConfig, error) {
	config := in.given()
	if config == nil {
		return nil, noConfig()
	}
	return config.build(), in.HTTP.checkValues(nil)
}

// over is the configuration of a channel after an update.
func (in *ChannelConfig) over(current models.ChannelConfig) (models.ChannelConfig, error) {
	config := in.given()
	if config == nil {
		return nil, noConfig()
	}
	changed, ok := config.update(current)
	if !ok {
		return nil, models.Invalid("config", "is of another kind than the channel, which is %s and cannot change; make a new channel", current.Kind())
	}
	return changed, in.HTTP.checkValues(current)
}

func noConfig() error {
	return models.Invalid("config", "names no kind of channel; give http, slack, email or sms")
}

// overlaid is update for a kind whose input lies over what is there.
func overlaid[T any, P interface {
	*T
	models.ChannelConfig
}](over func(T) T, current models.ChannelConfig) (models.ChannelConfig, bool) {
	before, ok := current.(P)
	if !ok {
		return nil, false
	}
	after := over(*before)
	return P(&after), true
}
