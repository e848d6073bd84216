package demo

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"strings"

	"carillon/models"
)

// readMail shows a message as a mail program would. What cannot be parsed is
// shown as it came.
func readMail(raw []byte) (m message, id string) {
	m = message{Kind: models.KindEmail, Body: string(raw), ContentType: "message/rfc822"}
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return m, ""
	}
	words := new(mime.WordDecoder)
	m.Headers = headersOf(http.Header(parsed.Header))
	for i, h := range m.Headers {
		if plain, err := words.DecodeHeader(h.Value); err == nil {
			m.Headers[i].Value = plain
		}
		switch h.Name {
		case "Subject":
			m.Summary = m.Headers[i].Value
		case "From":
			m.From = m.Headers[i].Value
		}
	}
	if text, html, err := bodies(parsed.Header.Get("Content-Type"), parsed.Header.Get("Content-Transfer-Encoding"), parsed.Body); err == nil {
		m.Body, m.HTML, m.ContentType = text, html, "text/plain; charset=utf-8"
		if text == "" && html != "" {
			m.Body, m.ContentType = html, "text/html; charset=utf-8"
		}
	}
	return m, parsed.Header.Get("Message-Id")
}

// bodies finds the text and the HTML of a message or of one of its parts.
func bodies(contentType, encoding string, body io.Reader) (text, html string, err error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") {
		return partsOf(multipart.NewReader(body, params["boundary"]))
	}
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	content, err := io.ReadAll(body)
	if kind == "text/html" {
		return "", string(content), err
	}
	return string(content), "", err
}

// partsOf looks through alternatives; none of them holds others.
func partsOf(parts *multipart.Reader) (text, html string, err error) {
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return text, html, nil
		}
		if err != nil {
			return text, html, err
		}
		kind := part.Header.Get("Content-Type")
		if strings.HasPrefix(kind, "multipart/") {
			continue
		}
		t, h, err := bodies(kind, part.Header.Get("Content-Transfer-Encoding"), part)
		if err != nil {
			return text, html, err
		}
		text, html = text+t, html+h
	}
}
