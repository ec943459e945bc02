// Package gsm7 knows the default alphabet of text messages (3GPP TS 23.038): what it can say, what a message costs in it, and how to say the
// rest. It is pure.
package gsm7

import (
	"strings"
	"unicode"
	"unicode/utf16"
)

// PartMax is how much one message holds alone, in septets.
const PartMax = 160

// Of UCS-2, in units of 16 bits: how much a message holds alone, and in two parts.
const (
	WidePartMax     = 70
	WideTwoPartsMax = 2 * 67
)

const (
	basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	// extended characters cost two septets.
	extended = "^{}\\[~]|€\f"
)

// plainer is what is said in the place of characters that the alphabet lacks.
var plainer = func() map[rune]string {
	m := map[rune]string{
		'…': "...", '€': "EUR", '\u00a0': " ", '\u202f': " ", '\t': " ", '`': "'", '•': "-", '·': "-", '×': "x", '≥': ">=", '≤': "<=", 'œ': "oe", 'Œ': "OE",
	}
	for pair := range strings.FieldsSeq("ąa ćc ęe łl ńn óo śs źz żz ĄA ĆC ĘE ŁL ŃN ÓO ŚS ŹZ ŻZ áa âa ãa āa ăa čc ďd đd ěe êe ëe ēe ėe íi îi ïi īi ľl ĺl ňn ôo õo őo ōo " +
		"řr ŕr šs şs ťt ţt úu ûu ůu űu ūu ýy ÿy žz ÁA ÀA ÂA ÃA ĀA ĂA ČC ĎD ĐD ĚE ÈE ÊE ËE ÍI ÎI ÏI ĽL ŇN ÔO ÕO ŐO ÒO ŘR ŠS ŞS ŤT ŢT ÚU ÙU ÛU ŮU ŰU ÝY ŽZ çc " +
		"„\" ”\" “\" «\" »\" ‘' ’' ‚' –- —- ‑- −-") {
		runes := []rune(pair)
		m[runes[0]] = string(runes[1])
	}
	return m
}()

// Plain returns s in the alphabet: letters without their marks, quotes and dashes in their plain form, what nobody can say so as "?". Control
// characters, line ends among them, become spaces.
func Plain(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch known, ok := plainer[r]; {
		case ok:
			b.WriteString(known)
		case unicode.IsControl(r) || unicode.IsSpace(r):
			b.WriteByte(' ')
		case strings.ContainsRune(basic, r) || strings.ContainsRune(extended, r):
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r):
		default:
			b.WriteByte('?')
		}
	}
	return b.String()
}

// Septets is what s costs; ok is false where the alphabet cannot say it.
func Septets(s string) (n int, ok bool) {
	for _, r := range s {
		switch {
		case strings.ContainsRune(basic, r):
			n++
		case strings.ContainsRune(extended, r):
			n += 2
		default:
			return 0, false
		}
	}
	return n, true
}

// Units is what s costs in UCS-2.
func Units(s string) int { return len(utf16.Encode([]rune(s))) }
