package mask

import "unicode/utf8"

// keyClass says how the value of a key is treated in a text. In JSON every
// class but kindNone is replaced whole.
type keyClass uint8

const (
	kindNone   keyClass = iota
	kindSecret          // one word
	kindHeader          // up to the end of the line
	kindPerson          // may be several words
	kindNumber          // masked only where it holds a number or an address
)

// keys are folded: lower case, without diacritics and separators. A key is
// found whole, by one of its words, or by two neighbouring words.
var keys = map[string]keyClass{
	"haslo": kindSecret, "hasla": kindSecret, "password": kindSecret, "passwd": kindSecret, "pwd": kindSecret,
	"passphrase": kindSecret, "secret": kindSecret, "secrets": kindSecret, "sekret": kindSecret, "token": kindSecret,
	"apikey": kindSecret, "accesskey": kindSecret, "privatekey": kindSecret, "secretkey": kindSecret,
	"credential": kindSecret, "credentials": kindSecret, "jwt": kindSecret, "sessionid": kindSecret,
	"cvv": kindSecret, "cvc": kindSecret, "kluczapi": kindSecret, "kluczprywatny": kindSecret,

	"authorization": kindHeader, "cookie": kindHeader, "setcookie": kindHeader,

	"imie": kindPerson, "imiona": kindPerson, "nazwisko": kindPerson, "nazwiska": kindPerson,
	"firstname": kindPerson, "lastname": kindPerson, "middlename": kindPerson, "surname": kindPerson,
	"fullname": kindPerson, "givenname": kindPerson, "familyname": kindPerson, "imienazwisko": kindPerson,
	"adres": kindPerson, "adresy": kindPerson, "address": kindPerson, "addresses": kindPerson, "ulica": kindPerson,
	"street": kindPerson, "kodpocztowy": kindPerson, "postcode": kindPerson, "postalcode": kindPerson, "zipcode": kindPerson,
	"wynagrodzenie": kindPerson, "wynagrodzenia": kindPerson, "pensja": kindPerson, "placa": kindPerson,
	"zarobki": kindPerson, "salary": kindPerson, "salaries": kindPerson, "wage": kindPerson, "wages": kindPerson,
	"kwotanetto": kindPerson, "dataurodzenia": kindPerson, "urodzenia": kindPerson, "birthdate": kindPerson,
	"dateofbirth": kindPerson, "birthday": kindPerson, "dob": kindPerson,

	"pesel": kindNumber, "nip": kindNumber, "iban": kindNumber, "nrb": kindNumber, "rachunek": kindNumber,
	"rachunku": kindNumber, "rachunki": kindNumber, "numerkonta": kindNumber, "nrkonta": kindNumber,
	"kontobankowe": kindNumber, "bankaccount": kindNumber, "accountnumber": kindNumber, "accountno": kindNumber,
	"telefon": kindNumber, "telefony": kindNumber, "phone": kindNumber, "phones": kindNumber, "mobile": kindNumber,
	"tel": kindNumber, "komorka": kindNumber, "email": kindNumber, "emails": kindNumber, "mail": kindNumber,
	"numerkarty": kindNumber, "nrkarty": kindNumber, "cardnumber": kindNumber, "cardno": kindNumber,
	"paszport": kindNumber, "passport": kindNumber, "dowodosobisty": kindNumber, "nrdowodu": kindNumber,
	"numerdowodu": kindNumber, "seriadowodu": kindNumber, "idcard": kindNumber,
}

// stems are found inside a word, too: userpassword, peselpracownika.
var stems = [...]string{"password", "haslo", "secret", "apikey", "pesel", "nazwisko", "iban", "token", "wynagrodzeni"}

// keyKind tells whether what stands under key is to be hidden, whatever the
// key's case, diacritics, and way of joining words.
func keyKind(key []byte) keyClass {
	if len(key) > keyBytesMax {
		key = key[len(key)-keyBytesMax:] // in a.path.like.this the end counts
	}
	var w keyWords
	w.fold(key)
	if kind := keys[string(w.text[:w.n])]; kind != kindNone {
		return kind
	}
	for i := range w.count {
		from, to := w.bounds(i)
		if kind := keys[string(w.text[from:to])]; kind != kindNone {
			return kind
		}
		if i+1 < w.count {
			_, next := w.bounds(i + 1)
			if kind := keys[string(w.text[from:next])]; kind != kindNone {
				return kind
			}
		}
	}
	return w.stem()
}

// keyWords is a key folded, with the places where its words start.
type keyWords struct {
	text   [keyBytesMax]byte
	starts [keyBytesMax]uint8
	n      int
	count  int
}

// fold splits at separators, at digits and before capitals (fooBar, IBANNumber).
func (w *keyWords) fold(key []byte) {
	const none, lower, upper, digit = 0, 1, 2, 3
	last := none
	for i := 0; i < len(key); {
		c := key[i]
		size := 1
		if c >= utf8.RuneSelf {
			var r rune
			r, size = utf8.DecodeRune(key[i:])
			c = unaccented(r)
		}
		kind := none
		switch {
		case c >= 'a' && c <= 'z':
			kind = lower
		case c >= 'A' && c <= 'Z':
			kind = upper
		case c >= '0' && c <= '9':
			kind = digit
		}
		next := i + size
		i = next
		if kind == none {
			last = none
			continue
		}
		word := kind != last && (last != upper || kind != lower)
		if kind == upper && last == upper && next < len(key) && key[next] >= 'a' && key[next] <= 'z' {
			word = true
		}
		if word {
			w.starts[w.count] = uint8(w.n)
			w.count++
		}
		w.text[w.n] = c
		if kind == upper {
			w.text[w.n] = c | 0x20
		}
		w.n++
		last = kind
	}
}

func (w *keyWords) bounds(i int) (from, to int) {
	to = w.n
	if i+1 < w.count {
		to = int(w.starts[i+1])
	}
	return int(w.starts[i]), to
}

// stem looks for the stems. "tokens" is a number in the answers of language
// models, and stays.
func (w *keyWords) stem() keyClass {
	text := w.text[:w.n]
	for i, c := range text {
		switch c {
		case 'p', 'h', 's', 'a', 'n', 'i', 't', 'w':
		default:
			continue
		}
		for _, stem := range stems {
			rest := text[i:]
			if stem[0] != c || len(rest) < len(stem) || string(rest[:len(stem)]) != stem {
				continue
			}
			if stem == "token" && len(rest) > len(stem) {
				continue
			}
			if kind := keys[stem]; kind != kindNone {
				return kind
			}
			return kindPerson
		}
	}
	return kindNone
}

// unaccented gives the letter under a Polish diacritic, 0 for other runes.
func unaccented(r rune) byte {
	switch r {
	case 'ą':
		return 'a'
	case 'Ą':
		return 'A'
	case 'ć':
		return 'c'
	case 'Ć':
		return 'C'
	case 'ę':
		return 'e'
	case 'Ę':
		return 'E'
	case 'ł':
		return 'l'
	case 'Ł':
		return 'L'
	case 'ń':
		return 'n'
	case 'Ń':
		return 'N'
	case 'ó':
		return 'o'
	case 'Ó':
		return 'O'
	case 'ś':
		return 's'
	case 'Ś':
		return 'S'
	case 'ź', 'ż':
		return 'z'
	case 'Ź', 'Ż':
		return 'Z'
	}
	return 0
}
