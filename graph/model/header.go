package model

import "carillon/models"

// Node is anything with an id: a pointer to a noun of carillon/models.
type Node any

// Header is a header as clients see it: the value of a secret one is null.
type Header struct {
	Name   string
	Value  *string
	Secret bool
}

// Headers shows the headers of a request or an answer.
func Headers(headers []models.Header) []Header {
	shown := make([]Header, len(headers))
	for i := range headers {
		shown[i] = header(headers[i].Name, &headers[i].Value, headers[i].Secret)
	}
	return shown
}

// ConfigHeaders shows the headers that a channel sends with every request.
func ConfigHeaders(headers []models.ConfigHeader) []Header {
	shown := make([]Header, len(headers))
	for i := range headers {
		shown[i] = header(headers[i].Name, &headers[i].Value, headers[i].Secret)
	}
	return shown
}

func header(name string, value *string, secret bool) Header {
	if secret {
		value = nil
	}
	return Header{Name: name, Value: value, Secret: secret}
}
