package engine

import "flowwatch/engine/fault"

// secretName is what a secret of the organisation is sealed under: the kind of thing that has it, and where in it. An answer for another place or
// another organisation does not open it.
func (t *Tenant) secretName(kind, place string) string { return t.id + "/" + kind + "/" + place }

// sealSecret seals a secret under its name; without the key file that is Unavailable, secret_missing.
func (t *Tenant) sealSecret(name, secret string) ([]byte, error) {
	sealed, err := t.engine.vault.Seal(name, []byte(secret))
	if err != nil {
		return nil, fault.New(fault.Unavailable, "secret_missing", "the key file cannot be used, so the secret cannot be kept").Wrap(err)
	}
	return sealed, nil
}

// openSecret is false when there is none, or it cannot be opened with the key file.
func (t *Tenant) openSecret(name string, sealed []byte) (string, bool) {
	if sealed == nil {
		return "", false
	}
	secret, err := t.engine.vault.Open(name, sealed)
	return string(secret), err == nil
}
