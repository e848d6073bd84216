package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"
)

// The load's own cost must be small beside what it measures, since all of it
// shares the machine: so it speaks HTTP/1.1 by hand over kept connections.

// client is one kept connection to the server under load.
type client struct {
	conn net.Conn
	in   *bufio.Reader
	head string
	out  []byte
}

func dial(address, key string) (*client, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	head := "POST /graphql HTTP/1.1\r\nHost: " + address + "\r\nAuthorization: Bearer " + key +
		"\r\nContent-Type: application/json\r\nAccept: application/json\r\nContent-Length: "
	return &client{conn: conn, in: bufio.NewReaderSize(conn, 16<<10), head: head}, nil
}

// post sends one GraphQL request and reads its answer, which must bear no errors.
func (c *client) post(body []byte) ([]byte, error) {
	c.out = append(c.out[:0], c.head...)
	c.out = strconv.AppendInt(c.out, int64(len(body)), 10)
	c.out = append(c.out, "\r\n\r\n"...)
	c.out = append(c.out, body...)
	if _, err := c.conn.Write(c.out); err != nil {
		return nil, err
	}
	status, answer, err := readMessage(c.in)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(status, " 200 ") || bytes.Contains(answer, []byte(`"errors"`)) {
		return nil, fmt.Errorf("%s: %s", status, answer)
	}
	return answer, nil
}

// readMessage reads a first line, the headers, and a body of known length or in chunks.
func readMessage(in *bufio.Reader) (first string, body []byte, err error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return "", nil, err
	}
	first = string(bytes.TrimSpace(line))
	length, chunked := 0, false
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return "", nil, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch textproto.CanonicalMIMEHeaderKey(string(name)) {
		case "Content-Length":
			length, err = strconv.Atoi(string(bytes.TrimSpace(value)))
			if err != nil {
				return "", nil, err
			}
		case "Transfer-Encoding":
			chunked = true
		}
	}
	if chunked {
		body, err = readChunks(in)
		return first, body, err
	}
	body = make([]byte, length)
	_, err = io.ReadFull(in, body)
	return first, body, err
}

func readChunks(in *bufio.Reader) (body []byte, err error) {
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		n, err := strconv.ParseInt(strings.TrimSpace(line), 16, 32)
		if err != nil {
			return nil, err
		}
		chunk := make([]byte, n+2)
		if _, err := io.ReadFull(in, chunk); err != nil {
			return nil, err
		}
		if n == 0 {
			return body, nil
		}
		body = append(body, chunk[:n]...)
	}
}
