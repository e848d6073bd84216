package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"carillon/models"
	"carillon/transfer"
)

type tenantCommands struct {
	Export tenantExportCommand `cmd:"" help:"Write a tenant's configuration, and its events, as lines of JSON."`
	Import tenantImportCommand `cmd:"" help:"Read what tenant export wrote, on this server or another one. Nothing is delivered."`
}

type tenantExportCommand struct {
	Config  `embed:"" group:"settings"`
	Tenant  string `arg:"" placeholder:"TENANT" help:"The tenant's id."`
	Out     string `placeholder:"FILE" help:"Where to, in the place of standard output; it must not be there yet."`
	Events  bool   `help:"With its events."`
	Since   string `placeholder:"WHEN" help:"With the events since then: a time such as 2027-01-31T00:00:00Z, or how long ago, such as 720h."`
	Secrets bool   `help:"With the secrets of its channels, in the clear. Needs --out."`
}

// Run reads the database beside a server that works on it.
func (x *tenantExportCommand) Run(ctx context.Context, out Output) (err error) {
	wanted := transfer.Wanted{Secrets: x.Secrets, Events: x.Events || x.Since != ""}
	if wanted.Tenant, err = models.ParseIDOf(models.PrefixTenant, x.Tenant); err != nil {
		return &usageError{fmt.Errorf("TENANT: %w", err)}
	}
	if x.Secrets && x.Out == "" {
		return &usageError{errors.New("--secrets writes them in the clear, and needs --out: a file that only you can read")}
	}
	db, now, err := openMigrated(ctx, x.Config, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if x.Since != "" {
		since, err := parseWhen(x.Since, now, ago)
		if err != nil {
			return &usageError{fmt.Errorf("--since: %w", err)}
		}
		wanted.Since = &since
	}
	if err := recordExport(ctx, db, wanted, now); err != nil {
		return err
	}
	if x.Out == "" {
		return exportTo(ctx, db, out.Stdout, wanted, now)
	}
	return x.toFile(ctx, db, out, wanted, now)
}

// toFile makes a file of mode 0600, and leaves none behind that is not whole.
func (x *tenantExportCommand) toFile(ctx context.Context, db *database, out Output, wanted transfer.Wanted, now time.Time) error {
	file, err := os.OpenFile(x.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already; name a file that is not", x.Out)
	} else if err != nil {
		return fmt.Errorf("make the file: %w", err)
	}
	err = exportTo(ctx, db, file, wanted, now)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(x.Out))
	}
	if x.Secrets {
		_, _ = fmt.Fprintf(out.Stderr, "%s has secrets in the clear: whoever reads it can send as this tenant. Erase it when it has served.\n", x.Out)
	}
	_, err = fmt.Fprintln(out.Stdout, x.Out)
	return err
}

func exportTo(ctx context.Context, db *database, w io.Writer, wanted transfer.Wanted, now time.Time) error {
	buffered := bufio.NewWriterSize(w, 64<<10)
	if err := transfer.Export(ctx, db.Store, buffered, wanted, now); err != nil {
		return err
	}
	return buffered.Flush()
}

// openMigrated opens a database beside a server, and reads its clock.
func openMigrated(ctx context.Context, cfg Config, out Output) (*database, time.Time, error) {
	db, err := openDatabase(ctx, cfg, false, out)
	if err != nil {
		return nil, time.Time{}, err
	}
	migrated, err := db.Migrated(ctx)
	if err == nil && !migrated {
		err = errNotMigrated
	}
	var now time.Time
	if err == nil {
		now, err = db.Now(ctx)
	}
	if err != nil {
		return nil, now, errors.Join(err, db.Close())
	}
	return db, now, nil
}

type tenantImportCommand struct {
	Config `embed:"" group:"settings"`
	File   string `arg:"" placeholder:"FILE" help:"What tenant export wrote, or - for standard input."`
	Tenant string `placeholder:"ID" help:"An existing tenant to import into; without it that of the file, which is made where it is not there."`
}

// Run writes to the database beside a server that works on it.
func (m *tenantImportCommand) Run(ctx context.Context, out Output) (err error) {
	how := transfer.Importing{MaxPayload: int(m.MaxPayload),
		Rules: models.ConfigRules{RequireHTTPS: m.RequireHTTPS, SlackAPI: m.SlackAPIURL, Relay: !m.SMTPURL.Empty()}}
	if m.Tenant != "" {
		id, err := models.ParseIDOf(models.PrefixTenant, m.Tenant)
		if err != nil {
			return &usageError{fmt.Errorf("--tenant: %w", err)}
		}
		how.Tenant = &id
	}
	from := out.Stdin
	if m.File != "-" {
		file, err := os.Open(m.File)
		if err != nil {
			return err
		}
		defer file.Close()
		from = file
	}
	db, now, err := openMigrated(ctx, m.Config, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	how.Now = now
	done, err := transfer.Import(ctx, db.Store, from, how)
	err = errors.Join(err, recordImport(ctx, db, &done, now))
	if err != nil {
		return fmt.Errorf("%w; what came before is imported: %s", err, summary(done))
	}
	if len(done.Paused) > 0 {
		_, _ = fmt.Fprintf(out.Stderr, "These channels are paused, because their secrets are not in the file; give them their secrets, and resume them: %s\n",
			plain(strings.Join(done.Paused, ", ")))
	}
	_, _ = fmt.Fprintln(out.Stderr, summary(done))
	_, err = fmt.Fprintln(out.Stdout, done.Tenant)
	return err
}

// summary counts what was made and what was there.
func summary(done transfer.Imported) string {
	made, there := done.Totals()
	var parts []string
	for _, kind := range []string{"tenant", "template", "channel", "webhook", "event"} {
		if n := done.Made[kind]; n > 0 {
			parts = append(parts, quantity(n, kind))
		}
	}
	text := "nothing is new"
	if len(parts) > 0 {
		text = "imported " + strings.Join(parts, ", ")
	} else if made > 0 {
		text = "imported " + quantity(made, "line")
	}
	if there > 0 {
		text += "; " + quantity(there, "line") + " were there already"
	}
	return text
}

func quantity(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
