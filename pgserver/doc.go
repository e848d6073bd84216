// Package pgserver runs throw-away PostgreSQL servers for tests and benchmarks:
// it finds the programs that are installed, makes a cluster in a folder of its
// own, starts it, stops it gently or not, gives it a standby, and removes
// everything in the end. It knows nothing of what is stored there.
package pgserver
