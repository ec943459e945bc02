package promql

import (
	"errors"
	"fmt"
	"io"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

// ReadExposition calls fn with each sample of a text that programs expose for Prometheus, in its text format. label returns a label's value, "" when there
// is none, and is valid until fn returns. An error tells what cannot be read.
func ReadExposition(text []byte, fn func(label func(name string) string, value float64)) error {
	p := textparse.NewPromParser(text, labels.NewSymbolTable(), false)
	var l labels.Labels
	for {
		entry, err := p.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("no metrics of Prometheus: %w", err)
		case entry != textparse.EntrySeries:
			continue
		}
		_, _, value := p.Series()
		p.Labels(&l)
		fn(l.Get, value)
	}
}
