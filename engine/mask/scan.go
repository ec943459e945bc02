package mask

import "bytes"

// Classes of bytes, as far as the scanner tells them apart.
const (
	classOther  = iota
	classLetter // ASCII
	classDigit
	classHigh // part of a rune beyond ASCII
	classPlus
	classColon
	classEscape
)

var class = func() (t [256]uint8) {
	for c := 'a'; c <= 'z'; c++ {
		t[c], t[c-0x20] = classLetter, classLetter
	}
	for c := '0'; c <= '9'; c++ {
		t[c] = classDigit
	}
	for c := 0x80; c <= 0xFF; c++ {
		t[c] = classHigh
	}
	t['+'], t[':'], t['\\'] = classPlus, classColon, classEscape
	return t
}()

func isDigit(c byte) bool  { return class[c] == classDigit }
func isLetter(c byte) bool { return class[c] == classLetter }
func isAlnum(c byte) bool  { return class[c] == classLetter || class[c] == classDigit }

// scanner walks over a text once, from left to right. What it masks it puts
// into out; a text without findings is never copied.
//
// To stay linear, a look ahead is either bounded by a constant, or remembered
// (atom), or it ends with the position moving behind what was looked at.
type scanner struct {
	src   []byte
	rules *Rules
	out   []byte // the masked form of src[:done]
	done  int
	i     int
	atom  int // end of the atom that i is in; an address or a key is one atom
}

// pass masks what it finds in one walk. Without a finding it returns src.
func pass(src []byte, rules *Rules) (out []byte, changed bool) {
	s := scanner{src: src, rules: rules}
	for s.i < len(src) {
		switch class[src[s.i]] {
		case classLetter, classDigit, classHigh:
			s.word()
		case classPlus:
			if !s.plus() {
				s.i++
			}
		case classColon:
			if !s.userinfo() {
				s.i++
			}
		case classEscape:
			s.escape()
		default:
			s.i++
		}
	}
	if s.done == 0 {
		return src, false
	}
	out = append(s.out, src[s.done:]...)
	return out, !bytes.Equal(out, src)
}

// replace puts with in the place of src[from:to] and goes on behind it.
func (s *scanner) replace(from, to int, with string) {
	s.out = append(append(s.out, s.src[s.done:from]...), with...)
	s.done, s.i = to, to
}

// stars masks the letters and digits of src[from:to] but the last keep, so
// that length and grouping stay, and goes on behind it.
func (s *scanner) stars(from, to, keep int) {
	s.out = append(s.out, s.src[s.done:to]...)
	masked := s.out[len(s.out)-(to-from):]
	for i := len(masked) - 1; i >= 0; i-- {
		if !isAlnum(masked[i]) {
			continue
		}
		if keep > 0 {
			keep--
			continue
		}
		masked[i] = '*'
	}
	s.done, s.i = to, to
}

// escape steps over \n, \" or \u0105, as found in texts that quote JSON: the
// letter behind the backslash is not the start of a word.
func (s *scanner) escape() {
	s.i++
	if s.i == len(s.src) {
		return
	}
	switch s.src[s.i] {
	case 'u':
		if s.i+5 <= len(s.src) && allHex(s.src[s.i+1:s.i+5]) {
			s.i += 4
		}
		s.i++
	case 'n', 'r', 't', 'b', 'f', '"', '\\', '/':
		s.i++
	}
}

// word handles what starts with a letter or digit. It is called at the start
// of a run of ASCII letters and digits, or at a rune beyond ASCII.
func (s *scanner) word() {
	c := s.src[s.i]
	size := 1
	if class[c] == classHigh {
		var letter bool
		if size, letter = runeAt(s.src, s.i); !letter {
			s.i += size // a quote, a dash: the next word is one of its own
			return
		}
	}
	if s.i >= s.atom {
		s.atom = s.atomEnd(s.i)
		if s.mail() || s.called() || s.pair() || s.jwt() || s.prefixed() {
			return
		}
	}
	if class[c] == classHigh {
		s.i += size
		return
	}
	if isDigit(c) {
		s.number()
		return
	}
	end := s.i
	for end < len(s.src) && isAlnum(s.src[end]) {
		end++
	}
	if s.bearer(end) || s.iban() || s.hash(end) {
		return
	}
	letters := s.i
	for letters < end && isLetter(s.src[letters]) {
		letters++
	}
	if letters < end && prefixKind(s.src[s.i:letters]) != prefixNone {
		s.i = letters
		s.number()
		return
	}
	s.i = end
}

// atomEnd is the end of the longest run from i of what an address before its
// '@', or a key before its ':' consists of.
func (s *scanner) atomEnd(i int) int {
	for i < len(s.src) {
		c := s.src[i]
		if class[c] == classHigh {
			size, letter := runeAt(s.src, i)
			if !letter {
				return i
			}
			i += size
			continue
		}
		if !isAlnum(c) && c != '.' && c != '_' && c != '-' && c != '%' && c != '+' {
			return i
		}
		i++
	}
	return i
}

func allHex(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}
