package app

import (
	"context"
	"fmt"
	"io"

	"carillon/control"
	"carillon/models"
)

// showAdminKey sees to it that an administrator's key exists, and shows one
// that was just made: no later start can, for only its hash is kept.
func showAdminKey(ctx context.Context, desk *control.Control, setting models.Secret, w io.Writer) error {
	made, err := desk.EnsureAdminKey(ctx, setting)
	if err != nil || made.Empty() {
		return err
	}
	_, err = fmt.Fprintf(w, "This administrator key was made for you. It is shown only this once, so keep it:\n\n    %s\n\n", made.Reveal())
	if err != nil {
		return fmt.Errorf("show the administrator key: %w", err)
	}
	return nil
}
