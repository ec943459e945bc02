package mask

// How many digits stay readable.
const (
	keepPESEL   = 2
	keepNIP     = 3
	keepAccount = 4
	keepCard    = 4
	keepPhone   = 2
)

// Words that may stand right before the digits of a number.
const (
	prefixNone = iota
	prefixNumber
	prefixPhone
)

func prefixKind(word []byte) int {
	var buf [8]byte
	if len(word) > len(buf) {
		return prefixNone
	}
	for i, c := range word {
		buf[i] = c | 0x20
	}
	switch string(buf[:len(word)]) {
	case "pesel", "nip", "pl", "vat", "nrb", "iban", "karta":
		return prefixNumber
	case "tel", "telefon", "telefonu", "phone", "mobile", "kom", "gsm", "fax", "faks":
		return prefixPhone
	}
	return prefixNone
}

// number handles a run of digits.
func (s *scanner) number() {
	end := s.i
	for end < len(s.src) && isDigit(s.src[end]) {
		end++
	}
	if end < len(s.src) && isLetter(s.src[end]) {
		for end < len(s.src) && isAlnum(s.src[end]) {
			end++
		}
		if !s.hash(end) {
			s.i = end // part of an identifier
		}
		return
	}
	if s.isTail(end) || s.isFraction() {
		s.i = end
		return
	}
	if s.ksefToken(end) || s.nrb(end) || s.card(end) || s.pesel(end) || s.nip(end) || s.phone(end) {
		return
	}
	s.i = end
}

// isTail says that the run is what an earlier masking left readable.
func (s *scanner) isTail(end int) bool {
	return end-s.i <= keepAccount && s.i >= 3 && string(s.src[s.i-3:s.i]) == hidden
}

// isFraction says that the run are the decimals of a number.
func (s *scanner) isFraction() bool {
	return s.i >= 2 && s.src[s.i-1] == '.' && isDigit(s.src[s.i-2])
}

func (s *scanner) pesel(end int) bool {
	if end-s.i != 11 || !validPESEL(s.src[s.i:end]) {
		return false
	}
	s.stars(s.i, end, keepPESEL)
	return true
}

func validPESEL(digits []byte) bool {
	return weighted(digits, "13791379131")%10 == 0
}

// nip takes 5260250274, 526-025-02-74 and 526-02-50-274, also with spaces.
func (s *scanner) nip(end int) bool {
	if end-s.i != 10 {
		if end = s.grouped(end, "3322"); end == 0 {
			if end = s.grouped(s.runEnd(), "3223"); end == 0 {
				return false
			}
		}
	}
	var buf [10]byte
	digits := s.digits(buf[:0], s.i, end)
	if sum := weighted(digits[:9], "657234567") % 11; sum == 10 || byte(sum) != digits[9]-'0' {
		return false
	}
	s.stars(s.i, end, keepNIP)
	return true
}

// nrb takes a Polish account number without its country: 26 digits in one
// run, as 2-4-4-4-4-4-4 or as 2-8-16.
func (s *scanner) nrb(end int) bool {
	if end-s.i != 26 {
		if end-s.i != 2 {
			return false
		}
		run := end
		if end = s.grouped(run, "2444444"); end == 0 {
			if end = s.grouped(run, "28@"); end == 0 { // '@' is 16 above '0'
				return false
			}
		}
	}
	var buf [26]byte
	digits := s.digits(buf[:0], s.i, end)
	if remainder97(digits[2:], 'P', 'L', digits[0], digits[1]) != 1 {
		return false
	}
	s.stars(s.i, end, keepAccount)
	return true
}

// card takes numbers that pass Luhn and begin as cards do. The first digits
// matter: times in milliseconds have 13 digits, too.
func (s *scanner) card(end int) bool {
	switch n := end - s.i; {
	case n >= 13 && n <= 19:
	case n != 4:
		return false
	default:
		run := end
		for _, groups := range [...]string{"44443", "4444", "465", "464"} {
			if end = s.grouped(run, groups); end != 0 {
				break
			}
		}
		if end == 0 {
			return false
		}
	}
	var buf [19]byte
	digits := s.digits(buf[:0], s.i, end)
	if !cardForm(digits) || !luhn(digits) {
		return false
	}
	s.stars(s.i, end, keepCard)
	return true
}

func cardForm(d []byte) bool {
	switch len(d) {
	case 13:
		return d[0] == '4'
	case 14:
		return d[0] == '3' && (d[1] == '0' || d[1] == '6' || d[1] == '8' || d[1] == '9')
	case 15:
		return d[0] == '3' && (d[1] == '4' || d[1] == '7')
	}
	return d[0] >= '2' && d[0] <= '6'
}

func luhn(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// iban takes an account number with its country, grouped or not, at a word
// that starts with two letters and two digits.
func (s *scanner) iban() bool {
	if s.i+4 > len(s.src) || !isLetter(s.src[s.i+1]) || !isDigit(s.src[s.i+2]) || !isDigit(s.src[s.i+3]) {
		return false
	}
	head := [4]byte{s.src[s.i] &^ 0x20, s.src[s.i+1] &^ 0x20, s.src[s.i+2], s.src[s.i+3]}
	length, ok := ibanLengths[string(head[:2])]
	if !ok {
		return false
	}
	var buf [34]byte
	body := buf[:0]
	end := s.i + 4
	for ; len(body) < length-4; end++ {
		if end == len(s.src) {
			return false
		}
		c := s.src[end]
		if c == ' ' || c == '-' {
			if end+1 < len(s.src) && isAlnum(s.src[end+1]) {
				continue
			}
			return false
		}
		if !isAlnum(c) {
			return false
		}
		body = append(body, c)
	}
	if end < len(s.src) && isAlnum(s.src[end]) || remainder97(body, head[:]...) != 1 {
		return false
	}
	s.stars(s.i, end, keepAccount)
	return true
}

// remainder97 reads body and then tail as ISO 7064 does, letters as 10 to 35.
func remainder97(body []byte, tail ...byte) int {
	r := 0
	for _, part := range [...][]byte{body, tail} {
		for _, c := range part {
			if isDigit(c) {
				r = (r*10 + int(c-'0')) % 97
			} else {
				r = (r*100 + int(c|0x20-'a') + 10) % 97
			}
		}
	}
	return r
}

// grouped matches digit groups of the lengths given, each '0' + length, with
// the same separator between them, a space or a dash. The first group ends at
// run. It returns where the last group ends, or 0.
func (s *scanner) grouped(run int, groups string) int {
	if run-s.i != int(groups[0]-'0') || run >= len(s.src) {
		return 0
	}
	sep := s.src[run]
	if sep != ' ' && sep != '-' {
		return 0
	}
	end := run
	for _, g := range []byte(groups[1:]) {
		if end >= len(s.src) || s.src[end] != sep {
			return 0
		}
		from := end + 1
		for end = from; end < len(s.src) && isDigit(s.src[end]) && end-from <= int(g-'0'); end++ {
		}
		if end-from != int(g-'0') {
			return 0
		}
	}
	if end < len(s.src) && isLetter(s.src[end]) {
		return 0
	}
	return end
}

// runEnd is the end of the digits at the scanner's place.
func (s *scanner) runEnd() int {
	end := s.i
	for end < len(s.src) && isDigit(s.src[end]) {
		end++
	}
	return end
}

// digits appends the digits of src[from:to].
func (s *scanner) digits(dst []byte, from, to int) []byte {
	for _, c := range s.src[from:to] {
		if isDigit(c) {
			dst = append(dst, c)
		}
	}
	return dst
}

func weighted(digits []byte, weights string) int {
	sum := 0
	for i, c := range digits {
		sum += int(c-'0') * int(weights[i]-'0')
	}
	return sum
}

// ibanLengths holds the length of account numbers by country.
var ibanLengths = map[string]int{
	"AD": 24, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20,
	"ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "HR": 21,
	"HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27,
	"MD": 24, "ME": 22, "MK": 19, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "RS": 22,
	"SE": 24, "SI": 19, "SK": 24, "SM": 27, "TR": 26, "UA": 29, "VA": 22, "XK": 20,
}
