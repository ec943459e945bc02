package access

import (
	"errors"

	"flowwatch/kv"
)

// expiredPerFlushMax bounds what one Flush removes.
const expiredPerFlushMax = 1000

// Flush writes the last uses of tokens and sessions that the disk is more than
// five minutes behind with, and removes expired sessions, which it notes. A
// crash loses at most what was not flushed. Without anything to do it does no I/O.
func (s *Store) Flush() error { return s.flush(usesWrittenEvery.Milliseconds()) }

// Close writes all last uses and what waits of failed sign-ins. The Store
// stays usable and the database open: they are the caller's.
func (s *Store) Close() error { return errors.Join(s.NoteFailures(), s.flush(1)) }

func (s *Store) flush(behindMs int64) error {
	s.change.Lock()
	defer s.change.Unlock()
	now := s.now()
	var expired, used []*credential
	s.mu.RLock()
	for _, c := range s.principals {
		switch {
		case c.principal.Kind == KindSession && c.expiredAt(now):
			if len(expired) < expiredPerFlushMax {
				expired = append(expired, c)
			}
		case c.usedMs.Load()-c.writtenMs >= behindMs:
			used = append(used, c)
		}
	}
	s.mu.RUnlock()
	return errors.Join(s.writeUses(used), s.lapseSessions(expired, false))
}

func (s *Store) writeUses(used []*credential) error {
	if len(used) == 0 {
		return nil
	}
	written := make([]int64, len(used))
	err := s.batch("write last uses", func(tx *kv.Tx) error {
		for i, c := range used {
			written[i] = c.usedMs.Load()
			if err := s.writeUse(tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, c := range used {
		c.writtenMs = written[i]
	}
	return nil
}

func (s *Store) writeUse(tx *kv.Tx, c *credential) error {
	if c.principal.Kind == KindSession {
		return sessions.Put(tx, s.scope, c.session())
	}
	return tokens.Put(tx, s.scope, &tokenRecord{Token: c.token(), Hash: c.hash[:]})
}
