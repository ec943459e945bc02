//go:build no_ui

package ui

import (
	"embed"
	"io/fs"
)

// Dist returns an empty file system: this binary was built without the page.
func Dist() fs.FS { return embed.FS{} }
