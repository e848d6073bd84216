//go:build race

package app

// slowed is how much longer the race detector may take.
const slowed = 6
