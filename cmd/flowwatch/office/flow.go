package office

import (
	"time"

	"flowwatch/api/ingest"
)

// flow is one workflow of the office. Its tasks stand in an order in which none comes before what it depends on.
type flow struct {
	id, name string
	prefix   string // of its executions' ids
	weight   int    // how often it comes, beside the others
	due      int    // day of the month that it has to be done by; 0: no deadline
	tags     []string
	tasks    []task
}

// task is one step of a flow.
type task struct {
	id, name string
	after    []string      // nil: the task before it; empty: none
	typical  time.Duration // most executions need something like this
	flaky    float64       // how often one attempt fails
	mistakes []mistake     // what a failed attempt says; one of them
	approval float64       // how often a person has to say yes
	optional float64       // how often it is skipped
	data     payload
}

// Workflow describes an invented workflow, for those who declare it.
type Workflow struct {
	ID, Name string
	Steps    []ingest.EventStep
	Expected time.Duration // along the longest chain of steps, without waiting
}

// Workflows lists all that an office has.
func Workflows() []Workflow {
	all := make([]Workflow, len(flows))
	for i := range flows {
		f := &flows[i]
		all[i] = Workflow{ID: f.id, Name: f.name, Steps: f.steps(), Expected: f.expected()}
	}
	return all
}

// steps is the flow's plan as engines declare it.
func (f *flow) steps() []ingest.EventStep {
	steps := make([]ingest.EventStep, len(f.tasks))
	for i := range f.tasks {
		steps[i] = ingest.EventStep{StepID: f.tasks[i].id, Name: f.tasks[i].name, DependsOn: f.needs(i)}
	}
	return steps
}

// needs lists what task i waits for.
func (f *flow) needs(i int) []string {
	if f.tasks[i].after != nil {
		return f.tasks[i].after
	}
	if i == 0 {
		return nil
	}
	return []string{f.tasks[i-1].id}
}

func (f *flow) expected() (longest time.Duration) {
	ends := map[string]time.Duration{}
	for i := range f.tasks {
		var begins time.Duration
		for _, id := range f.needs(i) {
			begins = max(begins, ends[id])
		}
		ends[f.tasks[i].id] = begins + f.tasks[i].typical
		longest = max(longest, ends[f.tasks[i].id])
	}
	return longest
}

const second = time.Second

// flows is what the office does.
var flows = []flow{
	{id: "invoice-processing", name: "Przetwarzanie faktur", prefix: "fv", weight: 30, tags: []string{"KSeF"}, tasks: []task{
		{id: "odbior", name: "Odbiór z KSeF", typical: 3 * second, flaky: 0.04, mistakes: ksefMistakes, data: document},
		{id: "ocr", name: "Odczyt załączników", typical: 8 * second, flaky: 0.02, mistakes: readingMistakes, data: document},
		{id: "walidacja", name: "Sprawdzenie NIP i kwot", typical: 4 * second, flaky: 0.02, mistakes: invoiceMistakes, data: party},
		{id: "dekretacja", name: "Dekretacja", typical: 6 * second, data: entries},
		{id: "akceptacja", name: "Akceptacja kosztu", typical: 2 * second, approval: 0.2, optional: 0.5, data: amounts},
		{id: "ksiegowanie", name: "Księgowanie", typical: 5 * second, flaky: 0.03, mistakes: ledgerMistakes, data: entries},
		{id: "archiwum", name: "Archiwizacja", typical: 3 * second, data: document},
	}},
	{id: "month-end-closing", name: "Zamknięcie miesiąca", prefix: "zm", weight: 5, tags: []string{"zamknięcie"}, tasks: closing},
	{id: "payment-processing", name: "Realizacja płatności", prefix: "pl", weight: 16, tags: []string{"bank"}, tasks: []task{
		{id: "zobowiazania", name: "Zobowiązania do zapłaty", typical: 4 * second, data: amounts},
		{id: "biala-lista", name: "Weryfikacja na białej liście", typical: 5 * second, flaky: 0.05, mistakes: whitelistMistakes, data: party},
		{id: "paczka", name: "Przygotowanie paczki przelewów", typical: 4 * second, data: transfers},
		{id: "autoryzacja", name: "Autoryzacja przelewów", typical: 2 * second, approval: 0.5, data: amounts},
		{id: "wysylka", name: "Wysyłka do banku", typical: 6 * second, flaky: 0.06, mistakes: bankMistakes, data: transfers},
		{id: "potwierdzenie", name: "Potwierdzenia z banku", typical: 5 * second, data: transfers},
	}},
	{id: "jpk-generation", name: "Generowanie JPK_V7M", prefix: "jpk", weight: 9, due: 25, tags: []string{"JPK", "VAT"}, tasks: []task{
		{id: "ewidencja", name: "Zebranie ewidencji VAT", typical: 8 * second, data: amounts},
		{id: "sprzedaz", name: "Część sprzedażowa", after: []string{"ewidencja"}, typical: 10 * second, data: amounts},
		{id: "zakup", name: "Część zakupowa", after: []string{"ewidencja"}, typical: 12 * second, data: amounts},
		{id: "plik", name: "Budowa pliku XML", after: []string{"sprzedaz", "zakup"}, typical: 6 * second, data: document},
		{id: "walidacja", name: "Walidacja schematu", typical: 4 * second, flaky: 0.06, mistakes: jpkMistakes, data: document},
		{id: "podpis", name: "Podpis", typical: 2 * second, approval: 0.4, data: party},
		{id: "wysylka", name: "Wysyłka do bramki MF", typical: 7 * second, flaky: 0.06, mistakes: gatewayMistakes, data: document},
		{id: "upo", name: "Pobranie UPO", typical: 9 * second, flaky: 0.05, mistakes: gatewayMistakes, data: document},
	}},
	{id: "tax-filing", name: "Deklaracje podatkowe", prefix: "dek", weight: 8, due: 20, tags: []string{"PIT", "CIT"}, tasks: []task{
		{id: "dane", name: "Dane z ksiąg", typical: 6 * second, data: amounts},
		{id: "obliczenie", name: "Obliczenie podatku", typical: 8 * second, flaky: 0.02, mistakes: ledgerMistakes, data: amounts},
		{id: "kontrola", name: "Kontrola rachunkowa", typical: 5 * second, data: entries},
		{id: "podpis", name: "Podpis pełnomocnika", typical: 2 * second, approval: 0.5, data: party},
		{id: "wysylka", name: "Wysyłka e-Deklaracji", typical: 6 * second, flaky: 0.06, mistakes: gatewayMistakes, data: document},
		{id: "upo", name: "Pobranie UPO", typical: 8 * second, flaky: 0.03, mistakes: gatewayMistakes, data: document},
	}},
	{id: "payroll", name: "Lista płac", prefix: "lp", weight: 7, due: 10, tags: []string{"kadry", "ZUS"}, tasks: []task{
		{id: "czas-pracy", name: "Ewidencja czasu pracy", typical: 6 * second, data: employees},
		{id: "brutto", name: "Naliczenie brutto", typical: 8 * second, flaky: 0.02, mistakes: payrollMistakes, data: employees},
		{id: "zus", name: "Składki ZUS", after: []string{"brutto"}, typical: 7 * second, flaky: 0.04, mistakes: zusMistakes, data: employees},
		{id: "pit", name: "Zaliczki PIT-4", after: []string{"brutto"}, typical: 6 * second, data: employees},
		{id: "lista", name: "Lista płac", after: []string{"zus", "pit"}, typical: 4 * second, data: amounts},
		{id: "akceptacja", name: "Akceptacja listy", typical: 2 * second, approval: 0.6, data: amounts},
		{id: "przelewy", name: "Przelewy wynagrodzeń", typical: 6 * second, flaky: 0.04, mistakes: bankMistakes, data: transfers},
		{id: "paski", name: "Paski płacowe", typical: 4 * second, data: employees},
	}},
	{id: "document-approval", name: "Akceptacja dokumentów", prefix: "akc", weight: 12, tags: []string{"obieg"}, tasks: []task{
		{id: "rejestracja", name: "Rejestracja dokumentu", typical: 3 * second, data: document},
		{id: "obieg", name: "Wybór ścieżki obiegu", typical: 2 * second, data: document},
		{id: "kierownik", name: "Akceptacja kierownika", typical: 2 * second, approval: 0.9, data: amounts},
		{id: "ksiegowosc", name: "Akceptacja księgowości", typical: 2 * second, approval: 0.3, optional: 0.4, data: amounts},
		{id: "powiadomienie", name: "Powiadomienie klienta", typical: 3 * second, flaky: 0.03, mistakes: mailMistakes, data: party},
	}},
	{id: "document-classification", name: "Klasyfikacja dokumentów", prefix: "kl", weight: 22, tags: []string{"OCR"}, tasks: []task{
		{id: "pobranie", name: "Pobranie ze skrzynki", typical: 3 * second, flaky: 0.03, mistakes: mailMistakes, data: document},
		{id: "ocr", name: "Odczyt dokumentu", typical: 9 * second, flaky: 0.04, mistakes: readingMistakes, data: document},
		{id: "klasyfikacja", name: "Rozpoznanie rodzaju", typical: 4 * second, data: document},
		{id: "weryfikacja", name: "Weryfikacja ręczna", typical: 2 * second, approval: 0.3, optional: 0.7, data: document},
		{id: "przypisanie", name: "Przypisanie do klienta", typical: 3 * second, data: party},
	}},
}

// closing has twelve steps, of which up to five run beside each other.
var closing = []task{
	{id: "dokumenty", name: "Kompletność dokumentów", typical: 8 * second, flaky: 0.03, mistakes: closingMistakes, data: amounts},
	{id: "wyciagi", name: "Import wyciągów bankowych", after: []string{"dokumenty"}, typical: 12 * second, flaky: 0.05, mistakes: bankMistakes, data: transfers},
	{id: "sprzedaz", name: "Faktury sprzedaży", after: []string{"dokumenty"}, typical: 15 * second, data: amounts},
	{id: "zakup", name: "Faktury zakupu", after: []string{"dokumenty"}, typical: 18 * second, data: amounts},
	{id: "amortyzacja", name: "Amortyzacja", after: []string{"dokumenty"}, typical: 9 * second, data: entries},
	{id: "place", name: "Księgowanie płac", after: []string{"dokumenty"}, typical: 11 * second, data: employees},
	{id: "uzgodnienie-bank", name: "Uzgodnienie banku", after: []string{"wyciagi"}, typical: 10 * second, flaky: 0.04, mistakes: closingMistakes, data: amounts},
	{id: "uzgodnienie-vat", name: "Uzgodnienie VAT", after: []string{"sprzedaz", "zakup"}, typical: 9 * second, flaky: 0.03, mistakes: closingMistakes, data: amounts},
	{id: "rozliczenia", name: "Rozliczenia międzyokresowe", after: []string{"amortyzacja", "place"}, typical: 8 * second, data: entries},
	{
		id: "zestawienie", name: "Zestawienie obrotów i sald", after: []string{"uzgodnienie-bank", "uzgodnienie-vat", "rozliczenia"},
		typical: 7 * second, flaky: 0.03, mistakes: ledgerMistakes, data: entries,
	},
	{id: "przeglad", name: "Przegląd głównej księgowej", typical: 3 * second, approval: 0.7, data: amounts},
	{id: "zamkniecie", name: "Zamknięcie okresu", typical: 5 * second, data: entries},
}
