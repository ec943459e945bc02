package promql

import (
	"fmt"
	"regexp/syntax"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/util/strutil"
)

// guardPatterns refuses texts whose regular expressions would take much memory when they are compiled, which the parser does as it reads them: x{1000}
// is seven bytes, and a thousand parts. All strings count, for any may be one.
func guardPatterns(texts ...string) error {
	parts := 0
	for _, text := range texts {
		lexer := parser.Lex(text)
		for item := (parser.Item{}); ; {
			lexer.NextItem(&item)
			if item.Typ == parser.EOF || item.Typ == parser.ERROR {
				break // the parser will tell
			}
			if item.Typ != parser.STRING {
				continue
			}
			pattern, err := strutil.Unquote(item.Val)
			if err != nil {
				continue
			}
			if e, err := syntax.Parse(pattern, syntax.Perl|syntax.DotNL); err == nil {
				parts += partsOf(e)
			}
			if parts > patternPartsMax {
				return &Error{Kind: Execution, cause: fmt.Errorf("regular expressions with more than %d parts", patternPartsMax)}
			}
		}
	}
	return nil
}

// partsOf is about how many parts an expression is compiled to. Repetitions are written out then; the parser of expressions bounds how often they are nested.
func partsOf(e *syntax.Regexp) int {
	parts := 1 + len(e.Rune)/2
	for _, sub := range e.Sub {
		parts += partsOf(sub)
	}
	if e.Op == syntax.OpRepeat {
		parts *= max(1, e.Min, e.Max)
	}
	return parts
}
