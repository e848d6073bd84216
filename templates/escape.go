package templates

import (
	"bytes"
	"encoding/xml"
	"net/url"
)

// escape is how a value is written where an action stands.
type escape uint8

const (
	escapeNone   escape = iota
	escapeJSON          // a JSON value
	escapeString        // a part of a JSON string, within its quotes
	escapeForm
	escapeXML
	escapeHTML // left to html/template
)

// append writes v behind dst. In a Slack body & < > become &amp; &lt; &gt;, so
// that no value can make a mention or a link.
func (e escape) append(dst []byte, v any, slack bool) []byte {
	start := len(dst)
	raw, isRaw := v.(rawText)
	switch {
	case isRaw && (e != escapeString || !slack):
		return append(dst, raw...)
	case e == escapeJSON:
		dst = appendJSON(dst, v)
	case e == escapeString:
		dst = appendInString(dst, v)
	case e == escapeForm:
		dst = append(dst, url.QueryEscape(textOf(v))...)
	case e == escapeXML:
		return appendXML(dst, textOf(v))
	default:
		return appendText(dst, v)
	}
	if slack && !isRaw && bytes.ContainsAny(dst[start:], "&<>") {
		dst = append(dst[:start], slackText(bytes.Clone(dst[start:]))...)
	}
	return dst
}

func appendInString(dst []byte, v any) []byte {
	switch t := v.(type) {
	case string:
		return appendEscaped(dst, t)
	case number:
		return append(dst, t...)
	}
	return appendEscaped(dst, textOf(v))
}

func slackText(b []byte) []byte {
	b = bytes.ReplaceAll(b, []byte("&"), []byte("&amp;"))
	b = bytes.ReplaceAll(b, []byte("<"), []byte("&lt;"))
	return bytes.ReplaceAll(b, []byte(">"), []byte("&gt;"))
}

func appendXML(dst []byte, s string) []byte {
	var b bytes.Buffer
	// A bytes.Buffer takes all that is written to it.
	_ = xml.EscapeText(&b, []byte(s))
	return append(dst, b.Bytes()...)
}
