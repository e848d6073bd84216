package control

import (
	"crypto/rand"
	"encoding/base64"
	"slices"

	"carillon/models"
)

// build is the configuration of a new channel, defaults filled in.
func (in *ChannelConfig) build() (models.ChannelConfig, error) {
	if in.HTTP == nil {
		return nil, noConfig()
	}
	config := in.HTTP.over(models.HttpConfig{
		Method: models.MethodPost, Headers: []models.ConfigHeader{}, Timeout: models.DefaultTimeout,
	})
	if in.HTTP.Signing == nil {
		config.Signing = models.Signing{Scheme: models.SigningStandardWebhooks, Secret: newSigningSecret()}
	}
	return &config, nil
}

// over is the configuration of a channel after an update.
func (in *ChannelConfig) over(current models.ChannelConfig) (models.ChannelConfig, error) {
	if in.HTTP == nil {
		return nil, noConfig()
	}
	before, ok := current.(*models.HttpConfig)
	if !ok {
		return nil, models.Invalid("config", "is of another kind than the channel, which cannot change; make a new channel")
	}
	config := in.HTTP.over(*before)
	return &config, nil
}

func noConfig() error {
	return models.Invalid("config", "names no kind of channel; give http")
}

func (in *HttpConfig) over(current models.HttpConfig) models.HttpConfig {
	return models.HttpConfig{
		URL:     in.URL,
		Method:  value(in.Method, current.Method),
		Headers: headers(in.Headers, current.Headers),
		Timeout: value(in.Timeout, current.Timeout),
		Signing: in.Signing.over(current.Signing),
	}
}

func headers(given *[]Header, current []models.ConfigHeader) []models.ConfigHeader {
	if given == nil {
		return slices.Clone(current)
	}
	list := make([]models.ConfigHeader, len(*given))
	for i, h := range *given {
		list[i] = models.ConfigHeader{Name: h.Name, Secret: h.Secret}
		if h.Secret {
			list[i].SecretValue = models.Secret(h.Value)
		} else {
			list[i].Value = h.Value
		}
	}
	return list
}

// over keeps the secret while the scheme stays; another scheme that needs one
// gets a new one.
func (in *Signing) over(current models.Signing) models.Signing {
	switch {
	case in == nil:
		return current
	case in.Secret != nil:
		return models.Signing{Scheme: in.Scheme, Secret: *in.Secret}
	case in.Scheme == current.Scheme:
		return current
	case in.Scheme == models.SigningStandardWebhooks:
		return models.Signing{Scheme: in.Scheme, Secret: newSigningSecret()}
	}
	return models.Signing{Scheme: in.Scheme}
}

// newSigningSecret makes a Standard Webhooks secret of 256 random bits.
func newSigningSecret() models.Secret {
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails, by its contract
	return models.Secret(models.WhsecPrefix + base64.StdEncoding.EncodeToString(key[:]))
}
