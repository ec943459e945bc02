package mask

import (
	"unicode/utf16"
	"unicode/utf8"
)

// unquote decodes the escapes of a valid JSON string's content into new
// memory. Halves of surrogate pairs become U+FFFD.
func unquote(content []byte) []byte {
	out := make([]byte, 0, len(content))
	for i := 0; i < len(content); i++ {
		c := content[i]
		if c != '\\' {
			out = append(out, c)
			continue
		}
		i++
		switch content[i] {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r := hexRune(content[i+1:])
			i += 4
			if utf16.IsSurrogate(r) {
				pair := rune(utf8.RuneError)
				if i+6 < len(content) && content[i+1] == '\\' && content[i+2] == 'u' {
					pair = utf16.DecodeRune(r, hexRune(content[i+3:]))
				}
				if r = pair; r != utf8.RuneError {
					i += 6
				}
			}
			out = utf8.AppendRune(out, r)
		default: // a quote, backslash or slash stands for itself
			out = append(out, content[i])
		}
	}
	return out
}

func hexRune(digits []byte) rune {
	var r rune
	for _, c := range digits[:4] {
		d := rune(c - '0')
		if !isDigit(c) {
			d = rune(c|0x20-'a') + 10
		}
		r = r<<4 | d
	}
	return r
}

// appendQuoted appends text as a JSON string.
func appendQuoted(dst, text []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
