//go:build !linux && !darwin

package kv

// FreeBytes returns what an ordinary process can still write on the disk of a directory; known is false where the system does not say.
func FreeBytes(string) (free int64, known bool) { return 0, false }
