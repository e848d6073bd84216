package control

import (
	"crypto/rand"
	"encoding/base64"
	"slices"

	"carillon/models"
)

// build is the configuration of a new HTTP channel, defaults filled in.
func (in *HttpConfig) build() models.ChannelConfig {
	config := in.over(models.HttpConfig{
		Method: models.MethodPost, Headers: []models.ConfigHeader{}, Timeout: models.DefaultTimeout,
	})
	if in.Signing == nil {
		config.Signing = models.Signing{Scheme: models.SigningStandardWebhooks, Secret: newSigningSecret()}
	}
	return &config
}

func (in *HttpConfig) update(current models.ChannelConfig) (models.ChannelConfig, bool) {
	return overlaid(in.over, current)
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
		return models.Signing{Scheme: in.Scheme, Parameter: value(in.Parameter, ""), Secret: *in.Secret}
	case in.Scheme == current.Scheme:
		current.Parameter = value(in.Parameter, current.Parameter)
		return current
	case in.Scheme == models.SigningStandardWebhooks:
		return models.Signing{Scheme: in.Scheme, Secret: newSigningSecret()}
	}
	return models.Signing{Scheme: in.Scheme, Parameter: value(in.Parameter, "")}
}

// newSigningSecret makes a Standard Webhooks secret of 256 random bits.
func newSigningSecret() models.Secret {
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails, by its contract
	return models.Secret(models.WhsecPrefix + base64.StdEncoding.EncodeToString(key[:]))
}
