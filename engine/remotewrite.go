package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/engine/mask"
	"flowwatch/engine/promql"
	"flowwatch/kv"
	"flowwatch/tsdb"
)

// Bounds of what comes by remote write.
const (
	remoteSeriesMax     = 10_000  // of one organisation, as many as one query may match
	remoteLabelsMax     = 30      // of a series, its metric not counted
	remoteLabelBytesMax = 8 << 10 // of a series, names and values together
	remoteAheadMax      = 10 * time.Minute
	remoteKnownMax      = 2 * remoteSeriesMax // ways to write labels that are remembered
	remoteKnownBytesMax = 16 << 20            // that these ways have together
	remoteReloadIdle    = time.Minute         // between two looks for series that were forgotten
)

// originLabel is in the series that remote write made, and in no other: no label of Prometheus has a dot. So they never meet the organisation's own.
const (
	originLabel  = "flowwatch.origin"
	remoteOrigin = "remote"
	remoteMarks  = "remote.marks" // of values that a series cannot hold, beside the series that has the others
)

// RemoteSeries is a series of a remote write request, as it was sent.
type RemoteSeries struct {
	Identity   string   // the same for the same labels
	Pairs      []string // names and values of its labels, in any order
	Samples    []RemoteSample
	Histograms int // native ones, which cannot be taken
}

// RemoteSample is a value at a time in Unix ms. NaN, infinities and the mark of a series' end are values, too.
type RemoteSample struct {
	At    int64
	Value float64
}

// RemoteRefusal is why samples were not taken, with the first series of which that is so.
type RemoteRefusal struct {
	Code, Series, Message string
	Samples               int
}

// remote is what is known of the series that remote write made.
type remote struct {
	mu         sync.Mutex // guards the rest
	admitted   map[tsdb.Labels]bool
	known      map[string]*remoteName // by identity
	knownBytes int                    // of the identities
	loadedAt   time.Time              // zero: never
	hides      *mask.Rules            // by which known was masked
}

// remoteName is what the labels of a request became, or why they cannot.
type remoteName struct {
	series, marks tsdb.Labels
	refusal       *RemoteRefusal
}

// WriteRemote takes samples of other monitors; what it took is on disk when it returns. The order of times does not matter; of several values of one series
// and millisecond the last counts, so a request may be repeated. Personal data in labels is masked before. Errors: fault.StorageFull and
// fault.Unavailable, and then nothing is taken.
func (t *Tenant) WriteRemote(_ context.Context, all []RemoteSeries) (taken int, refused []RemoteRefusal, err error) {
	if t.engine.storage.recordingStopped.Load() {
		return 0, nil, storeFault(fmt.Errorf("remote write: the last room is for states: %w", kv.ErrFull))
	}
	names, err := t.remote.names(t, all)
	if err != nil {
		return 0, nil, err
	}
	w := remoteBatch{
		oldest: execution.At(t.engine.now().AddDate(0, 0, -t.Settings().Retention.RawMetricsDays)).Ms(),
		newest: execution.At(t.engine.now().Add(remoteAheadMax)).Ms(),
	}
	for i := range all {
		w.add(&all[i], names[i])
	}
	if w.points.Len() == 0 {
		return 0, w.refused, nil
	}
	err = t.engine.db.Batch(func(tx *kv.Tx) error {
		left, err := t.series.Apply(tx, &w.points)
		if err == nil && left > 0 {
			err = errRemoteRoom
		}
		return err
	})
	if err != nil {
		t.remote.forget()
		return 0, nil, storeFault(fmt.Errorf("remote write: %w", err))
	}
	return w.taken, w.refused, nil
}

// errRemoteRoom is the answer when others took the last room meanwhile: the next try is told so beforehand.
var errRemoteRoom = fault.New(fault.Unavailable, "too_many_series", "the organisation has as many series as it may")

// remoteBatch is what one request writes.
type remoteBatch struct {
	points         tsdb.Batch
	oldest, newest int64
	taken          int
	refused        []RemoteRefusal
}

func (w *remoteBatch) add(s *RemoteSeries, name *remoteName) {
	if r := name.refusal; r != nil {
		w.refuse(r.Code, s, r.Message, len(s.Samples)+s.Histograms)
		return
	}
	if s.Histograms > 0 {
		w.refuse("native_histogram", s, "native histograms cannot be kept", s.Histograms)
	}
	for _, p := range s.Samples {
		switch {
		case p.At < w.oldest:
			w.refuse("too_old", s, "older than single values are kept (retention.rawMetricsDays)", 1)
			continue
		case p.At > w.newest:
			w.refuse("too_far_ahead", s, "more than 10 minutes in the future", 1)
			continue
		}
		err := w.put(name, p)
		if err != nil {
			w.refuse("invalid_sample", s, err.Error(), 1)
			continue
		}
		w.taken++
	}
}

// put adds a sample. What a series cannot hold takes the place of what it had at that time.
func (w *remoteBatch) put(name *remoteName, p RemoteSample) error {
	mark, is := promql.Mark(p.Value)
	if !is {
		return w.points.Put(name.series, sampleID(p.At), tsdb.Point(p))
	}
	if err := w.points.Delete(name.series, sampleID(p.At), p.At); err != nil {
		return err
	}
	return w.points.Put(name.marks, sampleID(p.At), tsdb.Point{At: p.At, Value: mark})
}

func (w *remoteBatch) refuse(code string, s *RemoteSeries, message string, samples int) {
	for i := range w.refused {
		if w.refused[i].Code == code {
			w.refused[i].Samples += samples
			return
		}
	}
	w.refused = append(w.refused, RemoteRefusal{Code: code, Series: describe(s.Pairs), Message: message, Samples: samples})
}

// describe is a series as a log shows it, masked: each text before it is cut, for half a number is no longer known as one.
func describe(pairs []string) string {
	const bytesShown = 300
	var out strings.Builder
	for i := 0; i+1 < len(pairs) && out.Len() < bytesShown; i += 2 {
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, "%s=%q", mask.Preview(pairs[i]), mask.Preview(pairs[i+1]))
	}
	text := out.String()
	if len(text) > bytesShown {
		text = strings.ToValidUTF8(text[:bytesShown], "") + "…"
	}
	return "{" + text + "}"
}

// names finds what the labels of each series become, and lets new series in as long as there is room.
func (r *remote) names(t *Tenant, all []RemoteSeries) ([]*remoteName, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.load(t, false); err != nil {
		return nil, err
	}
	if hides := t.Hides(); hides != r.hides {
		r.hides, r.knownBytes = hides, 0
		clear(r.known)
	}
	names := make([]*remoteName, len(all))
	var fresh []tsdb.Labels
	named := map[tsdb.Labels]bool{}
	for i := range all {
		names[i] = r.name(&all[i])
		if n := names[i]; n.refusal == nil && !r.admitted[n.series] && !named[n.series] {
			named[n.series] = true
			fresh = append(fresh, n.series, n.marks)
		}
	}
	if len(fresh) == 0 {
		return names, nil
	}
	if err := r.admit(t, fresh); err != nil {
		return nil, err
	}
	full := &remoteName{refusal: &RemoteRefusal{
		Code: "too_many_series", Message: fmt.Sprintf("an organisation has at most %d series by remote write", remoteSeriesMax),
	}}
	for i, n := range names {
		if n.refusal == nil && !r.admitted[n.series] {
			names[i] = full // this time
		}
	}
	return names, nil
}

// name finds what one series is called. The caller holds mu.
func (r *remote) name(s *RemoteSeries) *remoteName {
	n := r.known[s.Identity]
	if n == nil {
		n = newRemoteName(s.Pairs, r.hides)
		if len(r.known) >= remoteKnownMax || r.knownBytes+len(s.Identity) > remoteKnownBytesMax {
			clear(r.known)
			r.knownBytes = 0
		}
		r.known[strings.Clone(s.Identity)] = n
		r.knownBytes += len(s.Identity)
	}
	return n
}

// admit lets the first of new series in, those without room not. Each has its marks behind it. The caller holds mu.
func (r *remote) admit(t *Tenant, fresh []tsdb.Labels) error {
	if len(r.admitted)+len(fresh)/2 > remoteSeriesMax {
		if err := r.load(t, true); err != nil {
			return err
		}
	}
	fresh = fresh[:2*min(len(fresh)/2, max(0, remoteSeriesMax-len(r.admitted)))]
	if err := t.series.Room(fresh...); errors.Is(err, tsdb.ErrSeriesLimit) {
		return nil
	} else if err != nil {
		return fmt.Errorf("remote write: %w", err)
	}
	for i := 0; i < len(fresh); i += 2 {
		r.admitted[fresh[i]] = true
	}
	return nil
}

// forget makes the next request look which series there are.
func (r *remote) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.loadedAt = time.Time{}
}

// load reads which series there are: once, and again to find room that retention made.
func (r *remote) load(t *Tenant, again bool) error {
	now := t.engine.now()
	if !r.loadedAt.IsZero() && (!again || now.Sub(r.loadedAt) < remoteReloadIdle) {
		return nil
	}
	found, err := t.series.Series(tsdb.Equal(originLabel, remoteOrigin))
	if err != nil {
		return fmt.Errorf("remote write: %w", err)
	}
	r.admitted, r.loadedAt = make(map[tsdb.Labels]bool, len(found)), now
	for i := range found {
		r.admitted[found[i].Labels] = true
	}
	if r.known == nil {
		r.known = map[string]*remoteName{}
	}
	return nil
}

// reserved are the names that expressions have for what is computed from events: nobody sends them.
func reserved(name string) bool {
	for kind := officeKinds; kind < pointKinds; kind++ {
		if promName(pointSeries[kind].metric) == name {
			return true
		}
	}
	return false
}

// newRemoteName checks labels by Prometheus' rules and ours.
func newRemoteName(pairs []string, hides *mask.Rules) *remoteName {
	refuse := func(code, message string) *remoteName {
		return &remoteName{refusal: &RemoteRefusal{Code: code, Message: message}}
	}
	var metric string
	own := make([]string, 0, len(pairs)+2)
	bytes := 0
	for i := 0; i+1 < len(pairs); i += 2 {
		name, value := pairs[i], pairs[i+1]
		bytes += len(name) + len(value)
		switch {
		case bytes > remoteLabelBytesMax:
			return refuse("labels_too_large", fmt.Sprintf("the labels of a series have at most %d bytes", remoteLabelBytesMax))
		case name == tsdb.MetricLabel && metric == "":
			metric = value
		case strings.Contains(name, "."):
			return refuse("invalid_label", fmt.Sprintf("label name %.100q: letters, digits and _ only", name))
		default:
			own = append(own, name, hides.Label(name, value))
		}
	}
	switch {
	case metric == "":
		return refuse("missing_name", "a series without a metric name")
	case strings.Contains(metric, "."):
		return refuse("invalid_label", fmt.Sprintf("metric name %.100q: letters, digits, _ and : only", metric))
	case reserved(metric):
		return refuse("reserved_name", metric+" is computed from events and cannot be sent")
	case len(own)/2 > remoteLabelsMax:
		return refuse("too_many_labels", fmt.Sprintf("a series has at most %d labels", remoteLabelsMax))
	}
	n := new(remoteName)
	var err error
	if n.series, err = tsdb.NewLabels(metric, append(own, originLabel, remoteOrigin)...); err == nil {
		n.marks, err = tsdb.NewLabels(metric, append(own, originLabel, remoteMarks)...)
	}
	if err != nil {
		return refuse("invalid_label", err.Error())
	}
	return n
}
