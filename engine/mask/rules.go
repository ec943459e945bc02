package mask

// Rules are what one organisation hides beside what is always hidden. nil are none. They are immutable and safe for concurrent use.
type Rules struct {
	keys      map[string]bool // folded
	keysAlone bool            // texts are not searched for numbers, addresses and secrets
}

// NewRules hides what stands under the keys, whatever their case, diacritics and separators. Without patterns only keys count, in JSON.
func NewRules(keys []string, patterns bool) *Rules {
	r := &Rules{keys: make(map[string]bool, len(keys)), keysAlone: !patterns}
	for _, key := range keys {
		if f := folded([]byte(key)); f != "" {
			r.keys[f] = true
		}
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

// hides says that what stands under the key is hidden by the organisation's wish.
func (r *Rules) hides(key []byte) bool { return r != nil && len(r.keys) > 0 && r.keys[folded(key)] }

// JSON is JSON with the rules on top.
func (r *Rules) JSON(raw []byte) []byte {
	if r == nil {
		return JSON(raw)
	}
	if out, _, ok := documentBy(raw, 0, r); ok {
		return out
	}
	return JSON(raw)
}
