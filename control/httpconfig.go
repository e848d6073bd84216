package control

import (
	"slices"

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
		if h.Secret {
			list[i].SecretValue = models.Secret(h.Value)
		} else {
			list[i].Value = h.Value
		}
	}
	return list
}
