package kv

import "fmt"

// requireRoom returns ErrFull when the disk of the directory has less free than needed. Where nobody can tell, it lets pass: the write
// itself will.
func requireRoom(dir string, needed int64) error {
	if free, known := FreeBytes(dir); known && free < needed {
		return fmt.Errorf("%d bytes are needed in %s, and %d are free: %w", needed, dir, free, ErrFull)
	}
	return nil
}
