package api

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/api/guide"
)

// guidePath is how a route is named in a guide: after {url}, as code of its own, or as OpenLineage wants it, without its slash.
var guidePath = regexp.MustCompile(`(?:\{url\}|^)(/[A-Za-z0-9_.{}/-]+)|"?(?:endpoint"?: "?)(api/[a-z/]+)`)

// Who follows a guide finds every route that it names.
func TestEveryRouteOfAGuideExists(t *testing.T) {
	t.Parallel()
	table := routes()
	exists := func(path string) bool {
		path = strings.TrimSuffix(path, "/")
		return slices.ContainsFunc(table, func(r route) bool { return r.matches(path) || strings.HasPrefix(r.path, path+"/") })
	}
	require.True(t, exists("/ping/{key}"))
	require.False(t, exists("/api/ingest/nothing"))
	named := map[string]bool{}
	for _, e := range guide.Engines {
		for _, language := range guide.Languages {
			for _, text := range codeOf(guide.Read(e.Name, language).Blocks) {
				for _, found := range guidePath.FindAllStringSubmatch(text, -1) {
					path := found[1]
					if path == "" {
						path = "/" + found[2]
					}
					named[path] = true
					require.True(t, exists(path), "%s/%s names %s", language, e.Name, path)
				}
			}
		}
	}
	require.Greater(t, len(named), 10, "%v", named)
	for _, e := range guide.Engines {
		for _, name := range e.Doors {
			require.True(t, slices.ContainsFunc(table, func(r route) bool { return r.door == name }), "%s names the door %s", e.Name, name)
		}
	}
}

// codeOf is all that stands as code in a guide.
func codeOf(blocks []guide.Block) (all []string) {
	for _, b := range blocks {
		all = append(all, b.Code)
		for _, spans := range append(b.Items, b.Text) {
			for _, s := range spans {
				if s.Code && s.Text != "/fail" {
					all = append(all, s.Text)
				}
			}
		}
	}
	return all
}
