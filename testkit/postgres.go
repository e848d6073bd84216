package testkit

import "testing"

// PostgresServer is a PostgreSQL that one test has for itself, to end it and
// start it again under those who use it.
type PostgresServer struct {
	URL string // of an empty database

	cluster cluster
}

// NewPostgresServer starts a server, which goes with the test. It is quick
// rather than safe: what was committed outlives the server, not the machine.
func NewPostgresServer(tb testing.TB) *PostgresServer {
	tb.Helper()
	s := &PostgresServer{cluster: cluster{allowed: true}}
	tb.Cleanup(s.cluster.stop)
	if err := s.cluster.start(); err != nil {
		tb.Fatalf("PostgreSQL for the test: %v", err)
	}
	if err := s.cluster.admin("CREATE DATABASE carillon"); err != nil {
		tb.Fatalf("create a database for the test: %v", err)
	}
	s.URL = s.cluster.url("carillon")
	return s
}

// Crash ends the server at once: what is under way in it is lost, what was
// committed is not.
func (s *PostgresServer) Crash() {
	s.cluster.mu.Lock()
	defer s.cluster.mu.Unlock()
	s.cluster.crash()
}

// Start starts the server after a crash, and waits until it answers.
func (s *PostgresServer) Start() error {
	s.cluster.mu.Lock()
	defer s.cluster.mu.Unlock()
	return s.cluster.serve()
}
