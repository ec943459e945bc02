// Package mask hides personal data and secrets in texts and JSON before they
// are stored or shown: PESEL, NIP, account and card numbers, phones, e-mail
// addresses, and whatever stands under a key such as password or nazwisko.
// Numbers count only with a valid checksum, so that invoice numbers survive.
//
// The package is pure, does linear work, and masking twice changes nothing.
// It reads Polish and English; it hides what it recognises, which is never all.
package mask

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// PreviewRunesMax is how long Preview is at most, in characters.
const PreviewRunesMax = 200

const (
	hidden = "***"
	// previewScanBytesMax bounds the work on a first line that never ends.
	previewScanBytesMax = 16 << 10
	// passesMax bounds the search for a text that masking leaves alone. One
	// pass masks and a second one finds nothing; only crafted texts need more.
	passesMax = 6
	// nestedMax is how often a string is read as JSON that holds strings.
	nestedMax = 3
)

// Text returns s with personal data and secrets masked: the last digits of
// numbers stay (PESEL and phone 2, NIP 3, account and card 4), a@b.pl becomes
// a***@b***.pl, secrets become ***. A text that is a JSON object or array is
// masked as JSON does it. Where nothing is found, s itself is returned; a text
// without digits, '@' and key-value pairs costs no allocation.
func Text(s string) string { return (*Rules)(nil).Text(s) }

// Preview returns the first line of message that is not blank, masked and cut
// to 200 runes, the last of which is then "…". Control characters become
// spaces, so a preview is always one line.
func Preview(message string) string { return (*Rules)(nil).Preview(message) }

// Preview is Preview with the rules on top.
func (r *Rules) Preview(message string) string {
	line := strings.TrimLeftFunc(message, unicode.IsSpace)
	if end := strings.IndexAny(line, "\r\n\v\f\u0085\u2028\u2029"); end >= 0 {
		line = line[:end]
	}
	cut := len(line) > previewScanBytesMax
	if cut {
		// A number cut in two would not be recognised: go back to a space.
		line = line[:previewScanBytesMax]
		line = line[:max(strings.LastIndexByte(line, ' '), PreviewRunesMax)]
	}
	line = strings.Map(blankControl, strings.ToValidUTF8(line, "\uFFFD"))
	line = strings.TrimRightFunc(r.Text(line), unicode.IsSpace)
	n := 0
	last := 0 // where the last rune that fits beside the ellipsis ends
	for i := range line {
		if n == PreviewRunesMax-1 {
			last = i
		}
		if n == PreviewRunesMax {
			return line[:last] + "…"
		}
		n++
	}
	if cut && n < PreviewRunesMax {
		return line + "…"
	}
	return line
}

func blankControl(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}

// text masks src until masking changes nothing more. What does not settle is
// hidden whole, so that the result is the same when it is masked again.
func text(src []byte, level int, rules *Rules) ([]byte, bool) {
	changed := false
	for range passesMax {
		out, did := step(src, level, rules)
		if !did {
			return src, changed
		}
		src, changed = out, true
	}
	return []byte(hidden), true
}

func step(src []byte, level int, rules *Rules) ([]byte, bool) {
	if level < nestedMax && looksStructured(src) {
		if out, changed, ok := document(walker{src: src, level: level, rules: rules}); ok {
			return out, changed
		}
	}
	return pass(src, rules)
}

func looksStructured(src []byte) bool {
	src = bytes.TrimLeft(src, " \t\r\n")
	if len(src) < 2 || (src[0] != '{' && src[0] != '[') {
		return false
	}
	return true
}

// plain says that s holds nothing that pass could act on. It may say false
// for texts that turn out to be clean.
func plain[T string | []byte](s T) bool {
	digits := 0
	for i := 0; i < len(s); i++ {
		switch interest[s[i]] {
		case interestDigit:
			if digits++; digits == digitsMin {
				return false
			}
		case interestSign:
			return false
		case interestLetter: // eyJ of a JWT, fw_ and the like, Bearer
			if i+2 < len(s) && startsSecret(s[i], s[i+1], s[i+2]) {
				return false
			}
		}
	}
	return true
}

// digitsMin is the shortest number that pass masks by its form: a phone.
const digitsMin = 9

const (
	interestDigit = iota + 1
	interestSign
	interestLetter
)

var interest = func() (t [256]uint8) {
	for c := '0'; c <= '9'; c++ {
		t[c] = interestDigit
	}
	for _, c := range "@=:" {
		t[c] = interestSign
	}
	t['{'], t['['] = interestSign, interestSign
	for _, c := range "ebBfgsxA" {
		t[c] = interestLetter
	}
	return t
}()

// startsSecret looks at the first letters of the words that word acts on.
func startsSecret(a, b, c byte) bool {
	switch a {
	case 'b', 'B':
		return b|0x20 == 'e' && c|0x20 == 'a'
	case 'e':
		return b == 'y' && c == 'J'
	case 'f':
		return b == 'w' && c == '_'
	case 'g':
		return b == 'h' || b == 'l' || b == 'i'
	case 's':
		return b == 'k' && (c == '-' || c == '_')
	case 'x':
		return b == 'o' && c == 'x'
	default:
		return b == 'K' && c == 'I'
	}
}

// runeAt is the rune at i, its size, and whether it belongs to a word.
func runeAt(src []byte, i int) (size int, letter bool) {
	r, size := utf8.DecodeRune(src[i:])
	return size, unicode.IsLetter(r) || unicode.IsMark(r)
}
