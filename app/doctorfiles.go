package app

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
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
	free, err := freeSpace(filepath.Dir(path))
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
	found, err := db.TrySealed(ctx)
	if err != nil {
		d.fail("encryption", "", "%v", err)
		return
	}
	total := found.Opened + found.Failed
	if found.Failed > 0 {
		d.fail("encryption", "put the key that they were made with behind the first one of CARILLON_ENCRYPTION_KEY",
			"%d of %d sealed values do not open: %s", found.Failed, total, strings.Join(found.Broken, ", "))
		return
	}
	ids := make([]string, 0, len(found.ByKey))
	for id, n := range found.ByKey {
		ids = append(ids, number(n, "value")+" under key "+id)
	}
	slices.Sort(ids)
	text := "all " + number(total, "sealed value") + " open"
	if !found.Whole {
		text = "the first " + number(total, "sealed value") + " open, as many as " + models.FormatDuration(sealedTime) + " allow"
	}
	switch {
	case len(found.Unused) > 0 && found.Whole:
		d.warn("encryption", "take it out of CARILLON_ENCRYPTION_KEY on every node", "%s; nothing is under key %s any more", text, strings.Join(found.Unused, ", "))
	case len(found.ByKey) > 1:
		d.warn("encryption", "run carillon migrate rekey", "%s, under several keys: %s", text, strings.Join(ids, ", "))
	default:
		d.ok("encryption", "%s: %s", text, strings.Join(ids, ", "))
	}
}
