// Package stream is the live hub: it hands what was committed to a log to the
// subscribers of this node, each position once and in order, and lets one that
// comes back resume where it left. It is bounded and in memory. It stores
// nothing, knows no database and no protocol: the log is read through functions
// that it is given, and whatever it loses track of is read again.
package stream

import (
	"errors"
	"fmt"
)

// ErrSlow closes a subscription whose reader did not keep up.
var ErrSlow = errors.New("the subscription was closed because its reader was too slow")

// ErrStopped closes the subscriptions of a hub or board that stops.
var ErrStopped = errors.New("the subscription was closed because the server is stopping")

var (
	errSlowHub   = fmt.Errorf("%w; subscribe again with `after` to resume behind the last item seen", ErrSlow)
	errSlowBoard = fmt.Errorf("%w; subscribe again and read the present state", ErrSlow)
)

// DefaultBuffer is how many items may wait for a subscriber's reader.
const DefaultBuffer = 1024
