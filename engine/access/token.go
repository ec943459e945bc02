package access

import (
	"fmt"
	"strings"
	"time"

	"flowwatch/engine/audit"
	"flowwatch/engine/fault"
	"flowwatch/kv"
)

// tokenPrefix tells people and scanners for lost secrets what they look at.
const tokenPrefix = "fw_"

// Token is an API token without its secret, which nobody can show again.
type Token struct {
	ID             string    `json:"id"`
	Name           string    `json:"name"`
	OrganizationID string    `json:"organizationId"`
	Roles          []Role    `json:"roles"`
	CreatedAt      time.Time `json:"createdAt"`
	ExpiresAt      time.Time `json:"expiresAt,omitzero"`  // zero: never
	LastUsedAt     time.Time `json:"lastUsedAt,omitzero"` // zero: never used; exact to a second
}

// TokenInput is what a new token is made from. Whether the caller may grant
// the roles is not checked here: see Principal.MayGrant.
type TokenInput struct {
	Name           string // 1 to 255 runes
	OrganizationID string
	Roles          []Role    // at least one
	ExpiresAt      time.Time // zero: never
}

type tokenRecord struct {
	Token
	Hash []byte `json:"hash"`
}

var tokens = func() *kv.Collection[tokenRecord] {
	encode, decode := kv.JSON[tokenRecord]()
	return kv.NewCollection("access_tokens", kv.Spec[tokenRecord]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, r *tokenRecord) []byte {
			return kv.AppendString(kv.AppendString(dst, r.OrganizationID), r.ID)
		},
		Indexes: []kv.Index[tokenRecord]{{
			Name: "secret", Unique: true,
			Keys: func(r *tokenRecord, emit func([]byte)) { emit(r.Hash) },
		}},
	})
}()

func (r *tokenRecord) credential() *credential {
	c := &credential{createdAt: r.CreatedAt, principal: Principal{
		ID: r.ID, Name: r.Name, OrganizationID: r.OrganizationID, Roles: r.Roles, Kind: KindToken, ExpiresAt: r.ExpiresAt,
	}}
	copy(c.hash[:], r.Hash)
	if !r.LastUsedAt.IsZero() {
		c.writtenMs = r.LastUsedAt.UnixMilli()
		c.usedMs.Store(c.writtenMs)
	}
	return c
}

// token is c as it is listed.
func (c *credential) token() Token {
	t := Token{
		ID: c.principal.ID, Name: c.principal.Name, OrganizationID: c.principal.OrganizationID,
		Roles: c.principal.Roles, CreatedAt: c.createdAt, ExpiresAt: c.principal.ExpiresAt,
	}
	if ms := c.usedMs.Load(); ms != 0 {
		t.LastUsedAt = time.UnixMilli(ms).UTC()
	}
	return t
}

// Authenticate returns whom the API token's secret belongs to, or
// ErrUnauthorized. It does no I/O.
func (s *Store) Authenticate(secret string) (Principal, error) {
	now := s.now()
	c := s.find(secret, KindToken, now)
	if c == nil {
		return Principal{}, ErrUnauthorized
	}
	return c.use(now), nil
}

// CreateToken makes a token and returns its secret, for this one time. Wrong
// input is fault.Invalid, an unknown organisation ErrNotFound.
func (s *Store) CreateToken(by audit.By, in TokenInput) (Token, string, error) {
	s.change.Lock()
	defer s.change.Unlock()
	r, err := s.tokenRecord(in)
	if err != nil {
		return Token{}, "", err
	}
	secret := tokenPrefix + strings.ReplaceAll(r.ID, "-", "") + "_" + newSecret()
	hash := hashOf(secret)
	r.Hash = hash[:]
	chain, err := s.chain(r.OrganizationID)
	if err != nil {
		return Token{}, "", err
	}
	err = s.batch("create token", func(tx *kv.Tx) error {
		if err := tokens.Put(tx, s.scope, r); err != nil {
			return err
		}
		return chain.note(tx, audit.TokenCreated, by, audit.Object{Type: objectToken, ID: r.ID}, tokenDetails(r))
	})
	if err != nil {
		return Token{}, "", err
	}
	c := r.credential()
	s.mu.Lock()
	s.add(c)
	s.mu.Unlock()
	return c.token(), secret, nil
}

func tokenDetails(r *tokenRecord) map[string]any {
	details := map[string]any{"name": r.Name, "roles": r.Roles}
	if !r.ExpiresAt.IsZero() {
		details["expiresAt"] = r.ExpiresAt
	}
	return details
}

// tokenRecord checks the input. It must be called with change held.
func (s *Store) tokenRecord(in TokenInput) (*tokenRecord, error) {
	name := strings.TrimSpace(in.Name)
	if err := checkName(name); err != nil {
		return nil, err
	}
	granted, err := checkedRoles(in.Roles)
	if err != nil {
		return nil, err
	}
	now := s.now().UTC()
	if !in.ExpiresAt.IsZero() && !in.ExpiresAt.After(now) {
		return nil, fault.New(fault.Invalid, "invalid_field", "the token would have expired").
			With(fault.Field{Location: "body.expiresAt", Message: "must be in the future"})
	}
	if !s.HasOrganization(in.OrganizationID) {
		return nil, ErrNotFound
	}
	if len(s.Tokens(in.OrganizationID)) >= tokensPerOrganizationMax {
		return nil, fault.New(fault.Exhausted, "too_many", "the organisation has too many tokens")
	}
	id, err := newID()
	if err != nil {
		return nil, fmt.Errorf("create token: %w", err)
	}
	return &tokenRecord{Token: Token{
		ID: id, Name: name, OrganizationID: in.OrganizationID, Roles: granted, CreatedAt: now, ExpiresAt: in.ExpiresAt.UTC(),
	}}, nil
}

// Tokens lists the organisation's tokens, oldest first, expired ones too.
func (s *Store) Tokens(organizationID string) []Token {
	var out []Token
	s.mu.RLock()
	for _, c := range s.principals {
		if c.principal.Kind == KindToken && c.principal.OrganizationID == organizationID {
			out = append(out, c.token())
		}
	}
	s.mu.RUnlock()
	return sortedByID(out, func(t *Token) string { return t.ID })
}

// RevokeToken ends the organisation's token at once and for good. An id that
// is unknown or another organisation's is ErrNotFound.
func (s *Store) RevokeToken(by audit.By, organizationID, id string) error {
	s.change.Lock()
	s.mu.RLock()
	c := s.principals[id]
	s.mu.RUnlock()
	if c == nil || c.principal.Kind != KindToken || c.principal.OrganizationID != organizationID {
		s.change.Unlock()
		return ErrNotFound
	}
	var theirs departure
	chain, err := s.chain(organizationID)
	remove := s.removalOf(chain, by, organizationID, id)
	if err == nil {
		err = s.batch("revoke token", func(tx *kv.Tx) error {
			r := &tokenRecord{Token: Token{ID: id, OrganizationID: organizationID}}
			if err := tokens.Delete(tx, s.scope, r); err != nil {
				return err
			}
			var err error
			if theirs, err = remove(tx); err != nil {
				return err
			}
			return chain.note(tx, audit.TokenRevoked, by, audit.Object{Type: objectToken, ID: id}, map[string]any{"name": c.principal.Name})
		})
	}
	if err == nil {
		s.mu.Lock()
		s.remove(c)
		s.mu.Unlock()
		s.forgetDeparture(theirs)
	}
	s.change.Unlock()
	if err == nil {
		s.tell(id)
		s.tellAll(theirs.sessions)
	}
	return err
}
