package engine

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"flowwatch/engine/access"
	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/engine/view"
	"flowwatch/kv"
)

// Limits of saved views.
const (
	viewsMax       = 50  // of one user
	sharedViewsMax = 200 // of an organisation
)

const (
	byViewOwner  = "owner"
	byViewShared = "shared"
)

// The keys of the page's addresses that may name a client: by name, and as what is searched for.
const (
	viewClientKey = "client"
	viewTextKey   = "q"
)

// views holds the saved views of an organisation.
var views = kv.NewCollection("views", viewSpec())

func viewSpec() kv.Spec[view.View] {
	encode, decode := kv.JSON[view.View]()
	return kv.Spec[view.View]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, v *view.View) []byte { return append(dst, v.ID...) },
		Indexes: []kv.Index[view.View]{
			{Name: byViewOwner, Keys: func(v *view.View, emit func([]byte)) { emit(kv.AppendString(nil, v.Owner)) }},
			{Name: byViewShared, Keys: func(v *view.View, emit func([]byte)) {
				if v.Shared {
					emit(sharedViewKey)
				}
			}},
		},
	}
}

// sharedViewKey is the one key of the index of shared views.
var sharedViewKey = kv.AppendByte(nil, 1)

var (
	errUnknownView    = fault.New(fault.NotFound, "not_found", "no such view")
	errStaleView      = fault.New(fault.Stale, "stale", "the view was changed meanwhile")
	errTooManyViews   = fault.New(fault.Conflict, "too_many", fmt.Sprintf("a user has at most %d views", viewsMax))
	errTooManyShared  = fault.New(fault.Conflict, "too_many", fmt.Sprintf("an organisation has at most %d shared views", sharedViewsMax))
	errSharedViewOnly = fault.New(fault.Forbidden, "shared_view", "views of the whole office are made and changed by its administrators")
)

// viewsBy lists the views under a key of an index, oldest first.
func viewsBy(tx *kv.Tx, s kv.Scope, index string, key []byte) (all []*view.View, err error) {
	all, err = views.Under(tx, s, index, key)
	slices.SortFunc(all, func(a, b *view.View) int {
		return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return all, err
}

func viewsOf(tx *kv.Tx, s kv.Scope, owner string) ([]*view.View, error) {
	return viewsBy(tx, s, byViewOwner, kv.AppendString(nil, owner))
}

// seesView reports whether who has the handle may know of a view: their own, and the office's. Who is limited to some clients knows of none of the
// office's that asks for another, or for a text, which may name one.
func (t *Tenant) seesView(p access.Principal, v *view.View) bool {
	switch {
	case v.Owner == p.Who():
		return true
	case !v.Shared:
		return false
	case t.clients.All():
		return true
	}
	return len(v.Asks(viewTextKey)) == 0 && !slices.ContainsFunc(v.Asks(viewClientKey), func(ref string) bool { return !t.sees(ref) })
}

// Views lists p's views and then the office's, the oldest first; page "": of all pages.
func (t *Tenant) Views(p access.Principal, page view.Page) ([]view.View, error) {
	out := []view.View{}
	err := t.engine.db.View(func(tx *kv.Tx) error {
		own, err := viewsOf(tx, t.scope, p.Who())
		if err != nil {
			return err
		}
		shared, err := viewsBy(tx, t.scope, byViewShared, sharedViewKey)
		for _, v := range shared {
			if v.Owner != p.Who() && t.seesView(p, v) {
				own = append(own, v)
			}
		}
		for _, v := range own {
			if page == "" || v.Page == page {
				out = append(out, *v)
			}
		}
		return err
	})
	return out, err
}

// View is one that p may know of; fault.NotFound when there is none.
func (t *Tenant) View(p access.Principal, id string) (v *view.View, err error) {
	err = t.engine.db.View(func(tx *kv.Tx) error {
		v, err = t.reachView(tx, p, id)
		return err
	})
	return v, err
}

func (t *Tenant) reachView(tx *kv.Tx, p access.Principal, id string) (*view.View, error) {
	v, err := views.Get(tx, t.scope, []byte(id))
	if errors.Is(err, kv.ErrNotFound) || err == nil && !t.seesView(p, v) {
		return nil, errUnknownView
	}
	return v, err
}

// changeableView is one that p may change, for matches of the present version only.
func (t *Tenant) changeableView(tx *kv.Tx, p access.Principal, id string) (*view.View, error) {
	v, err := t.reachView(tx, p, id)
	if err == nil && v.Shared && !p.Can(access.ShareViews) {
		return nil, errSharedViewOnly
	}
	return v, err
}

// CreateView stores a view of p's. Errors: fault.Invalid with the fields, fault.Forbidden for a shared one of who may not share, fault.Conflict when
// there are too many.
func (t *Tenant) CreateView(p access.Principal, by audit.By, v view.View) (*view.View, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make an id: %w", err)
	}
	if err := v.Normalise(); err != nil {
		return nil, err
	}
	if v.Shared && !p.Can(access.ShareViews) {
		return nil, errSharedViewOnly
	}
	now := t.engine.instant()
	v.ID, v.Owner, v.Version, v.CreatedAt, v.UpdatedAt = id.String(), p.Who(), 1, now, now
	err = t.engine.db.Batch(func(tx *kv.Tx) error {
		own, err := viewsOf(tx, t.scope, v.Owner)
		switch {
		case err != nil:
			return err
		case len(own) >= viewsMax:
			return errTooManyViews
		}
		if err := t.storeView(tx, &v, v.Shared); err != nil {
			return err
		}
		return t.noteView(tx, audit.ViewCreated, by, &v, map[string]any{"page": v.Page, "shared": v.Shared})
	})
	return &v, storeFault(err)
}

// storeView puts a view, if there is room for one more of the office's where it becomes one.
func (t *Tenant) storeView(tx *kv.Tx, v *view.View, becomesShared bool) error {
	if becomesShared {
		shared := 0
		views.ScanIndex(tx, t.scope, byViewShared, kv.Span{Prefix: sharedViewKey}, func([]byte, []byte) bool { shared++; return true })
		if shared >= sharedViewsMax {
			return errTooManyShared
		}
	}
	return views.Put(tx, t.scope, v)
}

// noteView tells neither name nor query: they may name a client.
func (t *Tenant) noteView(tx *kv.Tx, event string, by audit.By, v *view.View, details map[string]any) error {
	details["viewId"] = v.ID
	if v.Owner != by.ID {
		details["owner"] = v.Owner
	}
	return t.note(tx, event, by, audit.ObjectView, v.ID, details)
}

// ChangeView lets change a view, for matches of the present version only. Errors: fault.Invalid, fault.NotFound, fault.Stale with the version that is there,
// fault.Forbidden for the office's, which those change who may share, fault.Conflict when the office has too many.
func (t *Tenant) ChangeView(p access.Principal, by audit.By, id string, matches func(version int64) bool, change func(v *view.View)) (next *view.View, err error) {
	err = t.engine.db.Batch(func(tx *kv.Tx) error {
		old, err := t.changeableView(tx, p, id)
		if err != nil {
			return err
		}
		v := *old
		if change(&v); v.Shared && !p.Can(access.ShareViews) {
			return errSharedViewOnly
		}
		if err := v.Normalise(); err != nil {
			return err
		}
		if !matches(old.Version) {
			return staleView(old.Version)
		}
		v.Version, v.UpdatedAt = old.Version+1, max(t.engine.instant(), old.UpdatedAt+execution.Instant(time.Millisecond))
		if err := t.storeView(tx, &v, v.Shared && !old.Shared); err != nil {
			return err
		}
		next = &v
		return t.noteView(tx, audit.ViewUpdated, by, &v, map[string]any{"fields": view.Differences(old, &v), "shared": v.Shared})
	})
	return next, storeFault(err)
}

// staleView tells the version that is there.
func staleView(version int64) error {
	return errStaleView.With(fault.Field{Location: "body.version", Message: fmt.Sprintf("the current version is %d", version)})
}

// DeleteView removes a view, for matches of the present version only.
func (t *Tenant) DeleteView(p access.Principal, by audit.By, id string, matches func(version int64) bool) error {
	return storeFault(t.engine.db.Batch(func(tx *kv.Tx) error {
		v, err := t.changeableView(tx, p, id)
		switch {
		case err != nil:
			return err
		case !matches(v.Version):
			return staleView(v.Version)
		}
		return t.removeView(tx, by, v)
	}))
}

func (t *Tenant) removeView(tx *kv.Tx, by audit.By, v *view.View) error {
	if err := views.Delete(tx, t.scope, v); err != nil {
		return err
	}
	return t.noteView(tx, audit.ViewDeleted, by, v, map[string]any{"page": v.Page, "shared": v.Shared})
}

// removeViews removes a user's or a token's, in the transaction of their removal.
func (t *Tenant) removeViews(tx *kv.Tx, by audit.By, owner string) error {
	own, err := viewsOf(tx, t.scope, owner)
	for _, v := range own {
		err = errors.Join(err, t.removeView(tx, by, v))
	}
	return err
}

// eraseViews removes views whose name or query names whom an erasure is about, whoever made them.
func (t *Tenant) eraseViews(n *erasedNames, counts *ErasureCounts) error {
	gone := int64(0)
	err := t.engine.db.Batch(func(tx *kv.Tx) (err error) {
		gone, err = eraseWhere(tx, t.scope, views, func(v *view.View) bool {
			return v.Mentions(n.client) || slices.ContainsFunc(append(v.Values(), v.Name), n.execution)
		})
		return err
	})
	if err != nil {
		return storeFault(fmt.Errorf("erase views: %w", err))
	}
	counts.Views += gone
	return nil
}
