package access

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"flowwatch/engine/audit"
	"flowwatch/engine/fault"
	"flowwatch/kv"
)

// Organization is one tenant. ID is a UUIDv7 and never changes.
type Organization struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"createdAt"`
}

var organizations = func() *kv.Collection[Organization] {
	encode, decode := kv.JSON[Organization]()
	return kv.NewCollection("access_organizations", kv.Spec[Organization]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, o *Organization) []byte { return kv.AppendString(dst, o.ID) },
		Indexes: []kv.Index[Organization]{{
			Name: "name", Unique: true,
			Keys: func(o *Organization, emit func([]byte)) { emit(kv.AppendString(nil, o.Name)) },
		}},
	})
}()

// Organizations lists all, oldest first.
func (s *Store) Organizations() []Organization {
	s.mu.RLock()
	out := make([]Organization, 0, len(s.organizations))
	for _, o := range s.organizations {
		out = append(out, o)
	}
	s.mu.RUnlock()
	return sortedByID(out, func(o *Organization) string { return o.ID })
}

// HasOrganization says that the id is known.
func (s *Store) HasOrganization(id string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, ok := s.organizations[id]
	return ok
}

// Organization returns the one with the id, or ErrNotFound.
func (s *Store) Organization(id string) (Organization, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	o, ok := s.organizations[id]
	if !ok {
		return Organization{}, ErrNotFound
	}
	return o, nil
}

// EnsureOrganization returns the organisation of that name, which it makes if
// there is none. The name is 1 to 255 runes without control characters,
// compared as it is but for surrounding space.
func (s *Store) EnsureOrganization(name string) (Organization, error) {
	return s.EnsureOrganizationBy(audit.System(), name)
}

// EnsureOrganizationBy is EnsureOrganization for somebody who is noted as having made it.
func (s *Store) EnsureOrganizationBy(by audit.By, name string) (Organization, error) {
	o, _, err := s.organizationNamed(by, name)
	return o, err
}

// CreateOrganization makes an organisation; a name that is taken is
// fault.Conflict.
func (s *Store) CreateOrganization(by audit.By, name string) (Organization, error) {
	o, made, err := s.organizationNamed(by, name)
	if err == nil && !made {
		return Organization{}, fault.New(fault.Conflict, "duplicate_name", "an organisation of this name exists")
	}
	return o, err
}

func (s *Store) organizationNamed(by audit.By, name string) (o Organization, made bool, err error) {
	name = strings.TrimSpace(name)
	if err := checkName(name); err != nil {
		return Organization{}, false, err
	}
	s.change.Lock()
	defer s.change.Unlock()
	all := s.Organizations()
	for _, o := range all {
		if o.Name == name {
			return o, false, nil
		}
	}
	if len(all) >= organizationsMax {
		return Organization{}, false, fault.New(fault.Exhausted, "too_many", "there are too many organisations")
	}
	id, err := newID()
	if err != nil {
		return Organization{}, false, fmt.Errorf("make organisation: %w", err)
	}
	o = Organization{ID: id, Name: name, CreatedAt: s.now().UTC()}
	chain, err := s.chain(o.ID)
	if err != nil {
		return Organization{}, false, err
	}
	err = s.batch("make organisation", func(tx *kv.Tx) error {
		if err := organizations.Put(tx, s.scope, &o); err != nil {
			return err
		}
		return chain.note(tx, audit.OrganizationCreated, by, audit.Object{Type: objectOrganization, ID: o.ID}, map[string]any{"name": o.Name})
	})
	if err != nil {
		return Organization{}, false, err
	}
	s.mu.Lock()
	s.organizations[o.ID] = o
	s.mu.Unlock()
	return o, true, nil
}

func checkName(name string) error {
	n := utf8.RuneCountInString(name)
	if n > 0 && n <= nameRunesMax && utf8.ValidString(name) && strings.IndexFunc(name, unicode.IsControl) < 0 {
		return nil
	}
	return fault.New(fault.Invalid, "invalid_field", "the name is not valid").With(fault.Field{
		Location: "body.name", Message: fmt.Sprintf("1 to %d characters, none of them a control character", nameRunesMax),
	})
}
