package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ticks is the kernel's USER_HZ, which is 100 on every Linux that Go runs on.
const ticks = 100

// cpuSeconds is the processor time of a process and of the children that it
// has already waited for.
func cpuSeconds(pid int) float64 {
	fields := statFields(pid)
	if len(fields) < 15 {
		return 0
	}
	sum := 0.0
	for _, f := range fields[11:15] { // utime, stime, cutime, cstime
		n, _ := strconv.ParseFloat(f, 64)
		sum += n
	}
	return sum / ticks
}

// treeSeconds adds the living children of a process, as PostgreSQL's backends are.
func treeSeconds(pid int) float64 {
	sum := cpuSeconds(pid)
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		child, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			continue
		}
		if f := statFields(child); len(f) > 1 && f[1] == strconv.Itoa(pid) {
			sum += cpuSeconds(child)
		}
	}
	return sum
}

// statFields are the fields of /proc/PID/stat behind the name, from the state on.
func statFields(pid int) []string {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	_, rest, _ := strings.Cut(string(raw), ") ")
	return strings.Fields(rest)
}

// peakMemory is the most that a process has had in memory, in bytes.
func peakMemory(pid int) int64 { return status(pid, "VmHWM:") }

// memory is what a process has in memory now, in bytes.
func memory(pid int) int64 { return status(pid, "VmRSS:") }

// status reads a size of /proc/PID/status.
func status(pid int, name string) int64 {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), name); ok {
			kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kb << 10
		}
	}
	return 0
}
