package auth

import (
	"strings"

	"carillon/models"
)

// parseHeader takes the key out of an Authorization header's value; the empty
// value is the empty key. No error repeats what was sent.
func parseHeader(header string) (models.Secret, error) {
	if header == "" {
		return models.Secret{}, nil
	}
	scheme, rest, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return models.Secret{}, unauthenticated("the Authorization header must be of the form: Bearer <key>")
	}
	secret := models.NewSecret(strings.TrimLeft(rest, " "))
	if secret.Empty() {
		return models.Secret{}, unauthenticated("the Authorization header holds no key behind Bearer")
	}
	if err := CheckKey(secret); err != nil {
		return models.Secret{}, unauthenticated(err.Error())
	}
	return secret, nil
}
