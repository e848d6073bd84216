package graph_test

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// proxy passes PostgreSQL's protocol on and counts executions in it.
type proxy struct {
	server string
	count  *atomic.Int64
	wg     sync.WaitGroup
}

func (p *proxy) accept(l net.Listener) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", p.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.wg.Go(func() {
			_, _ = io.Copy(client, server)
			_ = client.Close()
		})
		p.wg.Go(func() {
			_ = p.forward(server, bufio.NewReader(client))
			_ = server.Close()
		})
	}
}

// forward reads the client's messages: the first has no type.
func (p *proxy) forward(server io.Writer, client *bufio.Reader) error {
	for first := true; ; first = false {
		var head [5]byte
		length := head[1:]
		if !first {
			if _, err := io.ReadFull(client, head[:1]); err != nil {
				return err
			}
		}
		if _, err := io.ReadFull(client, length); err != nil {
			return err
		}
		body := make([]byte, max(0, int(binary.BigEndian.Uint32(length))-4))
		if _, err := io.ReadFull(client, body); err != nil {
			return err
		}
		message := append(head[:], body...)
		if first {
			message = message[1:]
		} else if head[0] == 'E' || head[0] == 'Q' {
			p.count.Add(1)
		}
		if _, err := server.Write(message); err != nil {
			return err
		}
	}
}
