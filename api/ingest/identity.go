package ingest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// derivedID names an event by its content: the SHA-256 of the organisation and
// the event's known fields as one JSON object in the manner of RFC 8785, so
// that neither the order of members, nor white space, nor the way to write a
// character or a time makes it another event. Two things differ from the RFC:
// the timestamp is an instant, and whole numbers keep all their digits.
func (d *decoder) derivedID() string {
	hash := sha256.New()
	hash.Write([]byte(d.organization))
	var buffer [1024]byte
	out := append(buffer[:0], '\n', '{')
	for f, v := range d.fields {
		if v.kind <= null {
			continue
		}
		if len(out) > 2 {
			out = append(out, ',')
		}
		out = append(out, '"')
		out = append(out, fieldNames[f]...)
		out = append(out, '"', ':')
		if field(f) == fieldTimestamp {
			at, _ := d.moment(fieldTimestamp)
			out = strconv.AppendInt(out, at.seconds, 10)
			out = append(out, '.')
			out = strconv.AppendInt(out, at.nanos, 10)
			continue
		}
		out = d.appendCanonical(out, v)
	}
	hash.Write(append(out, '}'))
	return hex.EncodeToString(hash.Sum(nil))
}

type member struct {
	name  string
	value value
}

// appendCanonical writes v with members in order of their names, of repeated
// ones the last, and one way to write each text and number.
func (d *decoder) appendCanonical(dst []byte, v value) []byte {
	switch v.kind {
	case text:
		b, _ := d.textOf(v)
		return appendQuoted(dst, b)
	case number:
		return appendNumber(dst, d.raw(v))
	case array:
		dst = append(dst, '[')
		first := true
		d.each(v, func(element value) bool {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = d.appendCanonical(dst, element)
			return true
		})
		return append(dst, ']')
	case object:
		return d.appendObject(dst, v)
	}
	return append(dst, d.raw(v)...)
}

func (d *decoder) appendObject(dst []byte, v value) []byte {
	var members []member
	d.eachMember(v, func(name []byte, v value) bool {
		members = append(members, member{string(name), v})
		return true
	})
	slices.SortStableFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	dst = append(dst, '{')
	first := true
	for i, m := range members {
		if i+1 < len(members) && members[i+1].name == m.name {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(appendQuoted(dst, []byte(m.name)), ':')
		dst = d.appendCanonical(dst, m.value)
	}
	return append(dst, '}')
}

func appendQuoted(dst, b []byte) []byte {
	const hexDigits = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range b {
		switch {
		case c == '"', c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			if short := bytes.IndexByte([]byte("\b\t\n\f\r"), c); short >= 0 {
				dst = append(dst, '\\', "btnfr"[short])
			} else {
				dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// appendNumber writes a number as JavaScript does, but whole ones as sent.
func appendNumber(dst, raw []byte) []byte {
	if string(raw) == "-0" {
		return append(dst, '0')
	}
	if !bytes.ContainsAny(raw, ".eE") {
		return append(dst, raw...)
	}
	n, err := strconv.ParseFloat(string(raw), 64)
	switch {
	case err != nil:
		return append(dst, raw...)
	case n == 0:
		return append(dst, '0')
	case n < 1e21 && n > -1e21 && (n >= 1e-6 || n <= -1e-6):
		return strconv.AppendFloat(dst, n, 'f', -1, 64)
	}
	return strconv.AppendFloat(dst, n, 'e', -1, 64)
}
