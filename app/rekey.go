package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	"carillon/store"
)

// brokenShown is how many secrets that do not open are named.
const brokenShown = 20

// rekey puts the secrets at rest under the first key, or only shows under which
// they are. Servers may run meanwhile.
func rekey(ctx context.Context, db *database, check bool, out Output) error {
	if done, err := db.Migrated(ctx); err != nil {
		return err
	} else if !done {
		return errNotMigrated
	}
	if check {
		found, err := db.SealedValues(ctx)
		if err != nil {
			return err
		}
		return reportKeys(out.Stdout, found)
	}
	said := 0
	done, err := db.Rekey(ctx, func(seen int) {
		if seen > said { // what comes in pages of nothing is not worth a line
			_, _ = fmt.Fprintf(out.Stderr, "%s looked at\n", secrets(seen))
		}
		said = seen
	})
	if err = errors.Join(err, recordRekey(ctx, db, done)); err != nil {
		return fmt.Errorf("%w (%s encrypted anew; run it again, it goes on with the rest)", err, secrets(done.Resealed))
	}
	if _, err := fmt.Fprintf(out.Stdout, "%s encrypted anew\n", secrets(done.Resealed)); err != nil {
		return err
	}
	return reportKeys(out.Stdout, done)
}

// reportKeys says what is under which key, and fails where a secret does not open.
func reportKeys(w io.Writer, found store.Rekeyed) error {
	for i, key := range found.Keys {
		if _, err := fmt.Fprintf(w, "key %s %-22s %s%s\n", key.ID, keyPlace(i, key), secrets(key.Values), keyAdvice(i, key)); err != nil {
			return err
		}
	}
	for i, name := range found.Broken {
		if i == brokenShown {
			_, _ = fmt.Fprintf(w, "and %d more\n", len(found.Broken)-i)
			break
		}
		if _, err := fmt.Fprintf(w, "does not open: %s\n", name); err != nil {
			return err
		}
	}
	if n := len(found.Broken); n > 0 {
		return fmt.Errorf("%s could not be opened: changed or moved by hand, or under a key that is not in CARILLON_ENCRYPTION_KEY; nothing was done to them", secrets(n))
	}
	return nil
}

func secrets(n int) string {
	if n == 1 {
		return "1 secret"
	}
	return fmt.Sprintf("%d secrets", n)
}

func keyPlace(i int, key store.SealKeyUse) string {
	switch {
	case !key.Known:
		return "(not in the setting)"
	case i == 0:
		return "(first, encrypts)"
	}
	return "(decrypts)"
}

func keyAdvice(i int, key store.SealKeyUse) string {
	if i > 0 && key.Known && key.Values == 0 {
		return "; it may be removed"
	}
	return ""
}
