package access

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // RFC 6238 as authenticator programs have it; HMAC does not need collision resistance.
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// One-time passwords of RFC 6238 as all authenticator programs make them.
const (
	totpPeriod      = 30 * time.Second
	totpDigits      = 6
	totpSkew        = 1 // periods that a telephone's clock may be off
	totpSecretBytes = 20
	totpIssuer      = "Flowwatch"
	recoveryCodes   = 8
	recoveryBytes   = 10
)

// secondFactor is what is stored of a user's one-time passwords. The secret
// has to be known to check a code: it is stored sealed, and readable only where
// the store has no vault.
type secondFactor struct {
	Secret    []byte   `json:"secret,omitempty"`
	Sealed    []byte   `json:"sealed,omitempty"`
	Confirmed bool     `json:"confirmed"`          // false: enrolled, not in force yet
	Counter   uint64   `json:"counter,omitempty"`  // of the last code taken; none is taken twice
	Recovery  [][]byte `json:"recovery,omitempty"` // hashes of the codes that are left

	opened []byte // what is sealed; nil: it cannot be opened, and no code is right
}

// key is the secret; nil when it cannot be opened.
func (f *secondFactor) key() []byte {
	if f.Sealed != nil {
		return f.opened
	}
	return f.Secret
}

func newSecondFactor() *secondFactor {
	f := &secondFactor{Secret: make([]byte, totpSecretBytes)}
	rand.Read(f.Secret) // never fails: the program ends instead
	return f
}

var totpEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// text is the secret as people type it.
func (f *secondFactor) text() string { return totpEncoding.EncodeToString(f.key()) }

// address is the otpauth link that a QR code of the secret holds.
func (f *secondFactor) address(login string) string {
	q := url.Values{"secret": {f.text()}, "issuer": {totpIssuer}}
	return fmt.Sprintf("otpauth://totp/%s:%s?%s", totpIssuer, url.PathEscape(login), q.Encode())
}

// take checks a code at a moment and returns the factor as it is after it, nil
// when the code is wrong or was taken before. It does not change f.
func (f *secondFactor) take(code string, now time.Time) *secondFactor {
	code = strings.NewReplacer(" ", "", "-", "").Replace(strings.ToLower(code))
	if next := f.takeTOTP(code, now); next != nil {
		return next
	}
	hash := hashOf(code)
	for i, known := range f.Recovery {
		if subtle.ConstantTimeCompare(known, hash[:]) == 1 {
			next := *f
			next.Recovery = slices.Delete(slices.Clone(f.Recovery), i, i+1)
			return &next
		}
	}
	return nil
}

func (f *secondFactor) takeTOTP(code string, now time.Time) *secondFactor {
	key := f.key()
	if len(key) == 0 {
		return nil // a code of no key could be computed by anybody
	}
	present := now.Unix() / int64(totpPeriod.Seconds())
	for counter := present - totpSkew; counter <= present+totpSkew; counter++ {
		same := subtle.ConstantTimeCompare([]byte(totpCode(key, uint64(counter))), []byte(code)) == 1
		if same && uint64(counter) > f.Counter {
			next := *f
			next.Counter = uint64(counter)
			return &next
		}
	}
	return nil
}

// totpCode is the code of one period: RFC 4226's HOTP of its number.
func totpCode(secret []byte, counter uint64) string {
	mac := hmac.New(sha1.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, counter))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	number := binary.BigEndian.Uint32(sum[at:]) & (1<<31 - 1)
	return fmt.Sprintf("%0*d", totpDigits, number%1_000_000)
}

// renewRecovery gives the factor new recovery codes and returns them, for this
// one time.
func (f *secondFactor) renewRecovery() (codes []string) {
	f.Recovery = nil
	for range recoveryCodes {
		b := make([]byte, recoveryBytes)
		rand.Read(b) // never fails: the program ends instead
		code := strings.ToLower(totpEncoding.EncodeToString(b))
		hash := hashOf(code)
		f.Recovery = append(f.Recovery, hash[:])
		codes = append(codes, code[:8]+"-"+code[8:])
	}
	return codes
}
