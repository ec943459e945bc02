package access

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/audit"
	"flowwatch/engine/vault"
)

func TestSecretsOfOneTimePasswordsAreSealed(t *testing.T) { // 5.13: secrets with a key outside the database
	t.Parallel()
	b := newBench(t)
	b.user("office", "anna", Viewer)
	key := vault.New(filepath.Join(t.TempDir(), "key"))
	_, p := b.signedIn("anna")
	text, _, err := b.EnrolFactor(audit.System(), p, testPassword)
	require.NoError(t, err)
	secret, err := totpEncoding.DecodeString(text)
	require.NoError(t, err)
	code := func() string { return totpCode(secret, uint64(b.clock().Unix()/30)) }
	recovery, err := b.ConfirmFactor(audit.System(), p, code())
	require.NoError(t, err)

	b.restart()
	locked, err := b.UseVault(key) // an old database: its readable secret is sealed now
	require.NoError(t, err)
	require.Empty(t, locked)
	require.Nil(t, b.accountNamed("anna").record.Load().Factor.Secret)
	signIn := func(code string) error {
		_, _, err := b.SignIn(Credentials{Login: "anna", Password: testPassword, Code: code})
		return err
	}
	b.pass(2 * totpPeriod)
	require.NoError(t, signIn(code()))

	b.restart()
	locked, err = b.UseVault(key)
	require.NoError(t, err)
	require.Empty(t, locked)
	b.pass(2 * totpPeriod)
	require.NoError(t, signIn(code()))

	b.restart()
	locked, err = b.UseVault(vault.New(filepath.Join(t.TempDir(), "other"))) // the key is lost
	require.NoError(t, err)
	require.Len(t, locked, 1)
	b.pass(2 * totpPeriod)
	require.Error(t, signIn(code()))
	require.Error(t, signIn(totpCode(nil, uint64(b.clock().Unix()/30))), "a code of no key is not right")
	require.NoError(t, signIn(recovery[0]), "recovery codes are hashes and need no key")
	b.restart()
	_, err = b.UseVault(key)
	require.NoError(t, err)
	b.pass(2 * totpPeriod)
	require.NoError(t, signIn(code()), "and the key may be found again")
}
