package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// errHeld says that another process holds a lock.
var errHeld = errors.New("the lock is held")

// lock keeps other servers away from a SQLite file: leases assume that one
// process alone holds them. The system lets go of it when the process ends, however it ends.
type lock struct{ file *os.File }

// lockDatabase takes the lock beside the database's file, and makes the folder
// where there is none. The lock's file stays behind: to remove it would let two
// processes hold locks on two files of one name.
func lockDatabase(path string) (*lock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the database's folder: %w", err)
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	file, err := lockFile(path + ".lock")
	if errors.Is(err, errHeld) {
		return nil, fmt.Errorf("the database %s is in use by another carillon process%s; stop that one first, or use PostgreSQL for several",
			path, holder(path+".lock"))
	}
	if err != nil {
		return nil, fmt.Errorf("lock the database: %w", err)
	}
	if err := file.Truncate(0); err == nil {
		// Only for the message above, so a failure to write it does no harm.
		_, _ = file.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	}
	return &lock{file: file}, nil
}

// holder names the process that holds the lock, where it can be read.
func holder(path string) string {
	text, err := os.ReadFile(path)
	if pid := strings.TrimSpace(string(text)); err == nil && pid != "" && len(pid) < 20 {
		return " (process " + pid + ")"
	}
	return ""
}

// Release lets others have the database. A nil lock is released already.
func (l *lock) Release() error {
	if l == nil {
		return nil
	}
	return errors.Join(unlockFile(l.file), l.file.Close())
}
