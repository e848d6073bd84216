package store_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"carillon/testkit"
)

func TestMain(m *testing.M) {
	os.Exit(testkit.Main(m, func() error { return goleak.Find() }))
}
