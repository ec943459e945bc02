package kv

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

// smallPage makes a page of 64 bytes with three elements' room.
func smallPage(id uint64, kind, count uint16, overflow uint32, elements ...uint64) []byte {
	n := binary.NativeEndian
	page := n.AppendUint64(nil, id)
	page = n.AppendUint16(page, kind)
	page = n.AppendUint16(page, count)
	page = n.AppendUint32(page, overflow)
	for _, e := range elements {
		page = n.AppendUint64(page, e)
	}
	return append(page, make([]byte, smallPageBytes-len(page))...)
}

const smallPageBytes = 64

func walkSmall(data []byte) error {
	t := &tree{file: bytes.NewReader(data), pageSize: smallPageBytes, buckets: true, seen: make(map[uint64]bool)}
	t.pages = uint64(len(data)) / smallPageBytes
	return t.walk(0, true)
}

func TestTreeReachesEachPageOnce(t *testing.T) {
	t.Parallel()
	leaf := func(id uint64) []byte { return smallPage(id, pageLeaf, 0, 0) }
	f := func(name string, sound bool, pages ...[]byte) {
		t.Helper()
		err := walkSmall(bytes.Join(pages, nil))
		if sound {
			require.NoError(t, err, name)
		} else {
			require.ErrorIs(t, err, ErrCorrupt, name)
		}
	}
	f("a leaf", true, leaf(0))
	f("two leaves", true, smallPage(0, pageBranch, 2, 0, 0, 1, 0, 2), leaf(1), leaf(2))
	f("one leaf twice", false, smallPage(0, pageBranch, 2, 0, 0, 1, 0, 1), leaf(1), leaf(2))
	f("back to the root", false, smallPage(0, pageBranch, 2, 0, 0, 1, 0, 0), leaf(1))
	f("no such page", false, smallPage(0, pageBranch, 1, 0, 0, 9))
	f("neither branch nor leaf", false, smallPage(0, pageBranch, 1, 0, 0, 1), smallPage(1, 0x10, 0, 0))
	f("more elements than room", false, smallPage(0, pageBranch, 4, 0, 0, 1, 0, 2, 0, 3), leaf(1), leaf(2), leaf(3))
	f("longer than the file", false, smallPage(0, pageBranch, 0, 1))
}

// FuzzTree walks any bytes: it finds something or nothing, and always comes back.
func FuzzTree(f *testing.F) {
	f.Add(smallPage(0, pageLeaf, 0, 0))
	f.Add(append(smallPage(0, pageBranch, 2, 0, 0, 1, 0, 2), make([]byte, 2*smallPageBytes)...))
	f.Add(append(smallPage(0, pageLeaf, 1, 0, elementBucket, 0, 1), smallPage(1, pageBranch, 1, 0, 0, 0)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := walkSmall(data); err != nil {
			require.ErrorIs(t, err, ErrCorrupt)
		}
	})
}
