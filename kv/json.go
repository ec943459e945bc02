package kv

import (
	"encoding/json"
	"fmt"

	fast "github.com/go-json-experiment/json/v1"
)

// JSON returns Encode and Decode functions for a Spec of small records. Every version is read alike, unknown fields are ignored.
// Strings that are not UTF-8 come back changed: keep them out of keys. A T that encoding/json cannot write is a programmer's error and panics.
// What reads them reads as encoding/json does, faster; it does not write them, because json.Number would be a text to it.
func JSON[T any]() (encode func(dst []byte, v *T) []byte, decode func(version uint8, key, data []byte) (*T, error)) {
	encode = func(dst []byte, v *T) []byte {
		data, err := json.Marshal(v)
		if err != nil {
			panic(fmt.Sprintf("BUG: encode %T: %v", v, err))
		}
		return append(dst, data...)
	}
	decode = func(_ uint8, _, data []byte) (*T, error) {
		v := new(T)
		if err := fast.Unmarshal(data, v); err != nil {
			return nil, fmt.Errorf("decode json: %w: %w", ErrCorrupt, err)
		}
		return v, nil
	}
	return encode, decode
}
