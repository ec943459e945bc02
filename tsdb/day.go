package tsdb

import (
	"errors"

	"flowwatch/kv"
)

// dayState is what is known of one day of a scope.
type dayState struct {
	Day        Day    `json:"day"`
	Seq        uint64 `json:"seq"`                  // of the newest chunk that was ever written
	WrittenAt  int64  `json:"writtenAt"`            // Unix ms of that write: data age from it too
	Chunks     int    `json:"chunks,omitempty"`     // not folded yet
	ChunkBytes int64  `json:"chunkBytes,omitempty"` // of these
	EntryBytes int64  `json:"entryBytes,omitempty"` // of the entries, as of the last fold

	Segment *segmentState `json:"segment,omitempty"` // the newest that was sealed
}

// segmentState says which files hold a copy of the day's points, and how to tell that they are whole.
type segmentState struct {
	Name     string `json:"name"`     // of its directory
	Seq      uint64 `json:"seq"`      // the day's Seq when it was sealed; of another day state it is out of date
	SealedAt int64  `json:"sealedAt"` // Unix ms
	Points   int    `json:"points"`
	SHA256   string `json:"sha256"` // of the data and then the meta file
}

// sealed reports whether the segment holds all points of the day.
func (d *dayState) sealed() bool { return d.Segment != nil && d.Segment.Seq == d.Seq && d.Chunks == 0 }

// days holds a record for each day that has data, or had. Index "open" lists those that are not sealed.
var days = kv.NewCollection("tsdb_days", daySpec())

func daySpec() kv.Spec[dayState] {
	encode, decode := kv.JSON[dayState]()
	return kv.Spec[dayState]{
		Version: 1,
		Key:     func(dst []byte, d *dayState) []byte { return appendDay(dst, d.Day) },
		Encode:  encode,
		Decode:  decode,
		Indexes: []kv.Index[dayState]{{Name: "open", Keys: func(d *dayState, emit func([]byte)) {
			if !d.sealed() {
				emit([]byte{1})
			}
		}}},
	}
}

// readDayState returns the day's record, or nil when nothing was ever written to it.
func readDayState(tx *kv.Tx, s kv.Scope, day Day) (*dayState, error) {
	d, err := days.Get(tx, s, appendDay(nil, day))
	if errors.Is(err, kv.ErrNotFound) {
		return nil, nil
	}
	return d, err
}

// entries hold what was folded: a record for each series of a day.
var entries = kv.NewCollection("tsdb_entries", kv.Spec[entryRecord]{
	Version: 1,
	Key:     func(dst []byte, e *entryRecord) []byte { return appendEntryKey(dst, e.day, e.series) },
	Encode:  func(dst []byte, e *entryRecord) []byte { return append(dst, e.data...) },
	Decode: func(_ uint8, key, data []byte) (*entryRecord, error) {
		day, series, err := readEntryKey(key)
		if err != nil {
			return nil, err
		}
		e, err := readEntry(data)
		if err == nil {
			err = e.verify()
		}
		if err != nil {
			return nil, err
		}
		return &entryRecord{day: day, series: series}, nil
	},
})

// entryRecord is the stored form of one series' day. Its data is read with GetRaw, where it lies; Decode only verifies, for Check, and returns
// none.
type entryRecord struct {
	day    Day
	series SeriesID
	data   []byte
}

func appendEntryKey(dst []byte, day Day, series SeriesID) []byte {
	return kv.AppendUint32(appendDay(dst, day), uint32(series))
}

func readEntryKey(key []byte) (Day, SeriesID, error) {
	day, rest, err := readDay(key)
	if err != nil {
		return 0, 0, err
	}
	series, rest, err := kv.ReadUint32(rest)
	if err == nil && len(rest) != 0 {
		err = ErrCorrupt
	}
	return day, SeriesID(series), err
}
