package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// file is one file of the build.
type file struct {
	content []byte
	media   string
	tag     string
	// lasting files have names that change with their content.
	lasting bool
	// zipped is made when it is first asked for; nil where zipping saves nothing.
	zipped func() []byte
}

func newFile(name string, content []byte) *file {
	sum := sha256.Sum256(content)
	f := &file{
		content: content,
		media:   mediaType(name),
		tag:     base64.RawURLEncoding.EncodeToString(sum[:12]),
		lasting: strings.HasPrefix(name, "assets/"),
	}
	f.zipped = sync.OnceValue(func() []byte { return zip(content) })
	return f
}

// mediaType does not ask the machine for what the build is made of, as machines differ.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".ttf":
		return "font/ttf"
	case ".woff2":
		return "font/woff2"
	}
	if media := mime.TypeByExtension(path.Ext(name)); media != "" {
		return media
	}
	return "application/octet-stream"
}

func zip(content []byte) []byte {
	var buffer bytes.Buffer
	w, err := gzip.NewWriterLevel(&buffer, gzip.BestCompression)
	if err != nil {
		return nil
	}
	_, _ = w.Write(content) // into memory
	_ = w.Close()
	if buffer.Len() >= len(content)*9/10 {
		return nil
	}
	return buffer.Bytes()
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", f.media)
	header.Set("Content-Security-Policy", nobodyFrames) // and no more: the editor's workers live by their files' policies
	header.Set("Vary", "Accept-Encoding")
	header.Set("Cache-Control", "no-cache")
	if f.lasting {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	content, tag := f.content, f.tag
	if accepts(r.Header.Get("Accept-Encoding"), "gzip") {
		if zipped := f.zipped(); zipped != nil {
			content, tag = zipped, f.tag+"-gz"
			header.Set("Content-Encoding", "gzip")
		}
	}
	header.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// accepts reads an Accept-Encoding header; a quality of zero refuses.
func accepts(header, encoding string) bool {
	for one := range strings.SplitSeq(header, ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(one), ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			quality = strings.ReplaceAll(quality, " ", "")
			return !(strings.HasPrefix(quality, "q=0") && strings.Trim(quality[len("q=0"):], ".0") == "")
		}
	}
	return false
}
