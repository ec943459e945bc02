//go:build !no_ui

package ui

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestThePageHoldsAllItNames(t *testing.T) {
	t.Parallel()
	index, err := fs.ReadFile(Dist(), "index.html")
	require.NoError(t, err)
	names := regexp.MustCompile(`(?:src|href)="/([^"]+)"`).FindAllStringSubmatch(string(index), -1)
	require.NotEmpty(t, names)
	for _, name := range names {
		file, err := fs.Stat(Dist(), name[1])
		require.NoError(t, err)
		require.Positive(t, file.Size(), name[1])
	}
}

func TestThePageObeysItsContentPolicy(t *testing.T) {
	t.Parallel()
	index, err := fs.ReadFile(Dist(), "index.html")
	require.NoError(t, err)
	for _, script := range regexp.MustCompile(`<script[^>]*>`).FindAllString(string(index), -1) {
		require.Contains(t, script, ` src="/`, "script inline")
	}
	for _, forbidden := range []string{"<style", " style=", " onclick=", "http://", "https://", "data:"} {
		require.NotContains(t, string(index), forbidden)
	}
}

func TestEveryFontHasItsLicence(t *testing.T) {
	t.Parallel()
	fonts, err := fs.Glob(Dist(), "assets/*.woff2")
	require.NoError(t, err)
	require.NotEmpty(t, fonts)
	for _, font := range fonts {
		family, _, _ := strings.Cut(strings.TrimPrefix(font, "assets/"), "-")
		licence, err := fs.Glob(Dist(), "licenses/"+family+"-*.txt")
		require.NoError(t, err)
		require.NotEmpty(t, licence, font)
	}
}
