package mask

import "bytes"

// keyBytesMax is the longest word that is looked up as a key.
const keyBytesMax = 64

// pair masks the value of key=value, key: value and "key":"value" when the
// atom at i is a sensitive key.
func (s *scanner) pair() bool {
	key := s.src[s.i:s.atom]
	if len(key) > keyBytesMax {
		return false
	}
	quote := byte(0)
	if s.i > 0 && (s.src[s.i-1] == '"' || s.src[s.i-1] == '\'') {
		quote = s.src[s.i-1]
	}
	from, spaced := s.valueStart(quote)
	if from == 0 {
		return false
	}
	kind := keyKind(key)
	if kind == kindNone && s.ownKey() {
		kind = kindPerson
	}
	if kind == kindNone {
		return false
	}
	from, to := s.valueRange(from, quote, spaced, kind)
	if to <= from || string(s.src[from:to]) == hidden {
		return false
	}
	s.replace(from, to, hidden)
	return true
}

// ownKey says that the atom, with the words before it, is a key of the organisation's own.
func (s *scanner) ownKey() bool {
	if s.rules == nil {
		return false
	}
	start := s.i
	for words := 1; !s.rules.hides(s.src[start:s.atom]); words++ {
		end := start - 1
		if words >= s.rules.wordsMax || end <= s.done || s.src[end] != ' ' {
			return false
		}
		start = end
		for start > s.done && (class[s.src[start-1]] == classLetter || class[s.src[start-1]] == classDigit || class[s.src[start-1]] == classHigh) {
			start--
		}
		if start == end || s.atom-start > keyBytesMax {
			return false
		}
	}
	return true
}

// valueStart finds the value behind the atom, within a few bytes: after a
// closing quote, spaces, '=' or ':', more spaces. 0 means there is none.
func (s *scanner) valueStart(quote byte) (from int, spaced bool) {
	i := s.atom
	if i < len(s.src) && s.src[i] == '\\' {
		i++ // \" in a text that quotes JSON
	}
	if i < len(s.src) && (s.src[i] == '"' || s.src[i] == '\'') {
		i++
	}
	i = s.skipSpaces(i)
	if i >= len(s.src) || s.src[i] != '=' && s.src[i] != ':' {
		return 0, false
	}
	colon := s.src[i] == ':'
	if colon && i+2 < len(s.src) && s.src[i+1] == '/' && s.src[i+2] == '/' {
		return 0, false // a scheme
	}
	i++
	if i < len(s.src) && (s.src[i] == '=' || s.src[i] == '>') {
		i++
	}
	from = s.skipSpaces(i)
	return from, colon && from > i
}

func (s *scanner) skipSpaces(i int) int {
	const spacesMax = 4
	for n := 0; n < spacesMax && i < len(s.src) && (s.src[i] == ' ' || s.src[i] == '\t'); n++ {
		i++
	}
	return i
}

// valueRange is the value that starts at from, without its quotes. An empty
// range means that it stays.
func (s *scanner) valueRange(from int, quote byte, spaced bool, kind keyClass) (int, int) {
	if from >= len(s.src) {
		return from, from
	}
	open := s.src[from]
	if open == '\\' && from+1 < len(s.src) && s.src[from+1] == '"' {
		return from + 2, s.until(from+2, "\\\"")
	}
	if open == '"' || open == '\'' {
		return from + 1, s.quotedEnd(from+1, open)
	}
	switch {
	case kind == kindHeader && quote != 0:
		return from, s.until(from, string(rune(quote))+"\r\n")
	case kind == kindHeader:
		return from, s.until(from, "\"'\r\n")
	case kind == kindNumber:
		return from, s.numberEnd(from)
	case kind == kindPerson && spaced:
		return from, s.until(from, ",;|\"<>(){}[]\t\r\n")
	default:
		return from, s.until(from, " ,;|&\"'<>)}]\t\r\n")
	}
}

// quotedEnd is where the quote that closes a value stands, or the line ends.
func (s *scanner) quotedEnd(from int, quote byte) int {
	to := from
	for to < len(s.src) && s.src[to] != quote && s.src[to] != '\n' {
		if s.src[to] == '\\' {
			to++
		}
		to++
	}
	return min(to, len(s.src))
}

func (s *scanner) until(from int, stops string) int {
	if n := bytes.IndexAny(s.src[from:], stops); n >= 0 {
		return from + n
	}
	return len(s.src)
}

// numberEnd takes a value that holds a digit or '@' and that the patterns for
// numbers would not recognise by themselves; "email: required" stays.
func (s *scanner) numberEnd(from int) int {
	const valueBytesMax = 64
	to, telling := from, false
	for to < len(s.src) && to-from < valueBytesMax && bytes.IndexByte([]byte(" ,;|&\"'<>)}]:=\t\r\n"), s.src[to]) < 0 {
		telling = telling || isDigit(s.src[to]) || s.src[to] == '@'
		to++
	}
	if !telling || bytes.Contains(s.src[from:to], []byte(hidden)) {
		return from
	}
	window := s.src[from:min(len(s.src), from+valueBytesMax)]
	if recognised(window) {
		return from
	}
	for to+1 < len(s.src) && (s.src[to] == ' ' || s.src[to] == '-') && isDigit(s.src[to+1]) {
		for to++; to < len(s.src) && isDigit(s.src[to]); to++ {
		}
	}
	return to
}

// recognised says that a pattern masks what window begins with.
func recognised(window []byte) bool {
	s := scanner{src: window}
	s.atom = s.atomEnd(0)
	switch {
	case s.mail():
	case window[0] == '+':
		return s.plus()
	case isDigit(window[0]):
		s.number()
	case isLetter(window[0]):
		s.atom = len(window)
		s.word()
	}
	return s.done > 0
}
