package alert

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	fingerprintBytesMax = 120
	fingerprintReadMax  = 2048
)

// What differs between two errors of the same cause, in the order in which it is taken out.
var particulars = []*regexp.Regexp{
	regexp.MustCompile(`"[^"]*"|'[^']*'|„[^”"]*[”"]|«[^»]*»|` + "`[^`]*`"),
	regexp.MustCompile(`(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`),
	regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://[^\s,;)]+`),
	regexp.MustCompile(`[\w.+-]+@[\w-]+(\.[\w-]+)+`),
	regexp.MustCompile(`(?i)\b0x[0-9a-f]+\b`),
	regexp.MustCompile(`(?i)\b[0-9a-f]*[0-9][0-9a-f]*[a-f][0-9a-f]*\b|\b[0-9a-f]*[a-f][0-9a-f]*[0-9][0-9a-f]*\b`),
	regexp.MustCompile(`\w*\d[\w.:/-]*`),
	regexp.MustCompile(`[#*•█]+`),
}

// Fingerprint is what is left of an error without what differs from run to run: numbers, ids, dates, addresses, quotations. Errors of one
// cause have the same, at most 120 bytes of the first line that says something, in lower case. A text of nothing else has "".
func Fingerprint(errorText string) string {
	if len(errorText) > fingerprintReadMax {
		errorText = errorText[:fingerprintReadMax]
	}
	errorText = strings.ToValidUTF8(errorText, "")
	for line := range strings.Lines(errorText) {
		for _, p := range particulars {
			line = p.ReplaceAllString(line, "#")
		}
		line = strings.ToLower(line)
		words := strings.FieldsFunc(line, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
		words = fold(words)
		if text := shorten(strings.Join(words, " ")); strings.ContainsFunc(text, unicode.IsLetter) {
			return text
		}
	}
	return ""
}

// fold leaves one # of several in a row.
func fold(words []string) []string {
	kept := words[:0]
	for _, w := range words {
		if w == "#" && len(kept) > 0 && kept[len(kept)-1] == "#" {
			continue
		}
		kept = append(kept, w)
	}
	return kept
}

// shorten cuts between runes.
func shorten(text string) string {
	if len(text) <= fingerprintBytesMax {
		return text
	}
	end := fingerprintBytesMax
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return strings.TrimSpace(text[:end])
}
