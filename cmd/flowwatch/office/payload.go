package office

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
)

// payload is what kind of data goes into a step and comes out of it.
type payload uint8

const (
	document payload = iota
	party
	amounts
	entries
	transfers
	employees
)

type object map[string]any

// input invents what goes into a step of a client.
func (p payload) input(r *rand.Rand, client string) json.RawMessage {
	in := object{"klient": client}
	switch p {
	case document:
		in["dokument"], in["strony"] = invoiceNumber(r), 1+r.IntN(6)
	case party:
		in["nip"], in["kontakt"] = nip(r), object{"osoba": person(r), "email": fmt.Sprintf("biuro%d@klient.example", r.IntN(1000))}
	case amounts:
		in["okres"], in["pozycje"] = "2026-11", 3+r.IntN(240)
	case entries:
		in["dowod"], in["netto"], in["vat"] = invoiceNumber(r), zloty(r), "23%"
	case transfers:
		in["rachunek"], in["kwota"], in["tytul"] = account(r), zloty(r), "Zapłata za "+invoiceNumber(r)
	case employees:
		in["pracownicy"] = []object{
			{"imie": person(r), "pesel": pesel(r), "etat": 1, "brutto": zloty(r)},
			{"imie": person(r), "pesel": pesel(r), "etat": 0.5, "brutto": zloty(r)},
		}
	}
	return encoded(in)
}

// output invents what comes out of a step that worked.
func (p payload) output(r *rand.Rand) json.RawMessage {
	switch p {
	case document:
		return encoded(object{"plik": fmt.Sprintf("dok-%06d.xml", r.IntN(1_000_000)), "rozmiarKb": 4 + r.IntN(900), "poprawny": true})
	case party:
		return encoded(object{"statusVat": "czynny", "nip": nip(r), "rachunek": account(r)})
	case amounts:
		return encoded(object{"razem": zloty(r), "pozycje": 3 + r.IntN(240), "waluta": "PLN"})
	case entries:
		return encoded(object{"dekrety": []object{
			{"konto": fmt.Sprintf("40%d-0%d", r.IntN(9), 1+r.IntN(9)), "strona": "Wn", "kwota": zloty(r)},
			{"konto": "202-" + fmt.Sprintf("%04d", r.IntN(10_000)), "strona": "Ma", "kwota": zloty(r)},
		}})
	case transfers:
		return encoded(object{"status": "przyjęto", "numerBanku": fmt.Sprintf("PK%07d", r.IntN(10_000_000)), "kwota": zloty(r)})
	case employees:
		return encoded(object{"osoby": 2 + r.IntN(40), "brutto": zloty(r), "doWyplaty": zloty(r)})
	}
	panic(fmt.Sprintf("BUG: payload %d", p))
}

func invoiceNumber(r *rand.Rand) string { return fmt.Sprintf("FV/2026/11/%04d", 1+r.IntN(9999)) }

func zloty(r *rand.Rand) string { return fmt.Sprintf("%d.%02d", 100+r.IntN(48_000), r.IntN(100)) }
