package models

import "time"

// ChannelHealth is how a channel has done in a window of time, and what waits for it.
type ChannelHealth struct {
	Attempts      int
	Succeeded     int
	Failed        int
	LatencyP50    *time.Duration // nil when there were no attempts
	LatencyP95    *time.Duration
	Backlog       int        // deliveries that are not final
	OldestPending *time.Time // when the oldest of them was created
}

// StatsRequest asks for counts of attempts by time. Tests never count.
type StatsRequest struct {
	From, To time.Time // To is exclusive
	Interval time.Duration
	Filter   AttemptFilter
}

// MaxStatsBuckets bounds one answer.
const MaxStatsBuckets = 2000

// StatsBucket counts the attempts that began from Start on, for one interval.
type StatsBucket struct {
	Start      time.Time
	Succeeded  int
	Failed     int
	LatencyP50 *time.Duration // nil when there were none
	LatencyP95 *time.Duration
}
