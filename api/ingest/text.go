package ingest

import (
	"bytes"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// idBytesMax bounds the ids of engines.
const idBytesMax = 128

var idBytes = func() (table [256]bool) {
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-" {
		table[c] = true
	}
	return table
}()

// ValidID reports whether id is 1 to 128 characters of [A-Za-z0-9._:-].
func ValidID(id string) bool { return validID(id) }

func validID[T string | []byte](id T) bool {
	if len(id) == 0 || len(id) > idBytesMax {
		return false
	}
	for i := range len(id) {
		if !idBytes[id[i]] {
			return false
		}
	}
	return true
}

// ValidName reports whether s has at most runesMax characters, none of them a
// control character. s must be UTF-8.
func ValidName(s string, runesMax int) bool { return validName(s, runesMax) }

func validName[T string | []byte](s T, runesMax int) bool {
	return !hasControl(s, false) && (len(s) <= runesMax || utf8.RuneCountInString(string(s)) <= runesMax)
}

// hasControl looks for characters of Unicode's class Cc. In running text tab,
// line feed and carriage return are none.
func hasControl[T string | []byte](s T, running bool) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= ' ' && c < 0x7F:
		case c == 0x7F:
			return true
		case c < ' ':
			if !running || c != '\t' && c != '\n' && c != '\r' {
				return true
			}
		case c == 0xC2 && i+1 < len(s) && s[i+1] < 0xA0: // U+0080 to U+009F
			return true
		}
	}
	return false
}

// printable has spaces in the place of control characters. Without any it is b.
func printable(b []byte, running bool) []byte {
	if !hasControl(b, running) {
		return b
	}
	return bytes.Map(func(r rune) rune {
		switch {
		case running && (r == '\t' || r == '\n' || r == '\r'):
			return r
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, b)
}

// unquoted resolves the escapes of a string's inside. Halves of surrogate
// pairs that stand alone become U+FFFD.
func unquoted(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		c := raw[i]
		if c != '\\' {
			out = append(out, c)
			i++
			continue
		}
		switch c = raw[i+1]; c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			r := hexValue(raw[i+2 : i+6])
			i += 6
			if utf16.IsSurrogate(r) {
				low := rune(-1)
				if i+6 <= len(raw) && raw[i] == '\\' && raw[i+1] == 'u' {
					low = hexValue(raw[i+2 : i+6])
				}
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					i += 6
				}
			}
			out = utf8.AppendRune(out, r)
			continue
		}
		out = append(out, c)
		i += 2
	}
	return out
}
