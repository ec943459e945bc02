package access

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The vectors of RFC 6238, appendix B, cut to six digits.
func TestCodesAreThoseOfTheStandard(t *testing.T) {
	t.Parallel()
	secret := []byte("12345678901234567890")
	for unix, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		assert.Equal(t, want, totpCode(secret, uint64(unix/30)), unix)
	}
}

func TestACodeIsTakenOnceAndNearItsTime(t *testing.T) {
	t.Parallel()
	f, now := &secondFactor{Secret: []byte("12345678901234567890")}, time.Unix(1111111109, 0)
	next := f.take("081 804", now)
	require.NotNil(t, next)
	assert.Nil(t, next.take("081804", now), "a second time")
	assert.NotNil(t, f.take("081804", now.Add(totpPeriod)), "a telephone that is late")
	assert.NotNil(t, f.take("081804", now.Add(-totpPeriod)))
	assert.Nil(t, f.take("081804", now.Add(3*totpPeriod)))
	for _, wrong := range []string{"", "081805", "0818040", "zzzzzz"} {
		assert.Nil(t, f.take(wrong, now), wrong)
	}
}

func TestARecoveryCodeIsGoodOnce(t *testing.T) {
	t.Parallel()
	f := newSecondFactor()
	codes := f.renewRecovery()
	require.Len(t, codes, recoveryCodes)
	now := time.Unix(1111111109, 0)
	next := f.take(strings.ToUpper(codes[3]), now)
	require.NotNil(t, next)
	assert.Nil(t, next.take(codes[3], now))
	assert.NotNil(t, next.take(codes[4], now))
	assert.Len(t, f.Recovery, recoveryCodes, "it is not changed in place")
	assert.Contains(t, f.address("anna@biuro"), "otpauth://totp/Flowwatch:anna@biuro?issuer=Flowwatch&secret="+f.text())
}
