package ingest

import (
	"encoding/json"
	"strconv"

	"flowwatch/engine/execution"
)

// Value is a JSON value in a body that was read, for those who translate other
// formats. It aliases the body. The zero Value is absent.
type Value struct {
	scanner *scanner
	value   value
}

// Given reports whether there is a value; null is as good as absent.
func (v Value) Given() bool { return v.value.kind > null }

// IsObject reports whether the value is a JSON object.
func (v Value) IsObject() bool { return v.value.kind == object }

// IsArray reports whether the value is a JSON array.
func (v Value) IsArray() bool { return v.value.kind == array }

// Raw is the value as it was sent, nil when it is not given.
func (v Value) Raw() json.RawMessage {
	if !v.Given() {
		return nil
	}
	return v.scanner.raw(v.value)
}

// Text is a string's inside, nil of all that is no string.
func (v Value) Text() []byte {
	if v.value.kind != text {
		return nil
	}
	b, _ := v.scanner.textOf(v.value)
	return b
}

// Word is a string's inside or a number as it was sent, nil of all else:
// engines write ids and codes as either.
func (v Value) Word() []byte {
	if v.value.kind == number {
		return v.scanner.raw(v.value)
	}
	return v.Text()
}

// Whole is a whole number from 0 on.
func (v Value) Whole() (n int64, ok bool) {
	if v.value.kind != number {
		return 0, false
	}
	n, err := strconv.ParseInt(string(v.scanner.raw(v.value)), 10, 64)
	return n, err == nil && n >= 0
}

// Instant is a time as RFC 3339 has it, from 1970 on.
func (v Value) Instant() (at execution.Instant, ok bool) {
	m, ok := parseTime(v.Text())
	if !ok || m.seconds < 0 || m.seconds > secondsMax-1 {
		return execution.NoInstant, false
	}
	return m.instant(), true
}

// Members calls fn with the members of an object; of repeated ones the last
// holds. Of all that is no object there are none.
func (v Value) Members(fn func(name []byte, member Value)) {
	if !v.IsObject() {
		return
	}
	v.scanner.eachMember(v.value, func(name []byte, member value) bool {
		fn(name, Value{v.scanner, member})
		return true
	})
}

// Elements calls fn with the elements of an array until it returns false.
func (v Value) Elements(fn func(element Value) bool) {
	v.scanner.each(v.value, func(element value) bool { return fn(Value{v.scanner, element}) })
}

// Of is the member that names lead to, absent when one of them is not there.
func (v Value) Of(names ...string) Value {
	for _, name := range names {
		var found Value
		v.Members(func(member []byte, value Value) {
			if string(member) == name {
				found = value
			}
		})
		v = found
	}
	return v
}
