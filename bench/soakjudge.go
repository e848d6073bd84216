package main

import (
	"fmt"
	"slices"
)

// series is one measure of a server over a soak.
type series struct {
	name    string
	unit    string
	scale   float64 // what a unit is
	values  []float64
	rise    float64 // how much of its level it may rise from the middle third to the last
	slack   float64 // and how much besides, which is noise where the level is low
	settles bool    // it needs minutes to level off, and means nothing in a short run
}

// thirds are the typical values of a series. The first third is for warming up:
// caches fill, pools grow, the database takes what it will hold.
func (s *series) thirds() (first, middle, last float64) {
	n := len(s.values) / 3
	if n == 0 {
		return 0, 0, 0
	}
	return typical(s.values[:n]), typical(s.values[n : 2*n]), typical(s.values[2*n:])
}

// typical is the median, which neither a peak nor a dip moves.
func typical(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// flat says whether it stays where it is once it is warm.
func (s *series) flat() bool {
	_, middle, last := s.thirds()
	return last-middle <= s.rise*middle+s.slack
}

// minJudged is the fewest samples that are judged, those of three minutes: with
// less, it is the faults of each third that are compared.
const minJudged = 90

// verdict is for the table.
func (s *series) verdict(long bool) (text string, broken bool) {
	switch {
	case len(s.values) < minJudged || s.settles && !long:
		return "too short to tell", false
	case s.flat():
		return "flat", false
	default:
		_, middle, last := s.thirds()
		return fmt.Sprintf("grows: %s from the middle third to the last, at most %s is flat",
			s.show(last-middle), s.show(s.rise*middle+s.slack)), true
	}
}

func (s *series) show(v float64) string { return fmt.Sprintf("%.4g%s", v/s.scale, s.unit) }
