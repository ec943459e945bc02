package engine

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"flowwatch/engine/access"
	"flowwatch/engine/audit"
	"flowwatch/engine/dashboard"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/kv"
)

// dashboardsMax bounds the dashboards of one user.
const dashboardsMax = 50

const byDashboardOwner = "owner"

// dashboards holds the dashboards of an organisation.
var dashboards = kv.NewCollection("dashboards", dashboardSpec())

func dashboardSpec() kv.Spec[dashboard.Dashboard] {
	encode, decode := kv.JSON[dashboard.Dashboard]()
	return kv.Spec[dashboard.Dashboard]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, d *dashboard.Dashboard) []byte { return append(dst, d.ID...) },
		Indexes: []kv.Index[dashboard.Dashboard]{{
			Name: byDashboardOwner, Keys: func(d *dashboard.Dashboard, emit func([]byte)) { emit(kv.AppendString(nil, d.Owner)) },
		}},
	}
}

// dashboardDefault says which dashboard somebody begins with: there cannot be two (DB5.7).
type dashboardDefault struct {
	Owner       string `json:"owner"` // officeOwner: of who has none
	DashboardID string `json:"dashboardId"`
}

const officeOwner = "" // nobody's id

var dashboardDefaults = kv.NewCollection("dashboard_defaults", dashboardDefaultSpec())

func dashboardDefaultSpec() kv.Spec[dashboardDefault] {
	encode, decode := kv.JSON[dashboardDefault]()
	key := func(dst []byte, d *dashboardDefault) []byte { return kv.AppendString(dst, d.Owner) }
	return kv.Spec[dashboardDefault]{Version: 1, Key: key, Encode: encode, Decode: decode}
}

var (
	errUnknownDashboard  = fault.New(fault.NotFound, "not_found", "no such dashboard")
	errStaleDashboard    = fault.New(fault.Stale, "stale", "the dashboard was changed meanwhile")
	errTooManyDashboards = fault.New(fault.Conflict, "too_many", fmt.Sprintf("a user has at most %d dashboards", dashboardsMax))
	errOfficeDashboard   = fault.New(fault.Forbidden, "office_dashboard", "the office's dashboard is changed by its administrators")
	errOfficeStays       = fault.New(fault.Conflict, "office_dashboard_stays", "the office's dashboard cannot be deleted; make another one your default")
)

// Dashboard is a dashboard as somebody sees it.
type Dashboard struct {
	dashboard.Dashboard
	IsDefault       bool // its owner begins with it
	IsOfficeDefault bool // who has no default begins with it
	Shared          bool // it is the office's, shown to who has not made an own one of it; a change makes one, under the same id
	HasLink         bool // there is a link by which screens show it
}

// dashboardCall is one request about dashboards, in its transaction.
type dashboardCall struct {
	t      *Tenant
	tx     *kv.Tx
	p      access.Principal
	by     audit.By
	office *dashboard.Dashboard // the office's default; nil: the product's
}

// dashboardRead runs fn on what p may see.
func (t *Tenant) dashboardRead(p access.Principal, fn func(c *dashboardCall) error) error {
	return t.engine.db.View(func(tx *kv.Tx) error {
		c := &dashboardCall{t: t, tx: tx, p: p}
		if err := c.findOffice(); err != nil {
			return err
		}
		return fn(c)
	})
}

// changing is fn as a transaction's function.
func (t *Tenant) changing(p access.Principal, by audit.By, fn func(c *dashboardCall) error) func(tx *kv.Tx) error {
	return func(tx *kv.Tx) error {
		c := &dashboardCall{t: t, tx: tx, p: p, by: by}
		if err := c.findOffice(); err != nil {
			return err
		}
		return fn(c)
	}
}

func (t *Tenant) dashboardChange(p access.Principal, by audit.By, fn func(c *dashboardCall) error) error {
	return storeFault(t.engine.db.Batch(t.changing(p, by, fn)))
}

// stored is a dashboard by its id; nil: there is none.
func (c *dashboardCall) stored(id string) (*dashboard.Dashboard, error) {
	d, err := dashboards.Get(c.tx, c.t.scope, []byte(id))
	if errors.Is(err, kv.ErrNotFound) {
		return nil, nil
	}
	return d, err
}

// defaultOf is the id of the dashboard that somebody begins with, "" for none of their own.
func (c *dashboardCall) defaultOf(owner string) (string, error) {
	d, err := dashboardDefaults.Get(c.tx, c.t.scope, kv.AppendString(nil, owner))
	if errors.Is(err, kv.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return d.DashboardID, nil
}

func (c *dashboardCall) setDefault(owner, id string) error {
	d := &dashboardDefault{Owner: owner, DashboardID: id}
	if id == "" {
		return dashboardDefaults.Delete(c.tx, c.t.scope, d)
	}
	return dashboardDefaults.Put(c.tx, c.t.scope, d)
}

func (c *dashboardCall) findOffice() error {
	id, err := c.defaultOf(officeOwner)
	if err == nil && id != "" {
		c.office, err = c.stored(id)
	}
	return err
}

// sharedID is the id under which somebody sees the office's dashboard, and has their own one that they made of it. It is the same for ever.
func (c *dashboardCall) sharedID(owner string) string {
	const version = 8 // RFC 9562: of the maker's own kind
	return uuid.NewHash(sha256.New(), uuid.Nil, []byte(c.t.id+"\x00"+owner+"\x00dashboard"), version).String()
}

// shared is the office's dashboard for who asks; nil: it is their own anyway, or they are a screen.
func (c *dashboardCall) shared() *dashboard.Dashboard {
	owner := c.p.Who()
	if c.p.Kiosk != "" || c.office != nil && c.office.Owner == owner {
		return nil
	}
	var d dashboard.Dashboard
	if c.office != nil {
		d = *c.office
	} else {
		d = dashboard.Office()
		d.CreatedAt = execution.At(c.t.engine.opened)
		if o, err := c.t.engine.access.Organization(c.t.id); err == nil {
			d.CreatedAt = execution.At(o.CreatedAt)
		}
		d.UpdatedAt = d.CreatedAt
	}
	d.ID, d.Owner = c.sharedID(owner), owner
	return &d
}

// reach is a dashboard that who asks may see, or errUnknownDashboard.
func (c *dashboardCall) reach(id string) (d *dashboard.Dashboard, shared bool, err error) {
	if d, err = c.stored(id); err != nil {
		return nil, false, err
	}
	if d == nil {
		if d = c.shared(); d != nil && d.ID == id {
			return d, true, nil
		}
		return nil, false, errUnknownDashboard
	}
	owner, err := c.ownerSeen()
	if err != nil {
		return nil, false, err
	}
	if d.Owner != owner && !c.p.Can(access.ManageDashboards) {
		return nil, false, errUnknownDashboard
	}
	return d, false, nil
}

// ownerSeen is whose dashboards are the caller's to see: a screen sees those of the owner of what it shows, to take turns.
func (c *dashboardCall) ownerSeen() (string, error) {
	if c.p.Kiosk == "" {
		return c.p.Who(), nil
	}
	d, err := c.stored(c.p.Kiosk)
	if err != nil || d == nil {
		return "", cmp.Or(err, error(errUnknownDashboard))
	}
	return d.Owner, nil
}

// view is a dashboard as it is shown.
func (c *dashboardCall) view(d *dashboard.Dashboard, shared bool) (*Dashboard, error) {
	id, err := c.defaultOf(d.Owner)
	if err != nil {
		return nil, err
	}
	v := &Dashboard{Dashboard: *d, IsDefault: id == d.ID, Shared: shared, IsOfficeDefault: shared || c.office != nil && c.office.ID == d.ID}
	v.HasLink = c.t.engine.access.HasLiveKiosk(c.t.id, d.ID)
	// Who has made an own one of the office's begins with that, unless the office's is one of theirs.
	standsIn := v.IsOfficeDefault || d.ID == c.sharedID(d.Owner) && (c.office == nil || c.office.Owner != d.Owner)
	if id == "" && standsIn {
		v.IsDefault = true
	}
	return v, nil
}

// ofOwner lists somebody's dashboards, oldest first.
func ofOwner(tx *kv.Tx, scope kv.Scope, owner string) (all []*dashboard.Dashboard, err error) {
	all, err = dashboards.Under(tx, scope, byDashboardOwner, kv.AppendString(nil, owner))
	slices.SortFunc(all, func(a, b *dashboard.Dashboard) int {
		return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return all, err
}

// Dashboards lists the dashboards of owner, "": those of p; the oldest first, and at the end the office's, unless p has made an own one of it. Exactly one is
// p's default. Those of others are for who may manage dashboards, and noted; else there are none.
func (t *Tenant) Dashboards(p access.Principal, by audit.By, owner string) ([]Dashboard, error) {
	out := []Dashboard{}
	others := owner != "" && owner != p.Who()
	if others && !p.Can(access.ManageDashboards) {
		return out, nil
	}
	err := t.dashboardRead(p, func(c *dashboardCall) (err error) {
		whose := owner
		if !others {
			if whose, err = c.ownerSeen(); err != nil {
				return err
			}
		}
		all, err := ofOwner(c.tx, t.scope, whose)
		if err != nil {
			return err
		}
		shared := c.shared()
		if !others && shared != nil && !slices.ContainsFunc(all, func(d *dashboard.Dashboard) bool { return d.ID == shared.ID }) {
			all = append(all, shared)
		}
		for _, d := range all {
			v, err := c.view(d, d == shared)
			if err != nil {
				return err
			}
			out = append(out, *v)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range out {
		t.noteForeignRead(p, by, &out[i])
	}
	return out, nil
}

// Dashboard is one that p may see; fault.NotFound when there is none. Who reads somebody else's is noted.
func (t *Tenant) Dashboard(p access.Principal, by audit.By, id string) (v *Dashboard, err error) {
	err = t.dashboardRead(p, func(c *dashboardCall) error {
		d, shared, err := c.reach(id)
		if err == nil {
			v, err = c.view(d, shared)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	t.noteForeignRead(p, by, v)
	return v, nil
}

func (t *Tenant) noteForeignRead(p access.Principal, by audit.By, v *Dashboard) {
	if v.Owner != p.Who() && p.Kiosk == "" {
		t.NoteSeldom(audit.DashboardViewed, by, audit.Object{Type: audit.ObjectDashboard, ID: v.ID}, map[string]any{"dashboardId": v.ID, "owner": v.Owner})
	}
}

// CreateDashboard stores a dashboard of p's. Errors: fault.Invalid with the fields, fault.Conflict when there are too many.
func (t *Tenant) CreateDashboard(p access.Principal, by audit.By, d dashboard.Dashboard, isDefault bool) (v *Dashboard, err error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make an id: %w", err)
	}
	if err := d.Normalise(); err != nil {
		return nil, err
	}
	now := t.engine.instant()
	d.ID, d.Owner, d.Version, d.CreatedAt, d.UpdatedAt = id.String(), p.Who(), 1, now, now
	err = t.dashboardChange(p, by, func(c *dashboardCall) (err error) {
		if err = c.create(&d); err == nil && isDefault {
			err = c.setDefault(d.Owner, d.ID)
		}
		if err == nil {
			v, err = c.view(&d, false)
		}
		return err
	})
	return v, err
}

func (c *dashboardCall) create(d *dashboard.Dashboard) error {
	owned := 0
	dashboards.ScanIndex(c.tx, c.t.scope, byDashboardOwner, kv.Span{Prefix: kv.AppendString(nil, d.Owner)}, func([]byte, []byte) bool {
		owned++
		return true
	})
	if owned >= dashboardsMax {
		return errTooManyDashboards
	}
	widgets := make([]map[string]any, len(d.Widgets))
	for i, w := range d.Widgets {
		widgets[i] = map[string]any{"id": w.ID, "type": w.Type}
	}
	if err := c.note(audit.DashboardCreated, d, map[string]any{"widgets": widgets}); err != nil {
		return err
	}
	return dashboards.Put(c.tx, c.t.scope, d)
}

func (c *dashboardCall) note(event string, d *dashboard.Dashboard, details map[string]any) error {
	details["dashboardId"] = d.ID
	if d.Owner != c.by.ID {
		details["owner"] = d.Owner
	}
	return c.t.note(c.tx, event, c.by, audit.ObjectDashboard, d.ID, details)
}

// changeable is a dashboard that the caller may change.
func (c *dashboardCall) changeable(id string) (d *dashboard.Dashboard, shared bool, err error) {
	d, shared, err = c.reach(id)
	if err == nil && c.office != nil && c.office.ID == d.ID && !c.p.Can(access.ManageDashboards) {
		err = errOfficeDashboard
	}
	return d, shared, err
}

// take makes the caller an own dashboard of the office's.
func (c *dashboardCall) take(d *dashboard.Dashboard) error {
	now := c.t.engine.instant()
	d.CreatedAt, d.UpdatedAt = now, now
	return c.create(d)
}

// staleDashboard tells the version that is there.
func staleDashboard(version int64) error {
	return errStaleDashboard.With(fault.Field{Location: "body.version", Message: fmt.Sprintf("the current version is %d", version)})
}

// ChangeDashboard lets change a dashboard, for matches of the present version only. change returns whether it is to be its owner's default; nil: as it
// is. Of the office's dashboard, which p has not made an own one of, it makes one under the same id. Errors: fault.Invalid, fault.NotFound, fault.Stale with
// the version that is there, fault.Forbidden for the office's, which administrators change.
func (t *Tenant) ChangeDashboard(p access.Principal, by audit.By, id string, matches func(version int64) bool,
	change func(d *dashboard.Dashboard) (isDefault *bool, err error)) (v *Dashboard, err error) {
	err = t.dashboardChange(p, by, func(c *dashboardCall) error {
		old, shared, err := c.changeable(id)
		if err != nil {
			return err
		}
		next := *old
		next.Widgets = slices.Clone(old.Widgets)
		isDefault, err := change(&next)
		if err == nil {
			err = next.Normalise()
		}
		switch {
		case err != nil:
			return err
		case !matches(old.Version):
			return staleDashboard(old.Version)
		case shared:
			if err := c.take(old); err != nil {
				return err
			}
			next.CreatedAt = old.CreatedAt
		}
		next.Version, next.UpdatedAt = old.Version+1, max(t.engine.instant(), old.UpdatedAt+execution.Instant(time.Millisecond))
		changes := dashboard.Differences(old, &next)
		if err := c.changeDefault(&next, isDefault, changes); err != nil {
			return err
		}
		if err := errors.Join(dashboards.Put(c.tx, t.scope, &next), c.note(audit.DashboardUpdated, &next, map[string]any{"changes": changes})); err != nil {
			return err
		}
		v, err = c.view(&next, false)
		return err
	})
	return v, err
}

// changeDefault makes a dashboard its owner's default, or not, and adds to changes what that changed.
func (c *dashboardCall) changeDefault(d *dashboard.Dashboard, isDefault *bool, changes map[string]any) error {
	if isDefault == nil {
		return nil
	}
	former, err := c.defaultOf(d.Owner)
	if err != nil || *isDefault == (former == d.ID) {
		return err
	}
	changes["isDefault"] = dashboard.Change{Old: !*isDefault, New: *isDefault}
	if !*isDefault {
		return c.setDefault(d.Owner, "")
	}
	return c.setDefault(d.Owner, d.ID)
}

// DefaultDashboard makes a dashboard the one that its owner begins with, or with office the one that everybody does who has none, which is for who may
// manage dashboards. Of the office's dashboard it takes back that p begins with another.
func (t *Tenant) DefaultDashboard(p access.Principal, by audit.By, id string, office bool) (v *Dashboard, err error) {
	err = t.dashboardChange(p, by, func(c *dashboardCall) error {
		d, shared, err := c.reach(id)
		if err != nil {
			return err
		}
		changes := map[string]any{}
		switch {
		case office && !shared:
			if c.office == nil || c.office.ID != d.ID {
				changes["isOfficeDefault"] = dashboard.Change{Old: false, New: true}
			}
			c.office = d
			err = c.setDefault(officeOwner, d.ID)
		case shared && !office:
			var former string
			if former, err = c.defaultOf(d.Owner); former != "" {
				changes["isDefault"] = dashboard.Change{Old: false, New: true}
			}
			err = errors.Join(err, c.setDefault(d.Owner, ""))
		case !shared:
			isDefault := true
			err = c.changeDefault(d, &isDefault, changes)
		}
		if err == nil && len(changes) > 0 {
			err = c.note(audit.DashboardUpdated, d, map[string]any{"changes": changes})
		}
		if err == nil {
			v, err = c.view(d, shared)
		}
		return err
	})
	return v, err
}

// DeleteDashboard removes a dashboard and its link, for matches of the present version only. Who began with it begins with the office's again; if it was the
// office's, everybody begins with the product's.
func (t *Tenant) DeleteDashboard(p access.Principal, by audit.By, id string, matches func(version int64) bool) error {
	err := t.engine.access.Unshare(t.id, id, t.changing(p, by, func(c *dashboardCall) error {
		d, shared, err := c.changeable(id)
		switch {
		case err != nil:
			return err
		case shared:
			return errOfficeStays
		case !matches(d.Version):
			return staleDashboard(d.Version)
		}
		return c.remove(d)
	}))
	return storeFault(err)
}

func (c *dashboardCall) remove(d *dashboard.Dashboard) error {
	for _, owner := range []string{d.Owner, officeOwner} {
		id, err := c.defaultOf(owner)
		if err == nil && id == d.ID {
			err = c.setDefault(owner, "")
		}
		if err != nil {
			return err
		}
	}
	if err := dashboards.Delete(c.tx, c.t.scope, d); err != nil {
		return err
	}
	return c.note(audit.DashboardDeleted, d, map[string]any{"name": d.Name})
}

// removeBelongings removes the dashboards and views of a user or a token, in the transaction of their removal.
func (e *Engine) removeBelongings(by audit.By, organizationID, owner string) access.Removal {
	e.mu.RLock()
	t := e.tenants[organizationID]
	e.mu.RUnlock()
	return func(tx *kv.Tx) (ids []string, err error) {
		if t == nil {
			return nil, nil // an organisation that nobody has used yet
		}
		all, err := ofOwner(tx, t.scope, owner)
		if err != nil {
			return nil, err
		}
		c := &dashboardCall{t: t, tx: tx, by: by}
		for _, d := range all {
			if err := c.remove(d); err != nil {
				return nil, err
			}
			ids = append(ids, d.ID)
		}
		return ids, t.removeViews(tx, by, owner)
	}
}
