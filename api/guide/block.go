package guide

import (
	"fmt"
	"strings"
)

// The kinds of blocks.
const (
	Heading   = "heading"
	Paragraph = "paragraph"
	List      = "list"
	Code      = "code"
)

// Block is one part of a guide. Text is of headings and paragraphs, Items of lists, Code of code. In code, {url} stands for the address of the server, {token}
// for a token with the role integration, {key} for a script's key.
type Block struct {
	Kind     string   `json:"kind"`
	Text     []Span   `json:"text,omitempty"`
	Items    [][]Span `json:"items,omitempty"`
	Language string   `json:"language,omitempty"` // of code
	Code     string   `json:"code,omitempty"`
}

// Span is a piece of text in one manner: plain, or Code, or Strong.
type Span struct {
	Text   string `json:"text"`
	Code   bool   `json:"code,omitempty"`
	Strong bool   `json:"strong,omitempty"`
}

// Parse reads the part of Markdown that guides are written in: headings (# and ##), paragraphs, lists of one level (- ), fenced code (```), and in texts `code`
// and **strong**. An error names the line of what is none of these.
func Parse(text string) ([]Block, error) {
	p := parser{lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n")}
	for p.at < len(p.lines) {
		if err := p.block(); err != nil {
			return nil, fmt.Errorf("line %d: %w", p.at+1, err)
		}
	}
	return p.blocks, nil
}

type parser struct {
	lines  []string
	at     int
	blocks []Block
}

// block reads what begins at the current line.
func (p *parser) block() error {
	line := p.lines[p.at]
	switch {
	case line == "":
		p.at++
		return nil
	case strings.HasPrefix(line, "```"):
		return p.code(line[3:])
	case strings.HasPrefix(line, "- "):
		return p.list()
	case strings.HasPrefix(line, "# ") && p.at == 0, strings.HasPrefix(line, "## "):
		_, text, _ := strings.Cut(line, " ")
		p.at++
		return p.add(Heading, text)
	}
	text := p.running("")
	return p.add(Paragraph, text)
}

func (p *parser) add(kind, text string) error {
	spans, err := spansOf(text)
	p.blocks = append(p.blocks, Block{Kind: kind, Text: spans})
	return err
}

// running joins lines up to one that begins something else. Lines after the first begin with the indent.
func (p *parser) running(indent string) string {
	parts := []string{strings.TrimPrefix(p.lines[p.at], "- ")}
	for p.at++; p.at < len(p.lines); p.at++ {
		line := p.lines[p.at]
		rest, ok := strings.CutPrefix(line, indent)
		if line == "" || !ok || strings.HasPrefix(line, "```") || strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "#") {
			break
		}
		parts = append(parts, rest)
	}
	return strings.Join(parts, " ")
}

func (p *parser) list() error {
	block := Block{Kind: List}
	for p.at < len(p.lines) && strings.HasPrefix(p.lines[p.at], "- ") {
		spans, err := spansOf(p.running("  "))
		if err != nil {
			return err
		}
		block.Items = append(block.Items, spans)
	}
	p.blocks = append(p.blocks, block)
	return nil
}

func (p *parser) code(language string) error {
	begun := p.at
	for p.at++; p.at < len(p.lines) && p.lines[p.at] != "```"; p.at++ {
		continue
	}
	if p.at == len(p.lines) || p.at == begun+1 || language == "" {
		return fmt.Errorf("code that is empty, without a language or without an end")
	}
	p.blocks = append(p.blocks, Block{Kind: Code, Language: language, Code: strings.Join(p.lines[begun+1:p.at], "\n")})
	p.at++
	return nil
}

// unreadable begins what looks like Markdown that is not read here.
var unreadable = []string{"> ", "* ", "+ ", "1. ", "|", "    ", "\t", "<", "#", "!["}

// spansOf reads the text of a line or more.
func spansOf(text string) (spans []Span, err error) {
	for _, mark := range unreadable {
		if strings.HasPrefix(text, mark) {
			return nil, fmt.Errorf("%q begins nothing that a guide may use", mark)
		}
	}
	for i, part := range strings.Split(text, "`") {
		if i%2 == 1 {
			spans = append(spans, Span{Text: part, Code: true})
			continue
		}
		for k, piece := range strings.Split(part, "**") {
			if strings.ContainsAny(piece, "*_<[") {
				return nil, fmt.Errorf("%q has a mark that a guide may not use", piece)
			}
			if piece != "" {
				spans = append(spans, Span{Text: piece, Strong: k%2 == 1})
			}
		}
		if strings.Count(part, "**")%2 == 1 {
			return nil, fmt.Errorf("%q opens ** and does not close it", part)
		}
	}
	if strings.Count(text, "`")%2 == 1 {
		return nil, fmt.Errorf("%q opens ` and does not close it", text)
	}
	return spans, nil
}

// plain is the text without its manner.
func plain(spans []Span) string {
	var text strings.Builder
	for _, s := range spans {
		text.WriteString(s.Text)
	}
	return text.String()
}
