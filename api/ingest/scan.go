package ingest

import (
	"encoding/binary"
	"math/bits"
)

// Depths of nesting: depthMax is what an event may have, itself counted;
// readableDepthMax is where the text counts as malformed, as in encoding/json.
const (
	depthMax         = 64
	readableDepthMax = 10_000
)

// kind is what a JSON value is; absent is the zero value.
type kind uint8

const (
	absent kind = iota
	null
	boolean
	number
	text
	array
	object
)

// value is the place of a JSON value in the scanner's data. A text has its
// quotes; escaped says that it has a backslash in it.
type value struct {
	start, end int
	kind       kind
	escaped    bool
}

// scanner reads JSON by the grammar of RFC 8259 and nothing more. Its methods
// expect at on the first byte of what they read, leave it behind the last, and
// report false when the grammar does not allow what they see.
type scanner struct {
	data    []byte
	at      int
	deepest int // of the containers seen so far, counted from the top of the body
}

// space moves past white space.
func (s *scanner) space() {
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// next moves past c if it is next.
func (s *scanner) next(c byte) bool {
	if s.at < len(s.data) && s.data[s.at] == c {
		s.at++
		return true
	}
	return false
}

// skip reads one value. depth is the number of containers around it.
func (s *scanner) skip(depth int) (value, bool) {
	v := value{start: s.at}
	if s.at >= len(s.data) {
		return v, false
	}
	ok := false
	switch c := s.data[s.at]; c {
	case '"':
		v.kind = text
		v.escaped, ok = s.text()
	case '{':
		v.kind = object
		ok = s.container(depth+1, '}')
	case '[':
		v.kind = array
		ok = s.container(depth+1, ']')
	case 't':
		v.kind, ok = boolean, s.literal("true")
	case 'f':
		v.kind, ok = boolean, s.literal("false")
	case 'n':
		v.kind, ok = null, s.literal("null")
	default:
		v.kind, ok = number, s.number()
	}
	v.end = s.at
	return v, ok
}

func (s *scanner) literal(word string) bool {
	if len(s.data)-s.at < len(word) || string(s.data[s.at:s.at+len(word)]) != word {
		return false
	}
	s.at += len(word)
	return true
}

// container reads an object or an array, the depth-th around its values.
func (s *scanner) container(depth int, end byte) bool {
	if depth > readableDepthMax {
		return false
	}
	s.deepest = max(s.deepest, depth)
	s.at++
	if s.space(); s.next(end) {
		return true
	}
	for {
		s.space()
		if end == '}' {
			if _, _, ok := s.key(); !ok {
				return false
			}
		}
		if _, ok := s.skip(depth); !ok {
			return false
		}
		s.space()
		if s.next(end) {
			return true
		}
		if !s.next(',') {
			return false
		}
	}
}

// key reads a member's name and the colon, up to its value. The name is
// without its quotes and with its escapes.
func (s *scanner) key() (name []byte, escaped, ok bool) {
	if s.at >= len(s.data) || s.data[s.at] != '"' {
		return nil, false, false
	}
	start := s.at + 1
	if escaped, ok = s.text(); !ok {
		return nil, false, false
	}
	name = s.data[start : s.at-1]
	if s.space(); !s.next(':') {
		return nil, false, false
	}
	s.space()
	return name, escaped, true
}

const (
	eachByte = 0x0101010101010101
	highBits = 0x8080808080808080
)

// text reads a string. It looks at eight bytes at a time: strings are most of
// what there is.
func (s *scanner) text() (escaped, ok bool) {
	d, i := s.data, s.at+1
	for {
		for i+8 <= len(d) {
			x := binary.LittleEndian.Uint64(d[i:])
			quote, slash := x^('"'*eachByte), x^('\\'*eachByte)
			found := ((quote-eachByte)&^quote | (slash-eachByte)&^slash | (x-' '*eachByte)&^x) & highBits
			if found != 0 {
				i += bits.TrailingZeros64(found) / 8
				break
			}
			i += 8
		}
		if i >= len(d) {
			s.at = len(d)
			return false, false
		}
		switch c := d[i]; {
		case c == '"':
			s.at = i + 1
			return escaped, true
		case c == '\\':
			n := escapeLength(d[i:])
			if n == 0 {
				s.at = i
				return false, false
			}
			escaped = true
			i += n
		case c < ' ':
			s.at = i
			return false, false
		default:
			i++
		}
	}
}

// escapeLength is the length of the escape that b begins with, 0 if it is none.
func escapeLength(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(b) >= 6 && hexValue(b[2:6]) >= 0 {
			return 6
		}
	}
	return 0
}

// hexValue reads hexadecimal digits; -1 if one is none.
func hexValue(b []byte) rune {
	var r rune
	for _, c := range b {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

func (s *scanner) number() bool {
	s.next('-')
	switch {
	case s.next('0'):
	case !s.digits():
		return false
	}
	if s.next('.') && !s.digits() {
		return false
	}
	if s.next('e') || s.next('E') {
		if !s.next('+') {
			s.next('-')
		}
		return s.digits()
	}
	return true
}

// digits moves past at least one digit.
func (s *scanner) digits() bool {
	start := s.at
	for s.at < len(s.data) && '0' <= s.data[s.at] && s.data[s.at] <= '9' {
		s.at++
	}
	return s.at > start
}

// raw is the text of a value that was read.
func (s *scanner) raw(v value) []byte { return s.data[v.start:v.end] }

// textOf is the inside of a string, escapes resolved; it may alias the data.
func (s *scanner) textOf(v value) ([]byte, bool) {
	if v.kind != text {
		return nil, false
	}
	b := s.data[v.start+1 : v.end-1]
	if v.escaped {
		b = unquoted(b)
	}
	return b, true
}

// each calls fn with the elements of an array until it returns false. It
// reports whether v is an array and fn took all of it. The text was read
// before, so its grammar is known to be good.
func (s *scanner) each(v value, fn func(value) bool) bool {
	if v.kind != array {
		return false
	}
	inside := scanner{data: s.data[:v.end], at: v.start + 1}
	if inside.space(); inside.next(']') {
		return true
	}
	for {
		inside.space()
		if element, ok := inside.skip(0); !ok || !fn(element) {
			return false
		}
		if inside.space(); !inside.next(',') {
			return true
		}
	}
}

// eachMember is each for the members of an object.
func (s *scanner) eachMember(v value, fn func(name []byte, v value) bool) bool {
	inside := scanner{data: s.data[:v.end], at: v.start + 1}
	if inside.space(); inside.next('}') {
		return true
	}
	for {
		inside.space()
		name, escaped, ok := inside.key()
		if !ok {
			return false
		}
		if escaped {
			name = unquoted(name)
		}
		if member, ok := inside.skip(0); !ok || !fn(name, member) {
			return false
		}
		if inside.space(); !inside.next(',') {
			return true
		}
	}
}
