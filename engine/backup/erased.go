package backup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErasedName is the file beside backups that says, in hashes, what was erased after they were made: a restored one is erased again.
const ErasedName = "erased.jsonl"

// MergeErased adds the lines of the file at source to the one at target that it lacks, in one step: whatever happens, the old or the new
// target is there. A source that is missing has none.
func MergeErased(target, source string) (err error) {
	more, err := os.ReadFile(source)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list of erasures: %w", err)
	}
	known, err := os.ReadFile(target)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("list of erasures: %w", err)
	}
	merged := mergeLines(known, more)
	if bytes.Equal(merged, known) {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(target), filepath.Base(target)+".*")
	if err != nil {
		return fmt.Errorf("list of erasures: %w", err)
	}
	_, err = f.Write(merged)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), target)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("list of erasures: %w", err), os.Remove(f.Name()))
	}
	if err := folder(filepath.Dir(target)).sync(); err != nil {
		return fmt.Errorf("list of erasures: %w", err)
	}
	return nil
}

// mergeLines adds the lines of more to known that it lacks.
func mergeLines(known, more []byte) []byte {
	has := map[string]bool{}
	for line := range bytes.Lines(known) {
		has[string(bytes.TrimSpace(line))] = true
	}
	merged := bytes.Clone(known)
	if len(merged) > 0 && merged[len(merged)-1] != '\n' {
		merged = append(merged, '\n')
	}
	for line := range bytes.Lines(more) {
		text := bytes.TrimSpace(line)
		if len(text) == 0 || has[string(text)] {
			continue
		}
		has[string(text)] = true
		merged = append(append(merged, text...), '\n')
	}
	return merged
}
