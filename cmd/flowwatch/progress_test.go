package main

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestProgressIsNowAndThenALineWhereThereIsNoTerminal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		p := (&program{stderr: &b}).progress("importing x")
		for n := range int64(251) {
			p.at(n, 250, "much")
			<-time.After(100 * time.Millisecond)
		}
		p.end()
		require.Equal(t, "importing x  40 % 10s, much\nimporting x  80 % 20s, much\n", b.String())
	})
}

func TestProgressIsABarThatDisappearsOnATerminal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		p := (&program{stderr: &b}).progress("importing x")
		p.terminal, p.shown = true, time.Time{}
		p.at(50, 100, "many events")
		p.at(51, 100, "not shown yet")
		<-time.After(2 * time.Second)
		p.at(200, 100, "")
		p.end()
		first := "importing x [" + strings.Repeat("#", 15) + strings.Repeat("-", 15) + "]  50 % 0s, many events"
		second := "importing x [" + strings.Repeat("#", 30) + "] 100 % 2s"
		require.Equal(t, "\r"+first+"\r"+second+strings.Repeat(" ", len(first)-len(second))+
			"\r"+strings.Repeat(" ", len(second))+"\r", b.String())
	})
}

func TestWaitingShowsTheTimeOfLongWorkAndPassesItsErrorOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		p := &program{stderr: &b}
		broken := errors.New("broken")
		require.ErrorIs(t, p.waiting("checking d", func() error {
			<-time.After(25 * time.Second)
			return broken
		}), broken)
		require.Equal(t, "checking d 10s\nchecking d 20s\n", b.String())
		b.Reset()
		require.NoError(t, p.waiting("checking d", func() error { return nil }))
		require.Empty(t, b.String(), "short work needs no words")
	})
}

func TestOnlyATerminalIsOne(t *testing.T) {
	t.Parallel()
	require.False(t, isTerminal(&bytes.Buffer{}))
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(t, err)
	defer null.Close()
	require.False(t, isTerminal(null))
	plain, err := os.Create(file(t, "plain", ""))
	require.NoError(t, err)
	defer plain.Close()
	require.False(t, isTerminal(plain))
}

func TestNumbersAreAsPeopleSayThem(t *testing.T) {
	t.Parallel()
	require.Equal(t, "512 B", byteCount(512))
	require.Equal(t, "4.0 MiB", byteCount(4<<20))
	require.Equal(t, "1536.0 TiB", byteCount(1536<<40))
	require.Equal(t, "1 event", counted(1, "event"))
	require.Equal(t, "0 events", counted(0, "event"))
}
