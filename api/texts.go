package api

import "net/http"

// details are the sentences of problems in Polish, by code. The English ones
// come with the errors.
var details = map[string]string{
	"unauthorized":           "Brak ważnego tokenu lub sesji.",
	"wrong_login":            "Nieprawidłowy login lub hasło.",
	"totp_required":          "Podaj kod jednorazowy.",
	"too_many_attempts":      "Za dużo nieudanych prób. Spróbuj ponownie później.",
	"sign_in_busy":           "Zbyt wiele osób loguje się jednocześnie. Spróbuj ponownie za chwilę.",
	"no_user":                "To jest tylko dla osób zalogowanych hasłem.",
	"wrong_password":         "Hasło jest nieprawidłowe.",
	"wrong_code":             "Kod jednorazowy jest nieprawidłowy.",
	"totp_on":                "Kody jednorazowe są już włączone.",
	"totp_not_enrolled":      "Najpierw rozpocznij włączanie kodów jednorazowych.",
	"duplicate_login":        "Ten login jest zajęty.",
	"last_org_admin":         "Organizacja musi mieć co najmniej jednego aktywnego administratora.",
	"setup_closed":           "Pierwsze uruchomienie zostało już zakończone.",
	"forbidden":              "Twoja rola na to nie pozwala.",
	"foreign_origin":         "Żądanie pochodzi z innej witryny.",
	"loopback_only":          "Ten odnośnik można otworzyć tylko na komputerze, na którym działa serwer.",
	"not_found":              "Nie znaleziono.",
	"method_not_allowed":     "Ta metoda nie jest tu obsługiwana.",
	"malformed_json":         "Treść żądania nie jest poprawnym dokumentem JSON.",
	"malformed_protobuf":     "Treść żądania nie jest poprawnym komunikatem protobuf.",
	"malformed_query":        "Parametry w adresie są niepoprawnie zakodowane.",
	"malformed_encoding":     "Treść żądania nie odpowiada nagłówkowi Content-Encoding.",
	"not_utf8":               "Treść żądania nie jest zapisana w UTF-8.",
	"unsupported_media_type": "Nieobsługiwany typ treści (nagłówek Content-Type).",
	"unsupported_encoding":   "Nieobsługiwane kodowanie treści (nagłówek Content-Encoding).",
	"body_too_large":         "Treść żądania jest za duża.",
	"too_many_samples":       "Za dużo próbek w jednym żądaniu.",
	"too_many_items":         "Za dużo odcinków śladu lub pomiarów w jednym żądaniu.",
	"too_many_elements":      "Żądanie ma za dużo części albo są one zagnieżdżone za głęboko.",
	"too_many_events":        "Za dużo zdarzeń w jednym żądaniu.",
	"empty":                  "Żądanie nie zawiera niczego do przyjęcia.",
	"malformed":              "Element nie jest jednym obiektem JSON.",
	"unknown_type":           "Nieznany typ zdarzenia.",
	"missing_field":          "Brakuje wymaganego pola.",
	"invalid_id":             "Identyfikator ma niedozwolone znaki albo długość.",
	"invalid_timestamp":      "Czas nie jest zapisany według RFC 3339 ze strefą.",
	"too_large":              "Element albo wykonanie jest za duże.",
	"damaged_execution":      "Zapisanego wykonania nie można odczytać.",
	"all_rejected":           "Niczego z tego żądania nie przyjęto.",
	"invalid_field":          "Co najmniej jedno pole ma niepoprawną wartość.",
	"too_many_workflows":     "Organizacja ma już największą dozwoloną liczbę procesów.",
	"too_many_points":        "Odpowiedź miałaby więcej niż 11 000 punktów w serii. Wybierz krótszy zakres albo dłuższy przedział.",
	"samples_refused":        "Części próbek nie przyjęto; pole errors podaje przyczyny. Pozostałe zapisano.",
	"too_many_series":        "Odpowiedź miałaby za dużo serii. Wybierz jeden proces.",
	"metrics_building":       "Liczby dla starszych wykonań są jeszcze obliczane. Spróbuj ponownie za chwilę.",
	"too_many":               "Osiągnięto dozwoloną liczbę.",
	"execution_ended":        "Wykonanie już się zakończyło.",
	"already_answered":       "Na to polecenie jest już inna odpowiedź.",
	"already_resolved":       "Ten alert jest już zamknięty.",
	"duplicate_rule":         "Taka sama reguła już istnieje.",
	"builtin_rule":           "Wbudowaną regułę można wyłączyć, ale nie usunąć.",
	"office_dashboard":       "Pulpit biura zmieniają jego administratorzy.",
	"shared_view":            "Widoki całego biura tworzą i zmieniają jego administratorzy.",
	"office_dashboard_stays": "Pulpitu biura nie można usunąć. Ustaw inny pulpit jako domyślny.",
	"not_dead":               "Ponownie można wysłać tylko wiadomość, której wysyłania zaniechano.",
	"secret_missing":         "Nie można użyć pliku klucza, więc sekretu nie da się zachować.",
	"duplicate_name":         "Taka nazwa już istnieje.",
	"idempotency_conflict":   "Ten klucz Idempotency-Key przyszedł wcześniej z inną treścią.",
	"rate_limited":           "Za dużo żądań. Spróbuj ponownie za chwilę.",
	"bodies_full":            "Za dużo dużych żądań naraz. Spróbuj ponownie za chwilę.",
	"queue_full":             "Kolejka przyjmowania jest pełna. Spróbuj ponownie za chwilę.",
	"backup_runs":            "Inna kopia zapasowa jest właśnie pobierana.",
	"storage_full":           "Dysk jest pełny; nic z tego żądania nie zapisano.",
	"unknown_event":          "Nie ma takiego zdarzenia.",
	"other_sign_in":          "To połączenie należy do innej organizacji, ma więcej uprawnień albo innych klientów.",
	"too_many_subscriptions": "Za dużo subskrypcji na jednym połączeniu.",
	"too_many_connections":   "Serwer nie ma miejsca na kolejne połączenie na żywo.",
	"restarting":             "Serwer jest ponownie uruchamiany.",
	"stopping":               "Serwer właśnie się zatrzymuje.",
	"internal":               "Wystąpił błąd wewnętrzny. Administrator znajdzie go w dzienniku pod podanym identyfikatorem.",
}

// details of statuses whose code has no sentence of its own.
var statusDetails = map[int]string{
	http.StatusBadRequest:                  "Żądania nie można odczytać.",
	http.StatusRequestTimeout:              "Żądanie nie nadeszło w całości na czas.",
	http.StatusConflict:                    "Żądanie jest sprzeczne z tym, co zapisano.",
	http.StatusPreconditionFailed:          "Dane zmieniły się w międzyczasie.",
	http.StatusRequestEntityTooLarge:       "Żądanie jest za duże.",
	http.StatusUnprocessableEntity:         "Żądanie zawiera niepoprawne dane.",
	http.StatusUpgradeRequired:             "Tu potrzebne jest połączenie WebSocket.",
	http.StatusTooManyRequests:             "Za dużo żądań. Spróbuj ponownie za chwilę.",
	http.StatusRequestHeaderFieldsTooLarge: "Nagłówki żądania są za duże.",
	http.StatusServiceUnavailable:          "Serwer chwilowo nie może tego zrobić.",
}

func polish(code string, status int) string {
	if text, ok := details[code]; ok {
		return text
	}
	if text, ok := statusDetails[status]; ok {
		return text
	}
	return "Żądanie nie powiodło się."
}
