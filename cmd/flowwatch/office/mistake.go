package office

import (
	"encoding/json"
	"strings"

	"flowwatch/api/ingest"
)

// mistake is how an attempt of a step fails. Its texts are what an office would read; the stack is only for developers.
type mistake struct {
	Type    string `json:"type"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Stack   string `json:"stack,omitempty"`
}

// raw is the mistake as an event carries it.
func (m *mistake) raw() json.RawMessage { return encoded(m) }

// text is a JSON string.
func text(s string) json.RawMessage { return encoded(s) }

func encoded(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("BUG: invented data are no JSON: " + err.Error())
	}
	return raw
}

var (
	ksefMistakes = []mistake{
		{Type: "KsefError", Code: "KSEF-440", Message: "KSeF: duplikat faktury, numer KSeF już nadano"},
		{Type: "KsefTimeout", Code: "KSEF-504", Message: "KSeF nie odpowiedział w ciągu 30 s"},
		{Type: "KsefError", Code: "KSEF-315", Message: "KSeF: token sesji wygasł, wymagane ponowne uwierzytelnienie"},
	}
	readingMistakes = []mistake{
		{Type: "OcrError", Code: "OCR-LOW", Message: "Skan nieczytelny: pewność odczytu 41 %, wymagane 75 %"},
		{Type: "OcrError", Code: "OCR-PDF", Message: "Plik PDF jest zabezpieczony hasłem"},
	}
	invoiceMistakes = []mistake{
		{Type: "ValidationError", Code: "FV-NIP", Message: "NIP sprzedawcy nie istnieje w rejestrze VAT"},
		{Type: "ValidationError", Code: "FV-SUM", Message: "Suma pozycji (12 300,00 zł) nie zgadza się z kwotą brutto (12 330,00 zł)"},
	}
	ledgerMistakes = []mistake{
		{
			Type: "LedgerError", Code: "FK-OKRES", Message: "Okres księgowy 2026-10 jest zamknięty dla konta 402-01",
			Stack: "LedgerError: okres zamknięty\n  at Posting.post (ledger/posting.ts:118)\n  at Step.run (worker/step.ts:64)",
		},
		{Type: "LedgerError", Code: "FK-BILANS", Message: "Dowód nie bilansuje się: Wn 4 812,40 zł, Ma 4 812,04 zł"},
	}
	whitelistMistakes = []mistake{
		{Type: "WhitelistError", Code: "WL-404", Message: "Rachunku kontrahenta nie ma na białej liście podatników VAT"},
		{Type: "WhitelistTimeout", Code: "WL-503", Message: "Wykaz podatników VAT jest chwilowo niedostępny"},
	}
	bankMistakes = []mistake{
		{Type: "BankTimeout", Code: "BANK-504", Message: "Przekroczono czas oczekiwania na odpowiedź banku (30 s)"},
		{Type: "BankError", Code: "BANK-LIMIT", Message: "Bank odrzucił paczkę: przekroczony dzienny limit przelewów"},
	}
	jpkMistakes = []mistake{
		{Type: "SchemaError", Code: "JPK-XSD", Message: "JPK_V7M(3): pole P_38 nie zgadza się z sumą ewidencji sprzedaży"},
		{Type: "SchemaError", Code: "JPK-GTU", Message: "JPK_V7M(3): nieznane oznaczenie GTU_14 w wierszu 217"},
	}
	gatewayMistakes = []mistake{
		{Type: "GatewayTimeout", Code: "MF-300", Message: "Bramka MF: dokument w trakcie przetwarzania, brak UPO po 120 s"},
		{Type: "GatewayError", Code: "MF-414", Message: "Bramka MF odrzuciła dokument: certyfikat podpisu wygasł"},
	}
	payrollMistakes = []mistake{
		{Type: "PayrollError", Code: "KP-ETAT", Message: "Brak wymiaru etatu w umowie dwóch pracowników"},
	}
	zusMistakes = []mistake{
		{Type: "ZusError", Code: "ZUS-DRA", Message: "ZUS PUE: deklaracja DRA zawiera błąd krytyczny w bloku IV"},
		{Type: "ZusTimeout", Code: "ZUS-503", Message: "ZUS PUE: usługa niedostępna, przerwa techniczna"},
	}
	mailMistakes = []mistake{
		{Type: "MailError", Code: "SMTP-451", Message: "Serwer poczty odroczył doręczenie: 451 spróbuj później"},
	}
	closingMistakes = []mistake{
		{Type: "ClosingError", Code: "ZM-BRAK", Message: "Brakuje 3 wyciągów bankowych za zamykany miesiąc"},
		{Type: "ClosingError", Code: "ZM-RÓŻNICA", Message: "Saldo konta 131 różni się od wyciągu o 0,36 zł"},
	}
)

// failed is an event that carries the mistake.
func (m *mistake) failed(e ingest.Event) ingest.Event {
	e.Error = m.raw()
	return e
}

// timeout says that somebody else was too slow.
func (m *mistake) timeout() bool { return strings.HasSuffix(m.Type, "Timeout") }
