//go:build !linux && !darwin

package app

import "errors"

// freeSpace is not known here.
func freeSpace(string) (int64, error) {
	return 0, errors.New("the disk is not measured on this system")
}
