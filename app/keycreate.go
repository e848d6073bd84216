package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"carillon/auth"
	"carillon/control"
	"carillon/models"
)

type keyCommands struct {
	Create keyCreateCommand `cmd:"" help:"Make an API key straight in the database: the way back in. Its secret is printed once."`
}

type keyCreateCommand struct {
	Config  `embed:"" group:"settings"`
	Name    string   `required:"" placeholder:"NAME" help:"What to call the key."`
	Scope   []string `placeholder:"SCOPE" help:"ADMIN, MANAGE, PUBLISH or READ; may be given several times. ADMIN when neither scope nor tenant is given."`
	Tenant  string   `placeholder:"ID" help:"The tenant whose key it is; none makes an administrator's."`
	Expires string   `placeholder:"WHEN" help:"When it ends: a time such as 2027-01-31T00:00:00Z, or a length of time from now such as 720h."`
}

var errNotMigrated = errors.New("the database is not up to date; run carillon migrate up first")

// Run makes the key and prints its secret, which is kept nowhere.
func (k *keyCreateCommand) Run(ctx context.Context, out Output) (err error) {
	db, now, err := openMigrated(ctx, k.Config, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	input, err := k.input(now)
	if err != nil {
		return &usageError{err}
	}
	hasher, err := newHasher(ctx, db.Store)
	if err != nil {
		return err
	}
	desk := control.New(control.Config{Store: db.Store, Hasher: hasher, Now: func() time.Time { return now }})
	key, secret, err := desk.CreateApiKey(ctx, auth.System(), input)
	if models.CodeOf(err) == models.CodeBadUserInput {
		return &usageError{err}
	}
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out.Stderr, "The key %s. Its secret is shown only this once:\n", key.ID)
	_, err = fmt.Fprintln(out.Stdout, secret.Reveal())
	return err
}

func (k *keyCreateCommand) input(now time.Time) (in control.CreateApiKey, err error) {
	in.Name = k.Name
	for _, scope := range k.Scope {
		in.Scopes = append(in.Scopes, models.Scope(strings.ToUpper(scope)))
	}
	if k.Tenant != "" {
		id, err := models.ParseIDOf(models.PrefixTenant, k.Tenant)
		if err != nil {
			return in, fmt.Errorf("--tenant: %w", err)
		}
		in.TenantID = &id
	} else if len(in.Scopes) == 0 {
		in.Scopes = []models.Scope{models.ScopeAdmin}
	}
	if k.Expires != "" {
		at, err := parseWhen(k.Expires, now, fromNow)
		if err != nil {
			return in, fmt.Errorf("--expires: %w", err)
		}
		in.ExpiresAt = &at
	}
	return in, nil
}
