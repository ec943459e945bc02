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
	if disk.Bsize <= 0 || disk.Bavail > math.MaxInt64/uint64(disk.Bsize) {
		return math.MaxInt64, true
	}
	return int64(disk.Bavail) * int64(disk.Bsize), true
}
