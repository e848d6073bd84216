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
	Direction string `arg:"" optional:"" default:"up" enum:"up,down,status" help:"up (the default), down (one step back) or status."`
}

// Run changes or shows the schema. A SQLite file that a server has open is
// left alone, save for looking at it.
func (m *migrateCommand) Run(ctx context.Context, out Output) (err error) {
	db, err := openDatabase(ctx, m.Config, m.Direction != "status", out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	switch m.Direction {
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
