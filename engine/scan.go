package engine

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"sort"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// position is where the next page begins: past a document's key, or at an
// offset of a sorted list. mode 0 is the beginning, 't' a scan by time, 'p' the
// hits of a prefix, 'd' a list sorted by duration.
type position struct {
	mode   byte
	key    []byte
	offset int
}

func (p position) cursor(sortBy string) string {
	b := []byte{p.mode, sortMark(sortBy)}
	if p.mode == 'd' {
		b = binary.AppendUvarint(b, uint64(p.offset))
	} else {
		b = append(b, p.key...)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func sortMark(sortBy string) byte {
	switch sortBy {
	case sortStarted:
		return 'a'
	case sortDuration:
		return 's'
	case sortLongest:
		return 'l'
	}
	return 'z'
}

func readCursor(cursor, sortBy string) (position, error) {
	if cursor == "" {
		return position{}, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) < 3 || b[1] != sortMark(sortBy) {
		return position{}, errBadCursor
	}
	p := position{mode: b[0]}
	byDuration := sortBy == sortDuration || sortBy == sortLongest
	switch {
	case p.mode == 'd' && byDuration:
		offset, n := binary.Uvarint(b[2:])
		if n != len(b)-2 || offset > sortedMax {
			return position{}, errBadCursor
		}
		p.offset = int(offset)
	case (p.mode == 't' || p.mode == 'p') && !byDuration && len(b) > 2+8:
		p.key = b[2:]
	default:
		return position{}, errBadCursor
	}
	return p, nil
}

// scan is one run of a query over overlay and documents.
type scan struct {
	tenant  *Tenant
	tx      *kv.Tx
	query   *Query
	now     execution.Instant
	text    string // folded
	reverse bool   // newest first
	overlay map[string]*Listed
	skip    func(l *Listed) bool // of the matches, those that another mode shows
}

// found is a match with its key, by which lists are ordered.
type found struct {
	key  []byte
	item *Listed
}

// stretch is what one source yields: matches in order, and the key where it
// stopped looking; nil when it came to its end.
type stretch struct {
	found   []found
	stopped []byte
}

func (s *scan) before(a, b []byte) bool {
	if s.reverse {
		return bytes.Compare(a, b) > 0
	}
	return bytes.Compare(a, b) < 0
}

// page merges what the sources yield from a position on. A source that stopped
// early hides what others found beyond that point until the next page.
func (s *scan) page(at position, limit int) (Page, error) {
	var all []found
	var horizon []byte
	for _, span := range s.sources() {
		part, err := s.read(span, at, limit)
		if err != nil {
			return Page{}, err
		}
		all = append(all, part.found...)
		if part.stopped != nil && (horizon == nil || s.before(part.stopped, horizon)) {
			horizon = part.stopped
		}
	}
	all = append(all, s.fromOverlay(at)...)
	sort.Slice(all, func(i, j int) bool { return s.before(all[i].key, all[j].key) })
	if horizon != nil {
		all = all[:sort.Search(len(all), func(i int) bool { return s.before(horizon, all[i].key) })]
	}
	page := Page{Items: make([]Listed, 0, min(limit, len(all)))}
	for i := 0; i < len(all) && i < limit; i++ {
		page.Items = append(page.Items, *all[i].item)
	}
	switch {
	case len(all) > limit:
		page.NextCursor = position{mode: 't', key: all[limit-1].key}.cursor(s.query.Sort)
	case horizon != nil:
		page.NextCursor = position{mode: 't', key: horizon}.cursor(s.query.Sort)
	}
	return page, nil
}

// source is an index with the prefix to read; "" is the documents themselves.
// With clients it is all of theirs, in one order.
type source struct {
	index   string
	prefix  []byte
	clients []string
}

// sources picks the narrowest index that the filters allow.
func (s *scan) sources() []source {
	q := s.query
	switch {
	case q.ClientRef != "" && !s.tenant.sees(q.ClientRef):
		return nil
	case q.ClientRef != "":
		return []source{clientSource(q.ClientRef)}
	case !s.tenant.clients.All():
		return []source{{clients: s.tenant.clients.Refs()}}
	case q.WorkflowID != "":
		return []source{{index: byWorkflow, prefix: kv.AppendString(nil, q.WorkflowID)}}
	case len(q.Statuses) > 0 && !contains(q.Statuses, execution.Completed):
		out := make([]source, 0, len(q.Statuses))
		for i, status := range q.Statuses {
			if !contains(q.Statuses[:i], status) {
				out = append(out, source{index: byStatus, prefix: kv.AppendByte(nil, byte(status))})
			}
		}
		return out
	}
	return []source{{}}
}

// span is the part of a source's index between the query's times.
func (s *scan) span(src source, at position) kv.Span {
	sp := kv.Span{Prefix: src.prefix, Reverse: s.reverse}
	if s.query.From.Present() {
		sp.From = kv.AppendInt64(append([]byte(nil), src.prefix...), int64(s.query.From))
	}
	if s.query.To.Present() && s.query.To < execution.Instant(1<<63-1) {
		sp.To = kv.AppendInt64(append([]byte(nil), src.prefix...), int64(s.query.To)+1)
	}
	if at.key != nil {
		sp.After = append(append([]byte(nil), src.prefix...), at.key...)
	}
	return sp
}

// read yields up to limit+1 matches of a source, after at most candidatesMax
// candidates.
func (s *scan) read(src source, at position, limit int) (stretch, error) {
	var out stretch
	var failed error
	examined := 0
	visit := func(key []byte, load func() (*Listed, error)) bool {
		examined++
		if s.overlay[string(documentID(key))] == nil {
			l, err := load()
			if err != nil {
				failed = err
				return false
			}
			if s.matches(l) && (s.skip == nil || !s.skip(l)) {
				out.found = append(out.found, found{append([]byte(nil), key...), l})
			}
		}
		if len(out.found) > limit || examined >= s.query.candidates() {
			out.stopped = append([]byte(nil), key...)
			return false
		}
		return true
	}
	s.walk(src, at, visit)
	return out, failed
}

func (s *scan) walk(src source, at position, visit func(key []byte, load func() (*Listed, error)) bool) {
	t := s.tenant
	if src.clients != nil {
		s.walkClients(src.clients, at, visit)
		return
	}
	if src.index == "" {
		documents.ScanRaw(s.tx, t.scope, s.span(src, at), func(key, data []byte) bool {
			return visit(key, func() (*Listed, error) { return listedOf(data) })
		})
		return
	}
	documents.ScanIndex(s.tx, t.scope, src.index, s.span(src, at), func(_, primary []byte) bool {
		return visit(primary, func() (*Listed, error) { return s.load(src.index, primary) })
	})
}

// load reads the document that an index names.
func (s *scan) load(index string, primary []byte) (*Listed, error) {
	data, ok := documents.GetRaw(s.tx, s.tenant.scope, primary)
	if !ok {
		return nil, fmt.Errorf("index %s: %w", index, kv.ErrNotFound)
	}
	return listedOf(data)
}

// fromOverlay yields the matches that the documents don't hold yet.
func (s *scan) fromOverlay(at position) []found {
	var out []found
	for _, l := range s.overlay {
		if !s.matches(l) || s.skip != nil && s.skip(l) {
			continue
		}
		key := documentKey(nil, l.SortTime(), l.ExecutionID)
		if at.key == nil || s.before(at.key, key) {
			out = append(out, found{key, l})
		}
	}
	return out
}

// count fills in the counts by status from at most candidatesMax candidates.
func (s *scan) count(page *Page) error {
	counted, examined := int64(0), 0
	var failed error
	statuses := s.query.Statuses
	s.query.Statuses = nil
	defer func() { s.query.Statuses = statuses }()
	for _, l := range s.overlay {
		if s.matchesAllBut(l) {
			page.Counts[l.Status]++
			counted++
		}
	}
	for _, src := range s.sources() {
		s.walk(src, position{}, func(key []byte, load func() (*Listed, error)) bool {
			if counted >= countedMax || examined >= candidatesMax {
				page.CountsCapped = true
				return false
			}
			examined++
			if s.overlay[string(documentID(key))] != nil {
				return true
			}
			l, err := load()
			if err != nil {
				failed = err
				return false
			}
			if s.matchesAllBut(l) {
				page.Counts[l.Status]++
				counted++
			}
			return true
		})
	}
	return failed
}

// textPage answers a search among very many executions: first those whose id
// or client begins with the text, however old, then by time all others.
func (s *scan) textPage(at position) (Page, error) {
	hits, err := s.prefixHits()
	if err != nil {
		return Page{}, err
	}
	s.skip = func(l *Listed) bool { _, hit := hits[l.ExecutionID]; return hit }
	if at.mode == 't' || len(hits) == 0 {
		return s.page(at, s.query.Limit)
	}
	list := make([]found, 0, len(hits))
	for _, l := range hits {
		key := documentKey(nil, l.SortTime(), l.ExecutionID)
		if at.key == nil || s.before(at.key, key) {
			list = append(list, found{key, l})
		}
	}
	sort.Slice(list, func(i, j int) bool { return s.before(list[i].key, list[j].key) })
	if len(list) >= s.query.Limit {
		page := Page{NextCursor: position{mode: 'p', key: list[s.query.Limit-1].key}.cursor(s.query.Sort)}
		for _, f := range list[:s.query.Limit] {
			page.Items = append(page.Items, *f.item)
		}
		return page, nil
	}
	rest, err := s.page(position{}, s.query.Limit-len(list))
	if err != nil {
		return Page{}, err
	}
	page := Page{NextCursor: rest.NextCursor}
	for _, f := range list {
		page.Items = append(page.Items, *f.item)
	}
	page.Items = append(page.Items, rest.Items...)
	return page, nil
}

// prefixHits finds the matches whose id or client begins with the text. A
// prefix of more than prefixHitsMax executions is none: the scan by time will
// meet enough of them.
func (s *scan) prefixHits() (map[string]*Listed, error) {
	t, hits := s.tenant, map[string]*Listed{}
	var failed error
	add := func(key []byte) bool {
		d, err := documents.Get(s.tx, t.scope, key)
		if err != nil {
			failed = err
			return false
		}
		l := &Listed{Summary: d.summary, Seq: d.seq}
		if s.overlay[l.ExecutionID] == nil && s.matches(l) {
			hits[l.ExecutionID] = l
		}
		return len(hits) <= prefixHitsMax
	}
	begin := kv.Span{Prefix: stringPrefix(s.query.Text)}
	examined := 0
	documents.ScanIndex(s.tx, t.scope, byID, begin, func(entry, value []byte) bool {
		id, _, err := kv.ReadString(entry)
		if examined++; err != nil || examined > prefixHitsMax {
			return false
		}
		return add(append(append([]byte(nil), value...), id...))
	})
	tooMany := examined > prefixHitsMax
	examined = 0
	documents.ScanIndex(s.tx, t.scope, byClient, begin, func(_, primary []byte) bool {
		if examined++; examined > prefixHitsMax {
			return false
		}
		return add(primary)
	})
	if tooMany || examined > prefixHitsMax || len(hits) > prefixHitsMax {
		hits = nil
	}
	return hits, failed
}

// stringPrefix is the key prefix of all strings that begin with text.
func stringPrefix(text string) []byte {
	whole := kv.AppendString(nil, text)
	terminator := len(kv.AppendString(nil, ""))
	return whole[:len(whole)-terminator]
}
