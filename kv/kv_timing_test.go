package kv

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func benchDB(b *testing.B) (*DB, Scope) {
	db, err := Open(filepath.Join(b.TempDir(), "bench.db"), Options{})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	s, err := db.Scope("office")
	require.NoError(b, err)
	return db, s
}

// BenchmarkAppendCommit is the hot path of ingestion: one journal block a commit.
func BenchmarkAppendCommit(b *testing.B) {
	for _, size := range []int{200, 2_000, 76_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			db, s := benchDB(b)
			j := NewJournal("journal")
			data := make([]byte, size)
			b.ReportAllocs()
			for seq := uint64(1); b.Loop(); seq++ {
				if err := db.Update(func(tx *Tx) error { return j.Append(tx, s, seq, seq, data) }); err != nil {
					b.Fatal(err)
				}
				if seq%1000 == 0 {
					b.StopTimer()
					err := db.Update(func(tx *Tx) error {
						_, err := j.Trim(tx, s, 1000, func(uint64, uint64, []byte) bool { return true })
						return err
					})
					if err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
		})
	}
}

// BenchmarkBatch has 16 callers who each wait for their answer.
func BenchmarkBatch(b *testing.B) {
	db, s := benchDB(b)
	docs := NewCollection("doc", benchSpec())
	before := db.Stats().Commits
	b.ResetTimer()
	var wg sync.WaitGroup
	for worker := range 16 {
		wg.Go(func() {
			for i := worker; i < b.N; i += 16 {
				d := &benchDoc{id: uint64(i), body: make([]byte, 200)}
				if err := db.Batch(func(tx *Tx) error { return docs.Replace(tx, s, nil, d) }); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
	b.ReportMetric(float64(b.N)/float64(db.Stats().Commits-before), "calls/commit")
}

type benchDoc struct {
	id, state uint64
	body      []byte
}

func benchSpec() Spec[benchDoc] {
	key := func(emit func([]byte), parts ...uint64) {
		var buf [32]byte
		k := buf[:0]
		for _, p := range parts {
			k = AppendUint64(k, p)
		}
		emit(k)
	}
	return Spec[benchDoc]{
		Key: func(dst []byte, d *benchDoc) []byte { return AppendUint64(dst, d.id) },
		Encode: func(dst []byte, d *benchDoc) []byte {
			return append(binary.BigEndian.AppendUint64(dst, d.state), d.body...)
		},
		Decode: func(_ uint8, key, data []byte) (*benchDoc, error) {
			id, _, err := ReadUint64(key)
			if err != nil {
				return nil, err
			}
			state, body, err := ReadUint64(data)
			return &benchDoc{id: id, state: state, body: append([]byte(nil), body...)}, err
		},
		Indexes: []Index[benchDoc]{
			{Name: "name", Unique: true, Keys: func(d *benchDoc, emit func([]byte)) { key(emit, d.id*0x9E3779B97F4A7C15) }},
			{Name: "state", Keys: func(d *benchDoc, emit func([]byte)) { key(emit, d.state%6) }},
			{Name: "workflow", Keys: func(d *benchDoc, emit func([]byte)) { key(emit, d.id%40) }},
			{Name: "client", Keys: func(d *benchDoc, emit func([]byte)) { key(emit, d.id%300) }},
		},
	}
}

// BenchmarkReplace500 stores 500 documents of 400 bytes with four indexes in a commit: new ones, then ones whose state changes.
func BenchmarkReplace500(b *testing.B) {
	for _, update := range []bool{false, true} {
		b.Run(map[bool]string{false: "new", true: "known"}[update], func(b *testing.B) {
			db, s := benchDB(b)
			docs := NewCollection("doc", benchSpec())
			next := uint64(0)
			olds, news := make([]benchDoc, 500), make([]benchDoc, 500)
			body := make([]byte, 392)
			b.ReportAllocs()
			for b.Loop() {
				err := db.Update(func(tx *Tx) error {
					for i := range news {
						var old *benchDoc
						if update && news[i].body != nil {
							olds[i] = news[i]
							old = &olds[i]
							news[i].state++
						} else {
							next++
							news[i] = benchDoc{id: next, body: body}
						}
						if err := docs.Replace(tx, s, old, &news[i]); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*500/b.Elapsed().Seconds(), "docs/s")
		})
	}
}

func BenchmarkGet(b *testing.B) {
	db, s := benchDB(b)
	docs := NewCollection("doc", benchSpec())
	require.NoError(b, db.Update(func(tx *Tx) error {
		for i := range uint64(10_000) {
			if err := docs.Replace(tx, s, nil, &benchDoc{id: i, body: make([]byte, 392)}); err != nil {
				return err
			}
		}
		return nil
	}))
	b.ReportAllocs()
	err := db.View(func(tx *Tx) error {
		key := make([]byte, 8)
		for i := 0; b.Loop(); i++ {
			binary.BigEndian.PutUint64(key, uint64(i)*7919%10_000)
			if _, ok := docs.GetRaw(tx, s, key); !ok {
				b.Fatal("missing")
			}
		}
		return nil
	})
	require.NoError(b, err)
}
