package ingest

// Bounds of the instants that nanoseconds since 1970 in 64 bits can hold.
const (
	secondsMax     = (1<<63 - 1) / nanosPerSecond
	nanosPerSecond = 1_000_000_000
	secondsPerDay  = 86_400
)

// deadlineEnd is 2262-01-01T00:00:00Z, the last whole year's end below secondsMax.
const deadlineEnd = 9_214_646_400

// moment is a point in time: seconds since 1970 UTC and nanoseconds in it.
type moment struct {
	seconds int64
	nanos   int64
}

var monthDays = [13]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// parseTime reads RFC 3339 with its offset, strictly: capital T and Z, a full
// date, no leap second. Digits below the nanosecond are dropped.
func parseTime(b []byte) (moment, bool) {
	if len(b) < len("2006-01-02T15:04:05Z") || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' {
		return moment{}, false
	}
	year, month, day := decimal(b[0:4]), decimal(b[5:7]), decimal(b[8:10])
	hour, minute, second := decimal(b[11:13]), decimal(b[14:16]), decimal(b[17:19])
	if year < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return moment{}, false
	}
	nanos, rest, ok := fraction(b[19:])
	if !ok {
		return moment{}, false
	}
	offset, ok := zone(rest)
	if !ok {
		return moment{}, false
	}
	seconds := daysFrom1970(year, month, day)*secondsPerDay + int64(hour*3600+minute*60+second) - offset
	return moment{seconds, nanos}, true
}

// decimal reads digits; -1 if one is none.
func decimal(b []byte) int {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

func daysIn(year, month int) int {
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 29
	}
	return monthDays[month]
}

// daysFrom1970 counts in years that begin in March, so that the leap day is
// the last day of a year.
func daysFrom1970(year, month, day int) int64 {
	const before1970 = 719_468 // days from 0000-03-01
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	if year < 0 {
		era = (year - 399) / 400
	}
	ofEra := year - era*400
	ofYear := (153*(month-3)+2)/5 + day - 1
	return int64(era*146_097+ofEra*365+ofEra/4-ofEra/100+ofYear) - before1970
}

// fraction reads an optional fraction of a second.
func fraction(b []byte) (nanos int64, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '.' {
		return 0, b, true
	}
	i := 1
	for scale := int64(nanosPerSecond / 10); i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		nanos += int64(b[i]-'0') * scale
		scale /= 10
	}
	return nanos, b[i:], i > 1
}

// zone reads Z or +hh:mm in seconds east of UTC.
func zone(b []byte) (int64, bool) {
	if len(b) == 1 && b[0] == 'Z' {
		return 0, true
	}
	if len(b) != len("+01:00") || b[3] != ':' || b[0] != '+' && b[0] != '-' {
		return 0, false
	}
	hour, minute := decimal(b[1:3]), decimal(b[4:6])
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 {
		return 0, false
	}
	offset := int64(hour*3600 + minute*60)
	if b[0] == '-' {
		offset = -offset
	}
	return offset, true
}
