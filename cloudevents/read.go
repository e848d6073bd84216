package cloudevents

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"carillon/models"
)

// readStructured reads the JSON format. An attribute that is null is not there.
func readStructured(body []byte) (*event, error) {
	if !utf8.Valid(body) {
		return nil, models.Invalid("", "the event is not valid UTF-8")
	}
	if err := models.CheckJSON("", body, len(body)); err != nil {
		return nil, err
	}
	from := json.NewDecoder(bytes.NewReader(body))
	if open, err := from.Token(); err != nil || open != json.Delim('{') {
		return nil, models.Invalid("", "the event is not a JSON object")
	}
	e := &event{attributes: map[string]string{}}
	var data, encoded json.RawMessage
	for from.More() {
		key, err := from.Token()
		if err != nil {
			return nil, models.Invalid("", "the event is not JSON")
		}
		name, _ := key.(string)
		var value json.RawMessage
		if err := from.Decode(&value); err != nil {
			return nil, models.Invalid("", "the event is not JSON")
		}
		switch {
		case name == "data":
			data = value
		case string(value) == "null":
		case name == "data_base64":
			encoded = value
		default:
			text, err := attributeText(name, value)
			if err == nil {
				err = e.take(name, text)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	if err := e.takeData(data, encoded); err != nil {
		return nil, err
	}
	return e, nil
}

// attributeText is a value of the JSON format: a text, a whole number or a truth.
func attributeText(name string, value json.RawMessage) (string, error) {
	switch value[0] {
	case '"':
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			return "", models.Invalid(name, "is not a text")
		}
		return text, nil
	case 't', 'f':
		return string(value), nil
	}
	if _, err := strconv.ParseInt(string(value), 10, 32); err != nil {
		return "", models.Invalid(name, "is not a text, a whole number of 32 bits, true or false")
	}
	return string(value), nil
}

func (e *event) takeData(data, encoded json.RawMessage) (err error) {
	if encoded != nil {
		if data != nil {
			return models.Invalid("data_base64", "stands beside data; give one of the two")
		}
		var text string
		if err := json.Unmarshal(encoded, &text); err != nil {
			return models.Invalid("data_base64", "is not a text")
		}
		if data, err = base64.StdEncoding.DecodeString(text); err != nil {
			return models.Invalid("data_base64", "is not base64")
		}
	}
	e.data, err = checkData(e.attributes["datacontenttype"], data)
	return err
}

// readBinary reads the headers ce-…, and takes the body for the data.
func readBinary(header http.Header, body []byte) (*event, error) {
	e := &event{attributes: map[string]string{}}
	for key, values := range header {
		name, found := strings.CutPrefix(strings.ToLower(key), "ce-")
		if !found {
			continue
		}
		if len(values) > 1 {
			return nil, models.Invalid(name, "is given twice")
		}
		value, err := headerText(values[0])
		if err != nil {
			return nil, models.Invalid(name, "is not percent-encoded UTF-8")
		}
		if name == "datacontenttype" {
			return nil, models.Invalid(name, "is the header Content-Type of a binary event")
		}
		if err := e.take(name, value); err != nil {
			return nil, err
		}
	}
	content := header.Get("Content-Type")
	if content != "" {
		e.attributes["datacontenttype"] = content
	}
	var err error
	if len(body) > 0 || content != "" {
		e.data, err = checkData(content, body)
	}
	return e, err
}

// headerText undoes the encoding of characters that no header may hold.
func headerText(value string) (string, error) {
	if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
		value = strings.ReplaceAll(strings.ReplaceAll(value[1:len(value)-1], `\"`, `"`), `\\`, `\`)
	}
	text, err := url.PathUnescape(value)
	if err == nil && !utf8.ValidString(text) {
		err = errors.New("not UTF-8")
	}
	return text, err
}

// splitBatch reads the list of a batch.
func splitBatch(body []byte) ([]json.RawMessage, error) {
	from := json.NewDecoder(bytes.NewReader(body))
	var list []json.RawMessage
	if err := from.Decode(&list); err != nil || list == nil {
		return nil, models.Invalid("", "a batch is a JSON list of events")
	}
	if _, err := from.Token(); !errors.Is(err, io.EOF) {
		return nil, models.Invalid("", "something stands behind the list")
	}
	if n := len(list); n == 0 || n > models.MaxBatch {
		return nil, models.Invalid("", "the batch has %d events; send 1 to %d", n, models.MaxBatch)
	}
	return list, nil
}
