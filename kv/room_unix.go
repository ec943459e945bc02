//go:build linux || darwin

package kv

import (
	"math"
	"syscall"
)

// FreeBytes returns what an ordinary process can still write on the disk of a directory; known is false where the system does not say.
func FreeBytes(dir string) (free int64, known bool) {
	var disk syscall.Statfs_t
	if syscall.Statfs(dir, &disk) != nil {
		return 0, false
	}
	block := max(1, uint64(disk.Bsize)) // of another type on each system
	return int64(min(disk.Bavail, math.MaxInt64/block) * block), true
}
