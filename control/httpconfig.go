package control

import (
	"fmt"
	"slices"
	"strings"

	"carillon/models"
)

// build is the configuration of a new HTTP channel, defaults filled in.
func (in *HttpConfig) build() models.ChannelConfig {
	config := in.over(models.HttpConfig{
		Method: models.MethodPost, Headers: []models.ConfigHeader{}, Timeout: models.DefaultTimeout,
	})
	if in.Signing == nil {
		config.Signing = (&Signing{Scheme: models.SigningStandardWebhooks}).over(models.Signing{})
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
		switch {
		case h.Value == nil:
			list[i].SecretValue, _ = stored(h, current)
		case h.Secret:
			list[i].SecretValue = models.NewSecret(*h.Value)
		default:
			list[i].Value = *h.Value
		}
	}
	return list
}

// stored is the secret value that a header without one keeps.
func stored(h Header, current []models.ConfigHeader) (value models.Secret, ok bool) {
	for _, c := range current {
		if h.Secret && c.Secret && strings.EqualFold(c.Name, h.Name) {
			return c.SecretValue, true
		}
	}
	return models.Secret{}, false
}

// checkValues wants a value of every header that has none to keep.
func (in *HttpConfig) checkValues(current models.ChannelConfig) error {
	if in == nil || in.Headers == nil {
		return nil
	}
	var before []models.ConfigHeader
	if config, ok := current.(*models.HttpConfig); ok {
		before = config.Headers
	}
	for i, h := range *in.Headers {
		if _, kept := stored(h, before); h.Value == nil && !kept {
			return models.Invalid(fmt.Sprintf("config.http.headers.%d.value", i),
				"is needed; only a secret header that is stored under the same name keeps its value")
		}
	}
	return nil
}
