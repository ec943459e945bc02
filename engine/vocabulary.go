package engine

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// Limits of the shared word lists. A workflow whose runs all have steps of
// their own names would otherwise leave a list behind for each run.
const (
	vocabulariesPerWorkflowMax = 64
	vocabulariesMax            = 4_096
	vocabularyBytesMax         = 16 << 10
)

// wordList is a list of strings that documents of one workflow refer to.
type wordList struct {
	ref        uint64
	workflowID string
	words      []string
}

var vocabularies = kv.NewCollection("vocabularies", kv.Spec[wordList]{
	Version: 1,
	Key:     func(dst []byte, w *wordList) []byte { return kv.AppendUint64(dst, w.ref) },
	Encode:  encodeWordList,
	Decode:  decodeWordList,
})

func decodeWordList(_ uint8, key, data []byte) (*wordList, error) {
	ref, _, err := kv.ReadUint64(key)
	if err != nil {
		return nil, fmt.Errorf("vocabulary key: %w", err)
	}
	w := &wordList{ref: ref}
	if w.workflowID, data, err = kv.ReadString(data); err != nil {
		return nil, fmt.Errorf("vocabulary: %w", err)
	}
	for len(data) > 0 {
		var word string
		if word, data, err = kv.ReadString(data); err != nil {
			return nil, fmt.Errorf("vocabulary: %w", err)
		}
		w.words = append(w.words, word)
	}
	return w, nil
}

// vocabulary holds an organisation's shared word lists, all of them in memory.
// New lists wait in fresh until the checkpoint that uses them commits.
type vocabulary struct {
	mu          sync.RWMutex // guards the rest
	lists       map[uint64][]string
	perWorkflow map[string]int
	fresh       []*wordList
}

var _ execution.Vocabulary = (*vocabulary)(nil)

func newVocabulary() *vocabulary {
	return &vocabulary{lists: map[uint64][]string{}, perWorkflow: map[string]int{}}
}

// Intern returns the reference of a word list, or false when the workflow has
// too many of them: then the words belong into the document.
func (v *vocabulary) Intern(workflowID string, words []string) (uint64, bool) {
	list := &wordList{workflowID: workflowID, words: words}
	encoded := encodeWordList(nil, list)
	sum := sha256.Sum256(encoded)
	ref := binary.BigEndian.Uint64(sum[:])
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, ok := v.lists[ref]; ok {
		return ref, true
	}
	if len(encoded) > vocabularyBytesMax || len(v.lists) >= vocabulariesMax || v.perWorkflow[workflowID] >= vocabulariesPerWorkflowMax {
		return 0, false
	}
	list.ref, list.words = ref, append([]string(nil), words...)
	v.lists[ref] = list.words
	v.perWorkflow[workflowID]++
	v.fresh = append(v.fresh, list)
	return ref, true
}

// Words returns a word list.
func (v *vocabulary) Words(ref uint64) ([]string, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	words, ok := v.lists[ref]
	return words, ok
}

func encodeWordList(dst []byte, w *wordList) []byte {
	dst = kv.AppendString(dst, w.workflowID)
	for _, word := range w.words {
		dst = kv.AppendString(dst, word)
	}
	return dst
}

func (v *vocabulary) load(tx *kv.Tx, s kv.Scope) error {
	return vocabularies.Scan(tx, s, kv.Span{}, func(_ []byte, w *wordList) (bool, error) {
		v.lists[w.ref] = w.words
		v.perWorkflow[w.workflowID]++
		return true, nil
	})
}

// save writes the fresh lists; call saved once the transaction committed.
func (v *vocabulary) save(tx *kv.Tx, s kv.Scope) error {
	v.mu.RLock()
	defer v.mu.RUnlock()
	for _, w := range v.fresh {
		if err := vocabularies.Put(tx, s, w); err != nil {
			return fmt.Errorf("vocabulary: %w", err)
		}
	}
	return nil
}

func (v *vocabulary) saved() {
	v.mu.Lock()
	v.fresh = v.fresh[:0]
	v.mu.Unlock()
}
