package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
)

var (
	ownVariable = regexp.MustCompile(`FLOWWATCH_[A-Z_]+`)
	ownCommand  = regexp.MustCompile(`(?m)^flowwatch (\S+)(.*)`)
	inText      = regexp.MustCompile("(?m)`[^`\n]*--([a-z-]+)[^`\n]*`") // code blocks have flags of others, too
	ownFlag     = regexp.MustCompile(`--([a-z-]+)`)
)

// hookFile is loaded by n8n and has variables of its own.
const hookFile = "../../api/ingest/n8n/flowwatch-hook.cjs"

// Who follows a guide finds every variable, command and flag of ours that it names.
func TestEveryVariableAndFlagOfAGuideExists(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&commands{}, kong.Name("flowwatch"), kong.DefaultEnvars("FLOWWATCH"))
	require.NoError(t, err)
	variables, flags := map[string]bool{}, map[string]map[string]bool{}
	hook, err := os.ReadFile(hookFile)
	require.NoError(t, err)
	for _, name := range ownVariable.FindAllString(string(hook), -1) {
		variables[name] = true
	}
	for _, node := range parser.Model.Leaves(false) {
		of := map[string]bool{}
		for _, group := range node.AllFlags(false) {
			for _, flag := range group {
				of[flag.Name] = true
				for _, name := range flag.Envs {
					variables[name] = true
				}
			}
		}
		word, _, _ := strings.Cut(strings.TrimPrefix(node.Path(), "flowwatch "), " ")
		flags[word] = of
	}
	guides, err := filepath.Glob("../../api/guide/*/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, guides)
	named := 0
	for _, path := range guides {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, name := range ownVariable.FindAllString(string(text), -1) {
			require.True(t, variables[name], "%s names %s", path, name)
		}
		for _, found := range inText.FindAllStringSubmatch(string(text), -1) {
			exists := slices.ContainsFunc(slices.Collect(maps.Values(flags)), func(of map[string]bool) bool { return of[found[1]] })
			require.True(t, exists, "%s names --%s", path, found[1])
		}
		for _, found := range ownCommand.FindAllStringSubmatch(string(text), -1) {
			named++
			of, known := flags[found[1]]
			require.True(t, known, "%s names flowwatch %s", path, found[1])
			for _, flag := range ownFlag.FindAllStringSubmatch(found[2], -1) {
				require.True(t, of[flag[1]], "%s names flowwatch %s --%s", path, found[1], flag[1])
			}
		}
	}
	require.NotZero(t, named)
}
