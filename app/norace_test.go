//go:build !race

package app

const slowed = 1
