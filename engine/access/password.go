package access

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"flowwatch/engine/fault"
)

// Limits of passwords and of the work that they make. One hashing takes
// 19 MiB, so the appliance spends at most 38 MiB on people who sign in.
const (
	PasswordRunesMin = 8
	PasswordBytesMax = 256
	// HashesAtOnceMax is how many passwords are hashed at a time; others wait.
	HashesAtOnceMax = 2
	hashesWaitMax   = 64 // beyond, callers are told to come back
	hashWait        = 10 * time.Second
	hashRetry       = 2 * time.Second
)

var errHashingBusy = fault.New(fault.Unavailable, "sign_in_busy", "too many people sign in at once").After(hashRetry)

// argon2Cost are the parameters of argon2id. They stand in each hash, so that
// old hashes stay good when the present cost rises.
type argon2Cost struct {
	memoryKiB, passes uint32
	lanes             uint8
}

var costNow = argon2Cost{memoryKiB: 19 << 10, passes: 2, lanes: 1}

// What a stored hash may ask for.
const (
	saltBytes        = 16
	hashBytes        = 32
	costMemoryKiBMax = 1 << 20
	costPassesMax    = 64
	costLanesMax     = 16
)

// hasher hashes passwords, a bounded number at a time. It is safe for
// concurrent use.
type hasher struct {
	slots   chan struct{}
	waiting atomic.Int64
	done    atomic.Uint64 // hashings since the start
	nobody  string        // a hash that no password has, for logins that nobody has
}

func newHasher() *hasher {
	return &hasher{
		slots:  make(chan struct{}, HashesAtOnceMax),
		nobody: costNow.encode(make([]byte, saltBytes), make([]byte, hashBytes)),
	}
}

// enter waits for a place to hash in. Without an error leave must be called.
func (h *hasher) enter() error {
	if h.waiting.Add(1) > hashesWaitMax {
		h.waiting.Add(-1)
		return errHashingBusy
	}
	defer h.waiting.Add(-1)
	late := time.NewTimer(hashWait)
	defer late.Stop()
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-late.C:
		return errHashingBusy
	}
}

func (h *hasher) leave() { <-h.slots }

// make gives the text to store of a new password: PHC's, with the cost in it.
func (h *hasher) make(password string) (string, error) {
	if err := checkPassword(password); err != nil {
		return "", err
	}
	if err := h.enter(); err != nil {
		return "", err
	}
	defer h.leave()
	return h.encode(password), nil
}

// encode is make for who has entered.
func (h *hasher) encode(password string) string {
	salt := make([]byte, saltBytes)
	rand.Read(salt) // never fails: the program ends instead
	return costNow.encode(salt, h.hash(password, salt, costNow))
}

// matches reports whether the password is the one of a stored hash. The caller
// has entered. It costs the same whatever the password is.
func (h *hasher) matches(stored, password string) (bool, error) {
	cost, salt, want, err := decodeHash(stored)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(h.hash(password, salt, cost), want) == 1, nil
}

func (h *hasher) hash(password string, salt []byte, c argon2Cost) []byte {
	h.done.Add(1)
	return argon2.IDKey([]byte(password), salt, c.passes, c.memoryKiB, c.lanes, hashBytes)
}

// outdated reports whether a stored hash was made at another cost than new ones.
func outdated(stored string) bool {
	cost, _, _, err := decodeHash(stored)
	return err == nil && cost != costNow
}

// encode is $argon2id$v=19$m=…,t=…,p=…$salt$hash, base64 without padding.
func (c argon2Cost) encode(salt, hash []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, c.memoryKiB, c.passes, c.lanes, b64.EncodeToString(salt), b64.EncodeToString(hash))
}

var errBadHash = errors.New("not a stored argon2id hash")

func decodeHash(stored string) (c argon2Cost, salt, hash []byte, err error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, errBadHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memoryKiB, &c.passes, &c.lanes); err != nil {
		return c, nil, nil, errBadHash
	}
	if c.memoryKiB < 8 || c.memoryKiB > costMemoryKiBMax || c.passes < 1 || c.passes > costPassesMax || c.lanes < 1 || c.lanes > costLanesMax {
		return c, nil, nil, errBadHash
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil || len(salt) != saltBytes {
		return c, nil, nil, errBadHash
	}
	if hash, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(hash) != hashBytes {
		return c, nil, nil, errBadHash
	}
	return c, salt, hash, nil
}

func checkPassword(password string) error {
	if utf8.ValidString(password) && utf8.RuneCountInString(password) >= PasswordRunesMin && len(password) <= PasswordBytesMax {
		return nil
	}
	return invalidUser(fault.Field{
		Location: "body.password", Message: fmt.Sprintf("at least %d characters, at most %d bytes", PasswordRunesMin, PasswordBytesMax),
	})
}
