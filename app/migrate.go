package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"carillon/store"
)

type migrateCommand struct {
	Config    `embed:"" group:"settings"`
	Direction string `arg:"" optional:"" default:"up" enum:"up,down,status,rekey" help:"up (the default), down (one step back), status, or rekey (secrets at rest under the first encryption key)."`
	Check     bool   `help:"With rekey: change nothing, and show how many secrets are under which key."`
}

// Run changes or shows the schema, or the keys of secrets. A SQLite file that a
// server has open is left alone by up and down; the others go on beside it.
func (m *migrateCommand) Run(ctx context.Context, out Output) (err error) {
	if m.Check && m.Direction != "rekey" {
		return &usageError{fmt.Errorf("--check belongs to carillon migrate rekey, not to migrate %s", m.Direction)}
	}
	db, err := openDatabase(ctx, m.Config, m.Direction == "up" || m.Direction == "down", out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	switch m.Direction {
	case "rekey":
		return rekey(ctx, db, m.Check, out)
	case "up":
		err = db.MigrateUp(ctx)
	case "down":
		err = db.MigrateDown(ctx)
	}
	if err != nil {
		return err
	}
	list, err := db.MigrateStatus(ctx)
	if err != nil {
		return err
	}
	return printStatus(out.Stdout, list)
}

func printStatus(w io.Writer, list []store.MigrationStatus) error {
	for _, m := range list {
		applied := "pending"
		if !m.AppliedAt.IsZero() {
			applied = "applied " + m.AppliedAt.UTC().Format(time.RFC3339)
		}
		if _, err := fmt.Fprintf(w, "%-40s %s\n", m.Name, applied); err != nil {
			return err
		}
	}
	return nil
}
