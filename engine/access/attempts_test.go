package access

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Each lock-out is twice as long as the one before, up to the longest, until an hour without failures.
func TestLockOutsGrow(t *testing.T) {
	t.Parallel()
	a, now, key := newAttempts(), time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC), hashOf("anna")
	for _, want := range []time.Duration{1, 2, 4, 8, 15, 15} {
		for i := range failuresOfAccountMax {
			assert.Zero(t, a.wait(now, key), i)
			a.failed(now, key, failuresOfAccountMax)
		}
		assert.Equal(t, want*time.Minute, a.wait(now, key))
		assert.Zero(t, a.wait(now, hashOf("ewa")))
		now = now.Add(want * time.Minute)
	}
	now = now.Add(lockoutsForgotten)
	for range failuresOfAccountMax {
		a.failed(now, key, failuresOfAccountMax)
	}
	assert.Equal(t, lockoutFirst, a.wait(now, key))
}

func TestFailuresAreForgottenAfterAMinuteOrASuccess(t *testing.T) {
	t.Parallel()
	a, now, key := newAttempts(), time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC), hashOf("anna")
	for range 5 {
		for range failuresOfAccountMax - 1 {
			a.failed(now, key, failuresOfAccountMax)
		}
		now = now.Add(failuresWithin)
	}
	a.succeeded(key)
	for range failuresOfAccountMax - 1 {
		a.failed(now, key, failuresOfAccountMax)
	}
	assert.Zero(t, a.wait(now, key))
}

// Whoever invents logins fills no memory, and frees nobody who is locked out while there is room otherwise.
func TestAttemptsAreBounded(t *testing.T) {
	t.Parallel()
	a, now, key := newAttempts(), time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC), hashOf("anna")
	for range failuresOfAccountMax {
		a.failed(now, key, failuresOfAccountMax)
	}
	invented := func(i int) (k secretHash) {
		binary.BigEndian.PutUint64(k[:], uint64(i)+1)
		return k
	}
	for i := range 2 * attemptsKept {
		a.failed(now, invented(i), failuresOfAccountMax)
		assert.LessOrEqual(t, len(a.known), attemptsKept)
	}
	assert.Equal(t, lockoutFirst, a.wait(now, key))
	for i := range 2 * attemptsKept {
		a.failed(now, invented(i), 1)
	}
	assert.LessOrEqual(t, len(a.known), attemptsKept)
}
