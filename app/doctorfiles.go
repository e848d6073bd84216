package app

import (
	"context"
	"os"
	"runtime"
	"strings"

	"carillon/models"
	"carillon/store"
)

// What free space is too little beside a SQLite file.
const (
	tinyDisk  = 100 << 20
	smallDisk = 1 << 30
)

// files looks at who may read the files of a SQLite database, and at the space
// that they have to grow.
func (d *doctor) files() {
	path, ok := d.cfg.sqlitePath()
	if !ok {
		d.skip("disk", "look at it there", "the disk of PostgreSQL is not seen from here")
		return
	}
	info, err := os.Stat(path)
	if err != nil {
		return // which the database's check tells
	}
	d.disk(path, info.Size())
	if runtime.GOOS == "windows" {
		return // rights are not told by the mode
	}
	var open []string
	for _, file := range []string{path, path + "-wal", keyPath(path)} {
		if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o077 != 0 {
			open = append(open, file)
		}
	}
	if len(open) > 0 {
		d.warn("files", "chmod 600 "+strings.Join(open, " "), "other users of this machine can read %s", strings.Join(open, ", "))
		return
	}
	d.ok("files", "%s and what belongs to it can be read by its owner alone", path)
}

// disk looks at the space below a SQLite file.
func (d *doctor) disk(path string, size int64) {
	free, err := freeSpace(path)
	if err != nil {
		d.skip("disk", "", "the free space below %s is not known: %v", path, err)
		return
	}
	d.judgeDisk(path, free, size)
}

func (d *doctor) judgeDisk(path string, free, size int64) {
	const advice = "free some, or lower CARILLON_RETENTION; what is erased is used again, but a file does not shrink"
	switch {
	case free < tinyDisk:
		d.fail("disk", advice, "%s are left below %s: soon nothing can be published", inBytes(free), path)
	case free < max(smallDisk, size/5):
		d.warn("disk", advice, "%s are left below %s, which has %s", inBytes(free), path, inBytes(size))
	default:
		d.ok("disk", "%s are free below %s", inBytes(free), path)
	}
}

// sealed tries every value that is encrypted at rest.
func (d *doctor) sealed(ctx context.Context, db *store.Store) {
	ctx, cancel := context.WithTimeout(ctx, sealedTime)
	defer cancel()
	found, err := db.SealedValues(ctx)
	whole := ctx.Err() == nil
	if err != nil && whole {
		d.fail("encryption", "", "%v", err)
		return
	}
	total := 0
	var ids, unused []string
	for i, key := range found.Keys {
		total += key.Values
		if key.Values > 0 {
			ids = append(ids, number(key.Values, "value")+" under key "+key.ID)
		} else if i > 0 {
			unused = append(unused, key.ID)
		}
	}
	if n := len(found.Broken); n > 0 {
		d.fail("encryption", "put the key that they were made with behind the first one of CARILLON_ENCRYPTION_KEY",
			"%d of %d sealed values do not open: %s", n, total, strings.Join(found.Broken[:min(n, brokenShown)], ", "))
		return
	}
	text := "all " + number(total, "sealed value") + " open"
	if !whole {
		text = "the first " + number(total, "sealed value") + " open, as many as were read in " + models.FormatDuration(sealedTime)
	}
	switch {
	case len(unused) > 0 && whole:
		d.ok("encryption", "%s; nothing is under key %s, which may be removed if it is not about to become the first", text, strings.Join(unused, ", "))
	case len(ids) > 1:
		d.warn("encryption", "run carillon migrate rekey", "%s, under several keys: %s", text, strings.Join(ids, ", "))
	default:
		d.ok("encryption", "%s: %s", text, strings.Join(ids, ", "))
	}
}
