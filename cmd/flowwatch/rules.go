package main

import (
	"fmt"
	"io"
	"os"

	"flowwatch/engine/deadline"
)

// rulesBytesMax bounds a file of deadline rules: a thousand long ones fit.
const rulesBytesMax = 8 << 20

// rulesFile is the path of deadline rules and holidays; "" means the shipped ones.
type rulesFile string

// read reads the file and names every mistake in it; nil without one.
func (f rulesFile) read() (*deadline.Book, error) {
	if f == "" {
		return nil, nil
	}
	opened, err := os.Open(string(f))
	if err != nil {
		return nil, fmt.Errorf("the deadline rules cannot be read: %w", err)
	}
	defer opened.Close()
	text, err := io.ReadAll(io.LimitReader(opened, rulesBytesMax+1))
	if err != nil {
		return nil, fmt.Errorf("the deadline rules cannot be read: %w", err)
	}
	if len(text) > rulesBytesMax {
		return nil, fmt.Errorf("the deadline rules %s are larger than %d MiB", f, rulesBytesMax>>20)
	}
	book, err := deadline.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f, err)
	}
	return book, nil
}
