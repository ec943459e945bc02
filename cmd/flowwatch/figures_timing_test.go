package main_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
)

// figure is one line of the table that `make bench` prints. A target is reached from one side only: at most, or at least.
type figure struct {
	name    string
	value   float64
	unit    unit
	target  float64
	atLeast bool
	peer    float64 // the better end of what the peer does; 0 = none
	peerIs  string
	note    string
}

type unit uint8

const (
	perSecond unit = iota
	millis
	mebibytes
	kibibytes
	bytesEach
	pieces
	percent
)

func (u unit) format(v float64) string {
	switch u {
	case perSecond:
		return fmt.Sprintf("%.1f k/s", v/1000)
	case millis:
		return fmt.Sprintf("%.2f ms", v)
	case mebibytes:
		return fmt.Sprintf("%.1f MiB", v)
	case kibibytes:
		return fmt.Sprintf("%.1f KiB", v)
	case pieces:
		return fmt.Sprintf("%.0f", v)
	case percent:
		return fmt.Sprintf("%.1f %%", v)
	}
	return fmt.Sprintf("%.0f B", v)
}

// figures collects the lines in the order of measuring.
type figures []figure

func (f *figures) add(line figure) { *f = append(*f, line) }

func (f *figures) print(w io.Writer) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "figure\tmeasured\ttarget\t\tpeer\tmeasured/peer\tnote")
	for _, line := range *f {
		sign, verdict := "<=", "ok"
		if line.atLeast {
			sign = ">="
		}
		if (line.atLeast && line.value < line.target) || (!line.atLeast && line.value > line.target) {
			verdict = "MISSED"
		}
		ratio := ""
		if line.peer > 0 {
			ratio = fmt.Sprintf("%.2f", line.value/line.peer)
		}
		target := sign + " " + line.unit.format(line.target)
		if line.target == 0 {
			target, verdict = "", ""
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", line.name, line.unit.format(line.value), target, verdict, line.peerIs, ratio, line.note)
	}
	_ = table.Flush()
}

// TestFigures measures the built binary as a process of its own and prints each figure beside its target and its peer. It fails when
// an answer is wrong, never because a figure is missed: machines differ. Run it with `make bench`.
//
// FLOWWATCH_BENCH_DIR keeps the big data sets between runs; FLOWWATCH_BENCH_EXECUTIONS (default 1000000) is their size;
// FLOWWATCH_BENCH_ONLY is a comma-separated choice of small, ingest, live, timelines, numbers, history, hostile, alerts, draining, traces, socketio, webhooks; FLOWWATCH_BENCH_HOSTILE
// (default 1m) is how long the attack lasts.
func TestFigures(t *testing.T) {
	if os.Getenv("FLOWWATCH_BENCH") == "" {
		t.Skip("run by make bench")
	}
	parts := []struct {
		name string
		run  func(*testing.T, string, *figures)
	}{{"small", measureSmall}, {"ingest", measureIngest}, {"live", measureLive}, {"timelines", measureTimelines}, {"numbers", measureNumbers},
		{"history", measureHistory}, {"hostile", measureHostile}, {"alerts", measureAlerts}, {"draining", measureDraining}, {"traces", measureTraces}, {"socketio", measureSocketIO},
		{"webhooks", measureWebhooks}}

	binary := buildBinary(t)
	var table figures
	table.add(figure{name: "sync of 4 KiB on this disk", value: syncMillis(t), unit: millis, peer: 0.2, peerIs: "reference machine 0.2 ms"})
	only := os.Getenv("FLOWWATCH_BENCH_ONLY")
	for _, part := range parts {
		if only == "" || slices.Contains(strings.Split(only, ","), part.name) {
			t.Run(part.name, func(t *testing.T) { part.run(t, binary, &table) })
		}
	}
	fmt.Fprintln(os.Stdout)
	table.print(os.Stdout)
}

// measureSmall is what an office sees first: size, start and memory with nothing stored.
func measureSmall(t *testing.T, binary string, table *figures) {
	info, err := os.Stat(binary)
	require.NoError(t, err)
	var starts []time.Duration
	var server *child
	for range 7 {
		if server != nil {
			server.stop(t)
		}
		server = newChild(t, binary, filepath.Join(benchDir(t), "empty"))
		starts = append(starts, server.start(t))
	}
	<-time.After(5 * time.Second)
	rss, anonymous := server.memory(t, "VmRSS"), server.memory(t, "RssAnon")
	server.stop(t)
	table.add(figure{
		name: "binary", value: mib(info.Size()), unit: mebibytes, target: 40, peer: 17, peerIs: "VictoriaMetrics 17 MiB",
	})
	table.add(figure{
		name: "start on an empty directory", value: ms(median(starts)), unit: millis, target: 60, peer: 50, peerIs: "VictoriaMetrics 50 ms, PostgreSQL 584 ms",
		note: fmt.Sprintf("median of %d, worst %.0f ms", len(starts), ms(slices.Max(starts))),
	})
	table.add(figure{
		name: "idle memory (VmRSS)", value: mib(rss), unit: mebibytes, target: 40, peer: 23, peerIs: "VictoriaMetrics 23 MiB, PostgreSQL 55 MiB",
		note: fmt.Sprintf("anonymous %.1f MiB", mib(anonymous)),
	})
}

// benchDir is a fresh directory on the disk that is measured: beside the kept data set if there is one.
func benchDir(t *testing.T) string {
	t.Helper()
	parent := os.Getenv("FLOWWATCH_BENCH_DIR")
	if parent == "" {
		return t.TempDir()
	}
	require.NoError(t, os.MkdirAll(parent, 0o700))
	dir, err := os.MkdirTemp(parent, "run-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// syncMillis is the median time to overwrite 4 KiB and have them on the disk.
func syncMillis(t *testing.T) float64 {
	t.Helper()
	file, err := os.Create(filepath.Join(benchDir(t), "sync"))
	require.NoError(t, err)
	defer file.Close()
	require.NoError(t, file.Truncate(1<<20))
	require.NoError(t, file.Sync())
	times := make([]time.Duration, 400)
	for i := range times {
		began := time.Now()
		_, err = file.WriteAt(make([]byte, 4096), int64(i%200)*4096)
		require.NoError(t, err)
		require.NoError(t, syscall.Fdatasync(int(file.Fd())))
		times[i] = time.Since(began)
	}
	return ms(median(times))
}

func median(d []time.Duration) time.Duration { return quantile(d, 0.5) }

// quantile is the nearest-rank quantile; it sorts d.
func quantile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[min(len(d)-1, int(q*float64(len(d))))]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
func mib(n int64) float64        { return float64(n) / (1 << 20) }

// processor is the processor time, own and kernel's, that a process has used.
func processor(t *testing.T, pid int) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(t, err)
	// The fields stand after the name in brackets, which may hold spaces; 14 and 15 of the line are user and system ticks of 10 ms.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, err := strconv.ParseInt(fields[11], 10, 64)
	require.NoError(t, err)
	system, err := strconv.ParseInt(fields[12], 10, 64)
	require.NoError(t, err)
	return time.Duration(user+system) * 10 * time.Millisecond
}
