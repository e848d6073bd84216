package model

import "carillon/models"

// CreatedApiKey is the only answer that ever carries the key itself.
type CreatedApiKey struct {
	ApiKey models.ApiKey
	Secret models.Secret
}
