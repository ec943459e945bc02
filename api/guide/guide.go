// Package guide holds what to set up in each engine so that it reports: one Markdown file an engine and language, which is a page of the documentation and, in
// blocks, of the program. The files use a small part of Markdown; what is beside it is a mistake that a test finds. It is pure.
package guide

import (
	"embed"
	"fmt"
	"slices"
)

//go:embed pl/*.md en/*.md samples
var files embed.FS

// Languages of the guides, the default first.
var Languages = []string{"pl", "en"}

// Engine is what a guide is about. Doors are where its events come in, by the names of receivers.
type Engine struct {
	Name  string
	Doors []string
}

// Engines are all that have a guide, in the order in which they are offered.
var Engines = []Engine{
	{"n8n", []string{"n8n", "cloudevents", "otlp"}},
	{"scripts", []string{"ping"}},
	{"own-program", []string{"events", "samples", "cloudevents", "otlp"}},
	{"airflow", []string{"openlineage", "otlp"}},
	{"openlineage", []string{"openlineage"}},
	{"temporal", []string{"otlp", "cloudevents"}},
	{"kestra", []string{"otlp", "cloudevents"}},
	{"prefect", []string{"events", "otlp"}},
	{"camunda", []string{"cloudevents"}},
	{"argo", []string{"events", "cloudevents"}},
	{"prometheus", []string{"prometheus"}},
	{"live-clients", nil},
	{"spreadsheets", nil},
}

// Guide is one engine's, in one language.
type Guide struct {
	Title   string // its first heading
	Summary string // its first paragraph, as plain text
	Blocks  []Block
}

// Find returns the engine of that name.
func Find(name string) (Engine, bool) {
	i := slices.IndexFunc(Engines, func(e Engine) bool { return e.Name == name })
	if i < 0 {
		return Engine{}, false
	}
	return Engines[i], true
}

// Read returns the engine's guide in one of Languages. The name must be one of Engines: the files are a part of the program.
func Read(engine, language string) Guide {
	text, err := files.ReadFile(language + "/" + engine + ".md")
	if err != nil {
		panic(fmt.Sprintf("BUG: guide: no guide of %s in %s", engine, language))
	}
	blocks, err := Parse(string(text))
	if err != nil {
		panic(fmt.Sprintf("BUG: guide: %s/%s: %v", language, engine, err))
	}
	if len(blocks) < 3 || blocks[0].Kind != Heading || blocks[1].Kind != Paragraph {
		panic(fmt.Sprintf("BUG: guide: %s/%s begins with no title and paragraph", language, engine))
	}
	return Guide{Title: plain(blocks[0].Text), Summary: plain(blocks[1].Text), Blocks: blocks[1:]}
}

// Sample is a body in a door's format, "" where there is none.
func Sample(door string) string {
	text, err := files.ReadFile("samples/" + door + ".json")
	if err != nil {
		return ""
	}
	return string(text)
}
