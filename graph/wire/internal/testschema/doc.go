// Package testschema is a small schema with a resolver of every kind, for the
// tests of package wire alone.
package testschema

//go:generate go tool gqlgen generate
