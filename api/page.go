package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

const (
	gzipFromBytes = 1 << 10
	contentPolicy = "default-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'"
	permissionsOff = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
)

var mediaTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8", ".ico": "image/x-icon",
	".js": "text/javascript; charset=utf-8", ".json": "application/json", ".map": "application/json",
	".md": "text/plain; charset=utf-8", ".png": "image/png", ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8",
	".wasm": "application/wasm", ".webmanifest": "application/manifest+json", ".woff2": "font/woff2",
}

// page is the built browser page in memory: small, and compressed once.
type page struct {
	files map[string]*pageFile // by URL path, "/index.html"
	index *pageFile            // nil: there is no page
	build string               // changes with any of the files; "": there is no page
}

type pageFile struct {
	media  string
	etag   string
	plain  []byte
	zipped []byte // nil when that saves nothing
}

func newPage(files fs.FS) (*page, error) {
	p := &page{files: map[string]*pageFile{}}
	if files == nil {
		return p, nil
	}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == "." {
			return nil
		}
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		p.files["/"+name], err = newPageFile(name, data)
		return err
	})
	p.index = p.files["/index.html"]
	p.build = p.sum()
	return p, err
}

func (p *page) sum() string {
	if p.index == nil {
		return ""
	}
	var all []byte
	for _, name := range slices.Sorted(maps.Keys(p.files)) {
		all = append(all, name+" "+p.files[name].etag+"\n"...)
	}
	sum := sha256.Sum256(all)
	return hex.EncodeToString(sum[:8])
}

func newPageFile(name string, data []byte) (*pageFile, error) {
	sum := sha256.Sum256(data)
	f := &pageFile{media: mediaTypes[path.Ext(name)], plain: data, etag: `"` + hex.EncodeToString(sum[:16]) + `"`}
	if f.media == "" {
		f.media = "application/octet-stream"
	}
	if len(data) < gzipFromBytes {
		return f, nil
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("compress %s: %w", name, err)
	}
	if _, err = w.Write(data); err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("compress %s: %w", name, err)
	}
	if b.Len() < len(data)*9/10 {
		f.zipped = b.Bytes()
	}
	return f, nil
}

// find gives the file at a path. Paths of the page's own router are answered
// by its index; files that don't exist are not.
func (p *page) find(urlPath string) *pageFile {
	if f := p.files[urlPath]; f != nil {
		return f
	}
	first, rest, _ := strings.Cut(strings.TrimPrefix(urlPath, "/"), "/")
	if slices.Contains(noPages, first) || rest == "" && strings.Contains(first, ".") {
		return nil
	}
	return p.index
}

// noPages begin paths of files and of programs, which want no page for an answer.
var noPages = []string{"assets", "licenses", "api", "feed", "ping", "integrations", "prometheus", "socket.io", "trpc", "v1"}

// static serves the page; what is neither it nor below it is unknown.
func (s *Server) static(c *fiber.Ctx) error {
	if !isRead(c.Method()) {
		return s.failed(c, errMethodNotAllowed)
	}
	f := s.page.find(c.Path())
	if f == nil {
		return s.problem(c, errNotFound)
	}
	c.Set(fiber.HeaderContentSecurityPolicy, contentPolicy)
	c.Set(fiber.HeaderPermissionsPolicy, permissionsOff)
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set(fiber.HeaderCacheControl, "no-cache")
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	zip := f.zipped != nil && acceptsGzip(c.Get(fiber.HeaderAcceptEncoding))
	etag, body := f.etag, f.plain
	if zip {
		etag, body = strings.TrimSuffix(f.etag, `"`)+`-gzip"`, f.zipped
	}
	c.Set(fiber.HeaderETag, etag)
	if matchesETag(c.Get(fiber.HeaderIfNoneMatch), etag) {
		c.Status(http.StatusNotModified)
		return nil
	}
	if zip {
		c.Set(fiber.HeaderContentEncoding, "gzip")
	}
	c.Set(fiber.HeaderContentType, f.media)
	c.Context().SetBody(body)
	return nil
}

func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		if (coding == "gzip" || coding == "*") && quality(parameters) > 0 {
			return true
		}
	}
	return false
}

func matchesETag(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if part = strings.TrimSpace(part); part == "*" || strings.TrimPrefix(part, "W/") == etag {
			return true
		}
	}
	return false
}
