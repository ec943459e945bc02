// Package eventlog holds what reading recorded runs for import needs whatever their format: names in the alphabet of ids, texts that
// events may carry, times as logs write them, and ids of events that are the same whenever a log is read.
package eventlog

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"flowwatch/api/ingest"
)

const (
	identifierBytesMax = 56 // two of them and the mark of another visit fit into an id
	markBytes          = 16 // of the hash that keeps shortened and rewritten names apart
	nameRunesMax       = 255
)

// plain replaces Polish letters by their neighbours, and space, which most names have, by a sign that few have.
var plain = strings.NewReplacer("ą", "a", "ć", "c", "ę", "e", "ł", "l", "ń", "n", "ó", "o", "ś", "s", "ź", "z", "ż", "z",
	"Ą", "A", "Ć", "C", "Ę", "E", "Ł", "L", "Ń", "N", "Ó", "O", "Ś", "S", "Ź", "Z", "Ż", "Z", " ", "_")

// Identifier is name in the alphabet of ids, at most 56 bytes; a name that is an id already stays as it is. Names that differ have
// identifiers that differ, by a few digits of a hash where need be; only a space and an underscore are not told apart.
func Identifier(name string) string {
	id := strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && ingest.ValidID(string(r)) {
			return r
		}
		return '_'
	}, plain.Replace(name))
	onlySpaces := !strings.Contains(name, "_") && strings.ReplaceAll(name, " ", "_") == id
	if (id == name || onlySpaces) && id != "" && len(id) <= identifierBytesMax && !reserved(id) {
		return id
	}
	sum := sha256.Sum256([]byte(name))
	return id[:min(len(id), identifierBytesMax-markBytes-1)] + "." + hex.EncodeToString(sum[:markBytes/2])
}

// reserved says that an identifier could be taken for something else: the second visit of another name, a rewritten name, a route.
func reserved(id string) bool {
	if id == "active" {
		return true
	}
	if at := strings.LastIndexByte(id, ':'); at >= 0 && digits(id[at+1:], "0123456789") {
		return true
	}
	at := strings.LastIndexByte(id, '.')
	return at >= 0 && len(id)-at-1 == markBytes && digits(id[at+1:], "0123456789abcdef")
}

func digits(s, of string) bool { return s != "" && strings.Trim(s, of) == "" }

// Visited is the identifier of the n-th visit, from 1.
func Visited(id string, n int) string {
	if n == 1 {
		return id
	}
	return id + ":" + strconv.Itoa(n)
}

// Shown is a name as events may carry it.
func Shown(name string) string {
	name = Readable(strings.TrimSpace(name))
	name = strings.NewReplacer("\t", " ", "\n", " ", "\r", " ").Replace(name)
	if utf8.RuneCountInString(name) > nameRunesMax {
		name = string([]rune(name)[:nameRunesMax-1]) + "…"
	}
	return name
}

// Readable is a text without the control characters that events may not carry.
func Readable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r' {
			return ' '
		}
		return r
	}, s)
}
