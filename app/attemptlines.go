package app

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"carillon/client"
	"carillon/models"
)

// attemptLines prints attempts as a table that grows at its end. A column is as
// wide as the widest that was seen so far.
type attemptLines struct {
	to     *screen
	bodies bool
	json   bool
	widths [columns]int
}

// The columns; what stands behind them is of any length.
const (
	columnTime = iota
	columnStatus
	columnKind
	columnChannel
	columnType
	columnCode
	columnLatency
	columns
)

// maxColumn keeps one long name from pushing all others away.
const maxColumn = 40

func titles() [columns]string {
	return [columns]string{"TIME", "STATUS", "KIND", "CHANNEL", "TYPE", "CODE", "LATENCY"}
}

func cells(a *client.Attempt) [columns]string {
	code := "-"
	if a.ResponseCode != nil {
		code = strconv.Itoa(*a.ResponseCode)
	}
	return [columns]string{
		shownTime(a.StartedAt), strings.ToLower(plain(string(a.Status))), strings.ToLower(plain(string(a.Channel.Kind))),
		plain(a.Channel.Name), plain(a.Event.Type), code, models.FormatDuration(rounded(time.Duration(a.Latency))),
	}
}

// rounded keeps three digits or so.
func rounded(d time.Duration) time.Duration {
	switch {
	case d >= 10*time.Second:
		return d.Round(100 * time.Millisecond)
	case d >= 10*time.Millisecond:
		return d.Round(time.Millisecond)
	}
	return d.Round(100 * time.Microsecond)
}

// measure makes room for an attempt before any is printed.
func (l *attemptLines) measure(a *client.Attempt) { l.widen(cells(a)) }

func (l *attemptLines) widen(row [columns]string) {
	for i, cell := range row {
		l.widths[i] = max(l.widths[i], min(utf8.RuneCountInString(cell), maxColumn))
	}
}

// head names the columns, for people.
func (l *attemptLines) head(wanted bool) error {
	l.widen(titles())
	if l.json || !wanted || !terminal(l.to.out) {
		return nil
	}
	row := titles()
	return l.to.printf("%s\n", l.to.paint(faint, strings.TrimRight(l.padded(row[:]), " ")))
}

// padded is the cells beside each other.
func (l *attemptLines) padded(row []string) string {
	var b strings.Builder
	for i, cell := range row {
		b.WriteString(cell)
		b.WriteString(strings.Repeat(" ", max(l.widths[i]-utf8.RuneCountInString(cell), 0)+2))
	}
	return b.String()
}

// print shows one attempt.
func (l *attemptLines) print(a *client.Attempt) error {
	if l.json {
		return l.to.printf("%s\n", plainJSON(a.JSON()))
	}
	row := cells(a)
	l.widen(row)
	shade := green
	if a.Status != models.AttemptSucceeded {
		shade = red
	}
	// The paint goes around the cell, the room behind it stays as it is.
	text := l.padded(row[:])
	if l.to.coloured {
		text = strings.Replace(text, row[columnStatus], l.to.paint(shade, row[columnStatus]), 1)
		text = strings.Replace(text, row[columnTime], l.to.paint(faint, row[columnTime]), 1)
	}
	if err := l.to.printf("%s\n", strings.TrimRight(text+l.remark(a), " ")); err != nil || !l.bodies {
		return err
	}
	return l.printBodies(a)
}

// remark is what an operator needs to know of a failure, and to act on it.
func (l *attemptLines) remark(a *client.Attempt) string {
	var words []string
	if a.Error != nil {
		words = append(words, l.to.paint(red, fmt.Sprintf("%s: %s", plain(string(a.Error.Code)), plain(a.Error.Message))))
	}
	if a.Trigger != models.TriggerAutomatic {
		words = append(words, strings.ToLower(plain(string(a.Trigger))))
	}
	if a.Number > 1 || a.Status != models.AttemptSucceeded {
		words = append(words, "try "+strconv.Itoa(a.Number))
	}
	if a.NextAttemptAt != nil {
		words = append(words, "next "+shownTime(*a.NextAttemptAt))
	}
	if a.Status != models.AttemptSucceeded {
		words = append(words, l.to.paint(faint, a.Delivery.ID.String()))
	}
	return strings.Join(words, ", ")
}

// printBodies shows the request behind > and the answer behind <.
func (l *attemptLines) printBodies(a *client.Attempt) error {
	var b strings.Builder
	b.WriteString("  > " + plain(a.Target) + "\n")
	writeMessage(&b, "  > ", a.RequestHeaders, a.RequestBody)
	if a.ResponseCode != nil || a.ResponseBody != nil || len(a.ResponseHeaders) > 0 {
		if a.ResponseCode != nil {
			b.WriteString("  < " + strconv.Itoa(*a.ResponseCode) + "\n")
		}
		body := ""
		if a.ResponseBody != nil {
			body = *a.ResponseBody
		}
		writeMessage(&b, "  < ", a.ResponseHeaders, body)
	}
	return l.to.printf("%s", b.String())
}

func writeMessage(b *strings.Builder, mark string, headers []client.Header, body string) {
	for _, h := range headers {
		value := "********"
		if h.Value != nil {
			value = plain(*h.Value)
		}
		b.WriteString(mark + plain(h.Name) + ": " + value + "\n")
	}
	if body == "" {
		return
	}
	b.WriteString(mark + "\n")
	for line := range strings.Lines(strings.TrimRight(body, "\r\n")) {
		b.WriteString(mark + plain(strings.TrimRight(line, "\r\n")) + "\n")
	}
}
