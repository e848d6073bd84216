//go:build race

package testkit

// Racing: the tests look for races, and so do the programs that they build.
const Racing = true
