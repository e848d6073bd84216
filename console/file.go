package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// file is one file of the build. It stays in the binary until somebody asks for it:
// a copy of all would be a third of what an idle server has in memory.
type file struct {
	content io.ReaderAt
	size    int64
	media   string
	// lasting files have names that change with their content.
	lasting bool
	// tag and zipped are made when they are first asked for; zipped is nil where
	// zipping saves nothing.
	tag    func() string
	zipped func() []byte
}

func newFile(root fs.FS, name string) (*file, error) {
	opened, err := root.Open(name) // and never closed, as nothing is held open
	if err != nil {
		return nil, err
	}
	info, err := opened.Stat()
	if err != nil {
		return nil, err
	}
	content, ok := opened.(io.ReaderAt)
	if !ok {
		return nil, fmt.Errorf("%s cannot be read in parts", name)
	}
	f := &file{content: content, size: info.Size(), media: mediaType(name), lasting: strings.HasPrefix(name, "assets/")}
	f.tag = sync.OnceValue(f.sum)
	f.zipped = sync.OnceValue(f.zip)
	return f, nil
}

func (f *file) read() *io.SectionReader { return io.NewSectionReader(f.content, 0, f.size) }

func (f *file) sum() string {
	sum := sha256.New()
	_, _ = io.Copy(sum, f.read()) // from memory to memory
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:12])
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

func (f *file) zip() []byte {
	var buffer bytes.Buffer
	w, err := gzip.NewWriterLevel(&buffer, gzip.BestCompression)
	if err != nil {
		return nil
	}
	_, _ = io.Copy(w, f.read()) // from memory to memory
	_ = w.Close()
	if int64(buffer.Len()) >= f.size*9/10 {
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
	var content io.ReadSeeker = f.read()
	tag := f.tag()
	if accepts(r.Header.Get("Accept-Encoding"), "gzip") {
		if zipped := f.zipped(); zipped != nil {
			content, tag = bytes.NewReader(zipped), tag+"-gz"
			header.Set("Content-Encoding", "gzip")
		}
	}
	header.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, content)
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
