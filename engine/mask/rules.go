package mask

import (
	"bytes"
	"strings"
)

// keyWordsMax is how many words before a ':' or '=' of a text are looked at as one key.
const keyWordsMax = 6

// Rules are what one organisation hides beside what is always hidden. nil are none. They are immutable and safe for concurrent use.
type Rules struct {
	keys     map[string]bool // folded
	wordsMax int             // of a key as it was written
}

// NewRules hides what stands under the keys, whatever their case, diacritics and separators: in JSON and, as key=value or key: value, in texts. Without
// keys it returns nil.
func NewRules(keys []string) *Rules {
	r := &Rules{keys: make(map[string]bool, len(keys))}
	for _, key := range keys {
		if f := folded([]byte(key)); f != "" {
			r.keys[f] = true
			r.wordsMax = max(r.wordsMax, min(len(strings.Fields(key)), keyWordsMax))
		}
	}
	if len(r.keys) == 0 {
		return nil
	}
	return r
}

// folded is a key as keys are compared; of a long one the end.
func folded(key []byte) string {
	if len(key) > keyBytesMax {
		key = key[len(key)-keyBytesMax:]
	}
	var w keyWords
	w.fold(key)
	return string(w.text[:w.n])
}

// hides says that what stands under the key, or under the last part of a path like a.b.key, is hidden by the organisation's wish.
func (r *Rules) hides(key []byte) bool {
	if r == nil {
		return false
	}
	if len(key) > keyBytesMax {
		key = key[len(key)-keyBytesMax:]
	}
	var w keyWords
	w.fold(key)
	if r.keys[string(w.text[:w.n])] {
		return true
	}
	dot := bytes.LastIndexByte(key, '.')
	return dot >= 0 && r.hides(key[dot+1:])
}

// Text is Text with the rules on top.
func (r *Rules) Text(s string) string {
	if plain(s) {
		return s
	}
	out, changed := text([]byte(s), 0, r)
	if !changed {
		return s
	}
	return string(out)
}

// JSON is JSON with the rules on top.
func (r *Rules) JSON(raw []byte) []byte { return whole(walker{src: raw, rules: r}) }

// JSONSparing is JSON, but the member of the outermost object with that name stays as it is.
func (r *Rules) JSONSparing(raw []byte, name string) []byte {
	return whole(walker{src: raw, rules: r, spared: name})
}

// JSONByKeys hides what stands under keys, the rules' and those that are always hidden; texts and numbers are not searched.
func (r *Rules) JSONByKeys(raw []byte) []byte {
	return whole(walker{src: raw, rules: r, keysAlone: true})
}

// machineAddress is what metrics call where something listens; where people live is hidden under it in texts.
var machineAddress = map[string]bool{"address": true, "addresses": true}

// Label is the value of a metric's label without personal data and secrets: what stands under a name that tells of some is replaced whole, for a label
// cannot be erased. An address is a machine's there.
func (r *Rules) Label(name, value string) string {
	if value == "" {
		return value
	}
	if r.hides([]byte(name)) {
		return hidden
	}
	switch keyKind([]byte(name)) {
	case kindSecret, kindHeader:
		return hidden
	case kindPerson:
		if !machineAddress[lastWord(name)] {
			return hidden
		}
	case kindNone, kindNumber:
	}
	return r.Text(value)
}

// lastWord is the last word of a label's name, in lower case.
func lastWord(name string) string {
	return strings.ToLower(name[strings.LastIndexAny(name, "_.-:")+1:])
}
