package app

import (
	"net/http"

	"carillon/models"
)

// administrators lets nobody else through.
func (a *App) administrators(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		principal, err := a.rooms.keys.Authenticate(r.Context(), r.Header.Get("Authorization"))
		if err == nil {
			err = principal.Need(models.ScopeAdmin)
		}
		if err == nil {
			next.ServeHTTP(w, r)
			return
		}
		switch models.CodeOf(err) {
		case models.CodeUnauthenticated:
			w.Header().Set("WWW-Authenticate", "Bearer")
			answer(w, http.StatusUnauthorized, map[string]string{"error": err.Error()})
		case models.CodeForbidden:
			answer(w, http.StatusForbidden, map[string]string{"error": err.Error()})
		default:
			answer(w, http.StatusServiceUnavailable, map[string]string{"error": "the key cannot be checked now; come again"})
		}
	})
}
