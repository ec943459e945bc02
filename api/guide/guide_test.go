package guide

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each file uses only what the page can draw, in the same order of blocks in every language: nothing is left untranslated.
func TestGuidesAreTheSameInEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, e := range Engines {
		first := Read(e.Name, Languages[0])
		require.NotEmpty(t, first.Title)
		for _, language := range Languages[1:] {
			other := Read(e.Name, language)
			require.Len(t, other.Blocks, len(first.Blocks), e.Name)
			for i := range other.Blocks {
				require.Equal(t, first.Blocks[i].Kind, other.Blocks[i].Kind, "%s: block %d", e.Name, i)
				require.Equal(t, first.Blocks[i].Language, other.Blocks[i].Language, "%s: block %d", e.Name, i)
				require.Len(t, other.Blocks[i].Items, len(first.Blocks[i].Items), "%s: block %d", e.Name, i)
			}
		}
	}
	for _, language := range Languages {
		entries, err := files.ReadDir(language)
		require.NoError(t, err)
		require.Len(t, entries, len(Engines), "a file without an engine")
	}
}

// What to paste comes first, then what will be seen and where it ends; something to paste is there.
func TestEachGuideSaysWhatToPasteAndItsLimits(t *testing.T) {
	t.Parallel()
	for _, e := range Engines {
		g := Read(e.Name, "en")
		var headings []string
		pasted := false
		for _, b := range g.Blocks {
			if b.Kind == Heading {
				headings = append(headings, plain(b.Text))
			}
			pasted = pasted || b.Kind == Code && strings.Contains(b.Code, "{url}")
		}
		require.True(t, pasted, e.Name)
		require.Equal(t, "Limits", headings[len(headings)-1], e.Name)
	}
}

func TestParseReadsItsPartOfMarkdown(t *testing.T) {
	t.Parallel()
	blocks, err := Parse("# A `b`\n\none\ntwo **three**\n\n- x\n  y\n- z\n\n```sh\na\n\n  b\n```\nend\n")
	require.NoError(t, err)
	require.Equal(t, []Block{
		{Kind: Heading, Text: []Span{{Text: "A "}, {Text: "b", Code: true}}},
		{Kind: Paragraph, Text: []Span{{Text: "one two "}, {Text: "three", Strong: true}}},
		{Kind: List, Items: [][]Span{{{Text: "x y"}}, {{Text: "z"}}}},
		{Kind: Code, Language: "sh", Code: "a\n\n  b"},
		{Kind: Paragraph, Text: []Span{{Text: "end"}}},
	}, blocks)
	for _, bad := range []string{
		"a `b", "a **b", "a *b* c", "[a](b)", "<b>", "> a", "1. a", "| a |", "### a", "x\n# a", "```\na\n```", "```sh\na", "```sh\n```", "    a", "![a](b)",
	} {
		_, err := Parse(bad)
		require.Error(t, err, bad)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("# a\n\n- b\n  c\n```sh\nd\n```\n")
	f.Add("`**`")
	f.Fuzz(func(t *testing.T, text string) {
		blocks, err := Parse(text)
		if err != nil {
			return
		}
		for _, b := range blocks {
			require.Contains(t, []string{Heading, Paragraph, List, Code}, b.Kind)
		}
	})
}
