package office

import (
	"math/rand/v2"
	"strconv"
)

// clients are the office's customers. Nobody has these names.
var clients = []string{
	"Piekarnia Złote Kłosy", "Auto-Serwis Gwiazda", "Kwiaciarnia Pod Lipą", "Budmax Dekarstwo", "Apteka Rumiankowa", "Transport Szerokiej Drogi",
	"Studio Fryzur Ażur", "Hurtownia Śrubka", "Ogrody Zielona Łąka", "Restauracja Trzy Pierogi", "Pracownia Mebli Sęk", "Drukarnia Kropka",
	"Klinika Zębowa Mleczak", "Szkoła Języków Papuga", "Warsztat Rowerowy Szprycha", "Cukiernia Bezowa Chmurka", "Elektro-Instal Iskra",
	"Gabinet Weterynaryjny Łapka", "Księgarnia Zakładka", "Tartak Dębowy Las", "Pralnia Biały Żagiel", "Hotel Nad Strumykiem",
	"Firma Sprzątająca Błysk", "Pasieka Miodowa Dolina", "Biuro Podróży Kompas", "Zakład Ślusarski Klucznik",
}

var firstNames = []string{"Anna", "Piotr", "Katarzyna", "Tomasz", "Małgorzata", "Łukasz", "Agnieszka", "Michał", "Żaneta", "Grzegorz"}

var lastNames = []string{"Kłosińska", "Szpryszka", "Beziuk", "Łapkiewicz", "Zakładkowa", "Śrubczak", "Miodek-Dolina", "Iskrzycki", "Sękowska", "Żaglak"}

// person is an invented name.
func person(r *rand.Rand) string {
	return firstNames[r.IntN(len(firstNames))] + " " + lastNames[r.IntN(len(lastNames))]
}

// pesel is a number with a right check digit for somebody born from 2100 on: nobody.
func pesel(r *rand.Rand) string {
	digits := []int{r.IntN(10), r.IntN(10), 4 + r.IntN(2), r.IntN(2) + 1, r.IntN(2), 1 + r.IntN(9)}
	for range 4 {
		digits = append(digits, r.IntN(10))
	}
	sum := 0
	for i, d := range digits {
		sum += d * []int{1, 3, 7, 9}[i%4]
	}
	return joined(append(digits, (10-sum%10)%10))
}

// nip is a tax number with a right check digit. No tax office has the number 999.
func nip(r *rand.Rand) string {
	weights := [9]int{6, 5, 7, 2, 3, 4, 5, 6, 7}
	for {
		digits := []int{9, 9, 9}
		for range 6 {
			digits = append(digits, r.IntN(10))
		}
		sum := 0
		for i, d := range digits {
			sum += d * weights[i]
		}
		if check := sum % 11; check < 10 {
			return joined(append(digits, check))
		}
	}
}

// account is a Polish account number with right check digits at a bank that there is not.
func account(r *rand.Rand) string {
	digits := []int{9, 9, 9, 9, 9, 9, 9, 9}
	for range 16 {
		digits = append(digits, r.IntN(10))
	}
	rest := 0
	for _, d := range append(append([]int{}, digits...), 2, 5, 2, 1, 0, 0) { // PL and two zeros, as the standard counts them
		rest = (rest*10 + d) % 97
	}
	check := 98 - rest
	return "PL" + joined(append([]int{check / 10, check % 10}, digits...))
}

func joined(digits []int) string {
	b := make([]byte, 0, len(digits))
	for _, d := range digits {
		b = strconv.AppendInt(b, int64(d), 10)
	}
	return string(b)
}
