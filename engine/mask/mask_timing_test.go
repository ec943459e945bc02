package mask

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

const cleanJSON = `{"invoiceId":"FV/2026/11/000123","period":"2026-11","amounts":{"net":1234.5,"vat":283.94,"gross":1518.44},
"rows":[{"lp":1,"opis":"Usługa księgowa","ilosc":1,"stawka":"23%"},{"lp":2,"opis":"Obsługa kadrowa","ilosc":12,"stawka":"23%"}],
"checks":{"xsd":true,"gtu":["GTU_12"],"createdBy":"n8n","attempt":2},"note":"bez uwag, proces zakończony poprawnie"}`

const dirtyJSON = `{"klient":{"imie":"Anna","nazwisko":"Nowak","pesel":"44051401359"},"konto":"PL61 1090 1014 0000 0712 1981 2874",
"kontakt":"anna.nowak@biuro.example.pl, tel. 22 123 45 67","headers":{"Authorization":"Bearer abcdef123456"},"kwota":1518.44,
"wiadomosc":"Odrzucono PESEL 44051401359 w wierszu 7: \"NIP 526-025-02-74\""}`

func BenchmarkJSON(b *testing.B) {
	for name, raw := range map[string]string{
		"clean": cleanJSON, "dirty": dirtyJSON, "base64": `{"xml":"` + strings.Repeat("QUJDREVGR0hJSktMTU5PUA", 1000) + `"}`,
	} {
		b.Run(name, func(b *testing.B) {
			in := []byte(raw)
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				JSON(in)
			}
		})
	}
}

func BenchmarkPreview(b *testing.B) {
	for name, s := range map[string]string{
		"clean": "Przekroczono limit czasu połączenia z bramką (próba 3)\n  at x",
		"dirty": "Walidacja XML: PESEL 44051401359 klienta anna@example.pl\n  at x",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Preview(s)
			}
		})
	}
}

// Crafted texts cost what their length costs: each of these once took a look
// ahead to the end at every step.
func TestWorkIsLinearInTheLength(t *testing.T) {
	const sizeBytes = 256 << 10 // the longest payload that is kept
	for _, unit := range []string{
		"email:", "email: 1", "eyJ-", "eyJ.", "Bearer ", "://", "://a:", "a@", "a@b.", "x@y.pl@", "12-", "1 ", "44051401359 ", "tel. ", "+48 ",
		"password=", "password:\"", "authorization:", "20251010-EC-0123456789-0123456789-01|", "PL61 ", "\\", "\"", "[", "[\"", "{\"a\":",
		"fw_", "600 100 ", "ż", "–", "imie: ", "AAAA",
	} {
		in := strings.Repeat(unit, sizeBytes/len(unit))
		started := time.Now()
		Text(in)
		JSON([]byte(in))
		assert.Less(t, time.Since(started), 5*time.Second, unit)
	}
}
