package auth

import (
	"strings"

	"carillon/models"
)

// parseHeader takes the key out of an Authorization header's value; the empty
// value is the empty key. No error repeats what was sent.
func parseHeader(header string) (models.Secret, error) {
	if header == "" {
		return "", nil
	}
	scheme, rest, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", unauthenticated("the Authorization header must be of the form: Bearer <key>")
	}
	secret := models.Secret(strings.TrimLeft(rest, " "))
	if secret == "" {
		return "", unauthenticated("the Authorization header holds no key behind Bearer")
	}
	if err := CheckKey(secret); err != nil {
		return "", unauthenticated(err.Error())
	}
	return secret, nil
}
