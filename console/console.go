// Package console serves the web console and the GraphQL playground, whose build in
// dist/ is part of the binary. It owns their pages' security headers and caching. It
// knows no data: in the browser the console speaks to /graphql as any client does.
package console

import (
	"bytes"
	"crypto/rand"
	"embed"
	"encoding/base64"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// Config is what the pages depend on.
type Config struct {
	// PortalOrigins may embed the pages at /portal in a frame; nobody may embed the others.
	PortalOrigins []string
	// Demo shows the page of the demo's receivers.
	Demo bool
}

// Handler serves every address that no other handler has.
type Handler struct {
	cfg        Config
	files      map[string]*file // by their path, such as /assets/index-abc.js
	console    []byte
	playground []byte
}

// New reads the build.
func New(cfg Config) (*Handler, error) {
	root, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, err
	}
	h := &Handler{cfg: cfg, files: map[string]*file{}}
	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		switch name {
		case "index.html":
			h.console, err = fs.ReadFile(root, name)
		case "playground.html":
			h.playground, err = fs.ReadFile(root, name)
		default:
			h.files["/"+name], err = newFile(root, name)
		}
		return err
	})
	return h, err
}

// sections are the first parts of the addresses that are the console's. Others are
// not found: a mistyped address of the API must not answer with a page.
var sections = map[string]bool{
	"": true, "live": true, "deliveries": true, "events": true, "webhooks": true, "channels": true,
	"templates": true, "catalog": true, "receivers": true, "audit": true, "settings": true, "portal": true,
}

// ServeHTTP answers with a file of the build or with a page.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	at := path.Clean("/" + r.URL.Path)
	switch f, ok := h.files[at]; {
	case ok:
		f.serve(w, r)
	case at == "/playground":
		h.page(w, r, h.playground, playgroundPolicy)
	case sections[section(at)]:
		h.page(w, r, h.console, h.consolePolicy(at))
	default:
		http.NotFound(w, r)
	}
}

func section(at string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(at, "/"), "/")
	return first
}

// page sends HTML with a nonce of its own, under a policy that names it.
func (h *Handler) page(w http.ResponseWriter, r *http.Request, html []byte, policy string) {
	nonce := newNonce()
	mode := "server"
	if h.cfg.Demo {
		mode = "demo"
	}
	html = bytes.ReplaceAll(html, []byte("CARILLON_NONCE"), []byte(nonce))
	html = bytes.ReplaceAll(html, []byte("CARILLON_MODE"), []byte(mode))
	header := w.Header()
	header.Set("Content-Security-Policy", strings.ReplaceAll(policy, "NONCE", nonce))
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	if strings.Contains(policy, nobodyFrames) {
		header.Set("X-Frame-Options", "DENY")
	} else {
		header.Del("X-Frame-Options") // it could name no origin
	}
	header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(html) // the client went away
}

func newNonce() string {
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails, by its contract
	return base64.StdEncoding.EncodeToString(random[:])
}
