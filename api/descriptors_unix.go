//go:build linux || darwin

package api

import (
	"math"
	"syscall"
)

// descriptors is how many files and connections the process may have open at a
// time; 0: unknown.
func descriptors() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(limit.Cur, math.MaxInt32))
}
