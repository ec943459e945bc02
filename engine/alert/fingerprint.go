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

// particular is a form of what differs between two errors of the same cause. Only a line with one of the signs can hold it: looking for
// signs costs a hundredth of matching.
type particular struct {
	signs string
	form  *regexp.Regexp
}

// particulars are in the order in which they are taken out.
var particulars = []particular{
	{"\"'„«`", regexp.MustCompile(`"[^"]*"|'[^']*'|„[^”"]*[”"]|«[^»]*»|` + "`[^`]*`")},
	{"-", regexp.MustCompile(`(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`)},
	{"/", regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s,;)]+`)},
	{"@", regexp.MustCompile(`[\w.+-]+@[\w-]+(\.[\w-]+)+`)},
	{"0123456789", regexp.MustCompile(`\w*\d[\w.:/-]*`)},
	{"#*•█", regexp.MustCompile(`[#*•█]+`)},
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
			if strings.ContainsAny(line, p.signs) {
				line = p.form.ReplaceAllString(line, "#")
			}
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
