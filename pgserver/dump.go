package pgserver

import "path/filepath"

// Dump writes a database into a file by pg_dump, in its own compressed format.
// The file goes with the server.
func (s *Server) Dump(database, name string) (file string, err error) {
	file = filepath.Join(s.dir, name)
	return file, run(s.dir, s.as, filepath.Join(s.bin, "pg_dump"), "--format=custom", "--file="+file, "--dbname="+s.URL(database))
}

// Restore fills an empty database from such a file by pg_restore.
func (s *Server) Restore(database, file string) error {
	return run(s.dir, s.as, filepath.Join(s.bin, "pg_restore"), "--no-owner", "--exit-on-error", "--dbname="+s.URL(database), file)
}
