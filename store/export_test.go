package store

import "gorm.io/gorm"

// CountReads counts the statements that gorm reads by from now on.
func (s *Store) CountReads(count func()) error {
	hear := func(*gorm.DB) { count() }
	c := s.read.Callback()
	if err := c.Query().Before("*").Register("count", hear); err != nil {
		return err
	}
	return c.Row().Before("*").Register("count", hear)
}
