package mask

// phoneDigits is the length of a Polish number without the country's 48.
const phoneDigits = 9

// plus handles +48 600 100 200 in any grouping, and +491701234567.
func (s *scanner) plus() bool {
	i := s.i + 1
	if i >= len(s.src) || !isDigit(s.src[i]) {
		return false
	}
	if i+2 < len(s.src) && s.src[i] == '4' && s.src[i+1] == '8' {
		if end := s.phoneEnd(i + 2); end != 0 {
			s.stars(s.i, end, keepPhone)
			return true
		}
	}
	end := i
	for end < len(s.src) && end-i <= 14 && isDigit(s.src[end]) {
		end++
	}
	if n := end - i; n < 10 || n > 13 || end < len(s.src) && isLetter(s.src[end]) {
		return false
	}
	s.stars(s.i, end, keepPhone)
	return true
}

// called handles the number behind "tel." and its like.
func (s *scanner) called() bool {
	i := s.i
	for i < s.atom && isLetter(s.src[i]) {
		i++
	}
	if prefixKind(s.src[s.i:i]) != prefixPhone {
		return false
	}
	for n := 0; n < 4 && i < len(s.src); n++ {
		if c := s.src[i]; c != ' ' && c != '.' && c != ':' && c != '=' && c != '(' {
			break
		}
		i++
	}
	if i >= len(s.src) || !isDigit(s.src[i]) {
		return false
	}
	end := s.phoneEnd(i)
	if end == 0 {
		return false
	}
	s.stars(i, end, keepPhone)
	return true
}

// phone handles numbers without a word before them: 0048…, and mobile numbers
// as 600 100 200 or 600-100-200. Amounts are grouped by spaces, too, so what
// goes on like one is left alone.
func (s *scanner) phone(run int) bool {
	if n := run - s.i; n >= 4 && string(s.src[s.i:s.i+4]) == "0048" {
		if end := s.phoneEnd(s.i + 4); end != 0 {
			s.stars(s.i, end, keepPhone)
			return true
		}
	}
	end := s.grouped(run, "333")
	if end == 0 || !mobilePrefix(s.src[s.i], s.src[s.i+1]) || s.continues(end) {
		return false
	}
	s.stars(s.i, end, keepPhone)
	return true
}

// continues says that more of a number stands before or behind the groups.
func (s *scanner) continues(end int) bool {
	if s.i >= 2 && (s.src[s.i-1] == ' ' || s.src[s.i-1] == '-') && isDigit(s.src[s.i-2]) {
		return true
	}
	if end+1 >= len(s.src) {
		return false
	}
	switch s.src[end] {
	case '.', ',', '-':
		return isDigit(s.src[end+1])
	case ' ':
		next := s.src[end+1]
		return isDigit(next) || next == 'z' || next == 'P' // zł, PLN
	}
	return false
}

// mobilePrefix knows the first two digits of Polish mobile numbers.
func mobilePrefix(a, b byte) bool {
	switch string([]byte{a, b}) {
	case "45", "50", "51", "53", "57", "60", "66", "69", "72", "73", "78", "79", "88":
		return true
	}
	return false
}

// phoneEnd reads nine digits from i, with at most two separators between any
// two, and returns where they end, or 0.
func (s *scanner) phoneEnd(i int) int {
	n, gap := 0, 0
	for ; i < len(s.src) && n < phoneDigits; i++ {
		switch c := s.src[i]; {
		case isDigit(c):
			n++
			gap = 0
		case c == ' ' || c == '-' || c == '.' || c == '(' || c == ')':
			if gap++; gap > 2 {
				return 0
			}
		default:
			return 0
		}
	}
	if n < phoneDigits || i < len(s.src) && isAlnum(s.src[i]) {
		return 0
	}
	return i
}
