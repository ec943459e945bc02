package logbook

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// personal is what SEC4 names: PESEL, IBAN, e-mail, tokens.
var personal = []string{
	"44051401359", "PL61109010140000071219812874", "jan.kowalski@example.com", "fw_0123456789abcdef0123456789abcdef_abcdefghijklmnop",
	"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
}

type secretive struct{ text string }

func (s secretive) LogValue() slog.Value { return slog.StringValue(s.text) }

// SEC4: wherever a value stands in a record, neither the log nor the ring shows it.
func TestHandlerMasksWhereverTheValueStands(t *testing.T) {
	t.Parallel()
	for _, value := range personal {
		var written bytes.Buffer
		ring := new(Ring)
		log := slog.New(New(slog.NewJSONHandler(&written, &slog.HandlerOptions{Level: slog.LevelDebug}), ring))
		log.Info("failed for " + value) //nolint:sloglint // what a careless caller does
		log.Warn("failed", "id", value, "err", fmt.Errorf("commit: %w", errors.New(value)), "bytes", []byte(value), "any", struct{ Name string }{value})
		log.With("with", value).WithGroup("g").With(slog.Group("h", "deep", value)).Error("failed", "lazy", secretive{value}, value, 1)
		log.Debug("failed", "list", []string{value}, "pointer", &struct{ Name string }{value}, "nil", nil)
		require.NotContains(t, written.String(), value)
		require.Equal(t, 4, strings.Count(written.String(), "\n"))
		found, more := ring.Find(Query{Level: slog.LevelDebug, Limit: 10})
		require.False(t, more)
		require.Len(t, found, 4)
		require.NotContains(t, fmt.Sprint(found), value)
	}
	var written bytes.Buffer
	slog.New(New(slog.NewTextHandler(&written, nil), nil)).Info("a number", "pesel", 44051401359, "count", 12, "share", 0.5, "ok", true)
	require.NotContains(t, written.String(), "44051401359")
	require.Contains(t, written.String(), "count=12 share=0.5 ok=true")
}

func TestHandlerKeepsWhatNamesNobody(t *testing.T) {
	t.Parallel()
	var written, plain bytes.Buffer
	drop := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}
	ring := new(Ring)
	for _, log := range []*slog.Logger{slog.New(slog.NewTextHandler(&plain, drop)), slog.New(New(slog.NewTextHandler(&written, drop), ring))} {
		log.With("epoch", "s6hzuuqzjhhu").WithGroup("").WithGroup("net").Info("serving", "address", "127.0.0.1:8080", slog.Group("", "data", "/var/lib/flowwatch"))
		log.Error("a handler panicked", "id", "01a21809-33dc-7237-b0a0-ff8951a94323", "stack", "goroutine 1 [running]:\nmain.main()\n\tmain.go:12")
	}
	require.Equal(t, plain.String(), written.String())
	found, _ := ring.Find(Query{Limit: 10})
	require.Equal(t, []Attribute{{"epoch", "s6hzuuqzjhhu"}, {"net.address", "127.0.0.1:8080"}, {"net.data", "/var/lib/flowwatch"}}, found[1].Attributes)
}

func TestRingKeepsTheLatestAndFindsNewestFirst(t *testing.T) {
	t.Parallel()
	ring := new(Ring)
	log := slog.New(New(slog.DiscardHandler, ring))
	_, more := ring.Find(Query{Limit: 1})
	require.False(t, more)
	require.False(t, log.Enabled(t.Context(), slog.LevelError))
	var written bytes.Buffer
	log = slog.New(New(slog.NewTextHandler(&written, nil), ring))
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for i := range RecordsMax {
				log.Info("look", "n", i)
				ring.Find(Query{Limit: 3, Text: "N=7"})
			}
		})
	}
	writers.Wait()
	log.Warn("last")
	found, more := ring.Find(Query{Limit: 2})
	require.True(t, more)
	require.Equal(t, "last", found[0].Message)
	require.EqualValues(t, 4*RecordsMax+1, found[0].ID)
	all := 0
	for before := uint64(0); ; {
		page, more := ring.Find(Query{Limit: 100, Before: before})
		all += len(page)
		before = page[len(page)-1].ID
		if !more {
			break
		}
	}
	require.Equal(t, RecordsMax, all)
	warned, _ := ring.Find(Query{Level: slog.LevelWarn, Limit: 10})
	require.Len(t, warned, 1)

	log.Error("long", "text", strings.Repeat("x", 100<<20))
	found, _ = ring.Find(Query{Limit: 1})
	require.Less(t, len(found[0].Attributes[0].Value), textBytesMax+100)
	for range 2 * bytesMax / textBytesMax {
		log.Error("long", "text", strings.Repeat("y", textBytesMax))
	}
	require.LessOrEqual(t, ring.bytes, bytesMax)
}
