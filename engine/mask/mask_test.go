package mask

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

// The vectors of 5.13, and what stands around numbers in real messages.
func TestTextMasksNumbersWithAValidChecksum(t *testing.T) {
	t.Parallel()
	f := func(in, want string) {
		t.Helper()
		assert.Equal(t, want, Text(in))
		assert.Equal(t, want, Text(want), "masking twice")
	}
	f("44051401359", "*********59")
	f("12345678901", "12345678901")
	f("PL61109010140000071219812874", "************************2874")
	f("61109010140000071219812874", "**********************2874")
	f("61 1090 1014 0000 0712 1981 2874 ok", "** **** **** **** **** **** 2874 ok")
	f("PL 61 1090 1014 0000 0712 1981 2874", "PL ** **** **** **** **** **** 2874")
	f("IBAN PL61 1090 1014 0000 0712 1981 2874.", "IBAN **** **** **** **** **** **** 2874.")
	f("DE89 3704 0044 0532 0130 00, Köln", "**** **** **** **** **30 00, Köln")
	f("PL61109010140000071219812875", "PL61109010140000071219812875")

	f("PESEL 44051401359 niepoprawny", "PESEL *********59 niepoprawny")
	f("PESEL: 44051401359", "PESEL: *********59")
	f("PESEL44051401359", "PESEL*********59")
	f("„44051401359”, ł44051401359", "„*********59”, ł*********59")
	f(`{\"id\":\"44051401359\",\n44051401359}`, `{\"id\":\"*********59\",\n*********59}`)
	f("PIT-11_44051401359.pdf", "PIT-11_*********59.pdf")
	f("**44051401359**", "***********59**")

	f("NIP 5260250274", "NIP *******274")
	f("526-025-02-74 526-02-50-274", "***-***-*2-74 ***-**-**-274")
	f("VAT PL5260250274", "VAT PL*******274")
	f("nip=5260250275", "nip=***")
	f("5260250275", "5260250275")

	f("karta 4111 1111 1111 1111!", "karta **** **** **** 1111!")
	f("4111111111111111", "************1111")
	f("378282246310005", "***********0005")
	f("4111111111111112", "4111111111111112")
}

func TestTextLeavesInvoicesTimesAmountsAndIdsAlone(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "FV/2026/11/000123", "FV 12/2026", "2026-11-23T14:00:00.000Z", "kwota 1 234 567,89 zł",
		"1 600 100 200", "600 100 200 zł", "550e8400-e29b-41d4-a716-446655440000", "exec-1763992800123",
		"email: required", "password is too short", "unexpected token < in JSON at position 0", "step 3 of 12",
		"Bearer token missing", "bearer authentication required", "root@localhost", "lodash@4.17.21",
		"0.44051401359", "http://127.0.0.1:8080/api/x", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"20250826-SO-1234567890-ABCDEF1234-01", "maxTokens: 100", "C:\\temp\\new", "1763992800123", "zażółć gęślą jaźń",
	} {
		assert.Equal(t, s, Text(s))
	}
}

func TestTextMasksAddressesAndPhones(t *testing.T) {
	t.Parallel()
	f := func(in, want string) {
		t.Helper()
		assert.Equal(t, want, Text(in))
		assert.Equal(t, want, Text(want), "masking twice")
	}
	f("a@d.pl", "a***@d***.pl")
	f("do <anna.nowak+x@biuro.example.pl>.", "do <a***@b***.pl>.")
	f("Kontakt: jan@firma.pl.", "Kontakt: j***@f***.pl.")
	f("email: jan@firma.pl", "email: j***@f***.pl")
	f("źrebię@żółw.pl", "ź***@ż***.pl")
	f("a@b.pl@c.pl", "a***@b***.p***@c***.pl")

	f("+48 600 100 200", "+** *** *** *00")
	f("+48600100200", "+*********00")
	f("(+48) 22 123 45 67", "(+**) ** *** ** 67")
	f("0048600100200", "***********00")
	f("tel. 22 123 45 67", "tel. ** *** ** 67")
	f("tel.:221234567", "tel.:*******67")
	f("600-100-200", "***-***-*00")
	f("dzwoń 600 100 200", "dzwoń *** *** *00")
	f("+491701234567", "+**********67")
}

func TestTextMasksSecrets(t *testing.T) {
	t.Parallel()
	f := func(in, want string) {
		t.Helper()
		assert.Equal(t, want, Text(in))
		assert.Equal(t, want, Text(want), "masking twice")
	}
	f("password=hunter2 user=jan", "password=*** user=jan")
	f("PASSWORD: hunter2", "PASSWORD: ***")
	f("hasło='tajne słowo' x", "hasło='***' x")
	f(`{"client_secret": "abc"`, `{"client_secret": "***"`)
	f(`{\"haslo\":\"abc\",\"x\":1}`, `{\"haslo\":\"***\",\"x\":1}`)
	f("GET /x?access_token=abc&y=1", "GET /x?access_token=***&y=1")
	f("Authorization: Bearer abc def", "Authorization: ***")
	f(`curl -H "Authorization: Basic dXNlcg==" https://x`, `curl -H "Authorization: ***" https://x`)
	f("sent Bearer abcdefgh12345678", "sent Bearer ***")
	f("jwt eyJhbGciOi.eyJzdWIi.SflKxw end", "jwt *** end")
	f("key fw_0193aabbccddeeff_abcdefghijklmnop", "key fw_***")
	f("postgres://app:s3cret@db:5432/x", "postgres://app:***@db:5432/x")
	f("token 20251010-EC-0123456789-0123456789-01|nip-5260250274|0a1b end", "token *** end")
	f("T "+strings.Repeat("0A1B", 16), "T ***")
	f("nazwisko: Kowalska-Nowak Anna; krok 3", "nazwisko: ***; krok 3")
	f("imie=Jan krok=3", "imie=*** krok=3")
	f("pesel: 12345678901", "pesel: ***")
	f(`{"pesel":44051401359}`, `{"pesel":"***"}`)
}

// Every prefix is seen by the quick look, too.
func TestEachSecretPrefixIsFoundInAPlainText(t *testing.T) {
	t.Parallel()
	for _, p := range secretPrefixes {
		in := "x " + p + strings.Repeat("abcd", 4)
		assert.Equal(t, "x "+p+hidden, Text(in))
	}
}

func TestKeysAreFoundWhateverTheirSpelling(t *testing.T) {
	t.Parallel()
	for _, key := range []string{
		"haslo", "Hasło", "HASŁO_UŻYTKOWNIKA", "noweHaslo", "user-password", "userpassword", "accessToken", "API_KEY", "x-api-key",
		"Authorization", "peselPracownika", "IMIĘ", "imieNazwisko", "Nazwisko panieńskie", "adres_zamieszkania",
		"wynagrodzenieBrutto", "kwota_netto", "kwotaNetto", "numer_rachunku", "klient.numer_konta", "IBANNumber",
		"phone1", "e_mail_adres", "baseSalary", "first_name", "date-of-birth", "session_id",
		strings.Repeat("bardzo.", 20) + "dlugi.pesel",
	} {
		assert.NotEqual(t, kindNone, keyKind([]byte(key)), key)
	}
	for _, key := range []string{
		"", "name", "id", "kwota", "kontoKsiegowe", "netto", "tokens", "promptTokens", "tokenizer", "status", "wymienione", "firma",
	} {
		assert.Equal(t, kindNone, keyKind([]byte(key)), key)
	}
}

// AC2.1e: first line, at most 200 characters, masked, no stack.
func TestPreviewIsTheFirstLineMaskedAndCut(t *testing.T) {
	t.Parallel()
	f := func(in, want string) {
		t.Helper()
		assert.Equal(t, want, Preview(in))
	}
	f("Błąd: PESEL 44051401359 odrzucony\n  at f (x.js:1)\n", "Błąd: PESEL *********59 odrzucony")
	f("\r\n\n  a\tb  \r\nc", "a b")
	f("", "")
	f("\n\n", "")
	f(strings.Repeat("ż", 200), strings.Repeat("ż", 200))
	f(strings.Repeat("ż", 201), strings.Repeat("ż", 199)+"…")
	f("\xffa", "\uFFFDa")
	f(strings.Repeat("x ", 1<<20), strings.Repeat("x ", 99)+"x…")
	f("password="+strings.Repeat("x", 1<<20), "password=***…")
}

func FuzzText(f *testing.F) {
	for _, s := range []string{
		"44051401359", "tel. 22 123 45 67", "a@b.pl@c.pl", "password=\"x\\\"", "Authorization: Bearer x\n", "[44051401359]",
		"20251010-EC-0123456789-0123456789-01|nip", "postgres://a:b@c", "PL61 1090 1014 0000 0712 1981 2874", "\\u0105\\n4",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Text(s)
		if twice := Text(once); twice != once {
			t.Fatalf("not stable:\n%q\n%q\n%q", s, once, twice)
		}
		if p := Preview(s); utf8.RuneCountInString(p) > PreviewRunesMax || strings.ContainsAny(p, "\r\n") {
			t.Fatalf("preview %q", p)
		}
	})
}
