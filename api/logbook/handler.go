// Package logbook keeps personal data and secrets out of the log (SEC4), wherever it goes, and the latest records of it in memory for the
// administrator's page. Whatever is logged passes its Handler, which masks texts as package mask does; what mask does not recognise stays,
// so nobody may log payloads all the same.
package logbook

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"

	"flowwatch/engine/mask"
)

// textBytesMax bounds one text of a record; a longer one, such as a stack, is cut, and says so.
const textBytesMax = 16 << 10

// Handler masks records and hands them to the next handler and to a ring. It is safe for concurrent use.
type Handler struct {
	next   slog.Handler
	ring   *Ring
	prefix string // of groups, "a.b."
	with   []Attribute
}

// New makes a handler of what writes the log; ring may be nil.
func New(next slog.Handler, ring *Ring) *Handler { return &Handler{next: next, ring: ring} }

// Enabled is as the next handler says.
func (h *Handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle masks a record and passes it on.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	masked := slog.NewRecord(r.Time, r.Level, text(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		masked.AddAttrs(attr(a))
		return true
	})
	if h.ring != nil {
		kept := Record{At: r.Time, Level: r.Level, Message: masked.Message, Attributes: h.with[:len(h.with):len(h.with)]}
		masked.Attrs(func(a slog.Attr) bool {
			kept.Attributes = flatten(kept.Attributes, h.prefix, a)
			return true
		})
		h.ring.add(kept)
	}
	return h.next.Handle(ctx, masked)
}

// WithAttrs masks the attributes once for all records.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c, masked := *h, make([]slog.Attr, len(attrs))
	c.with = h.with[:len(h.with):len(h.with)]
	for i, a := range attrs {
		masked[i] = attr(a)
		c.with = flatten(c.with, h.prefix, masked[i])
	}
	c.next = h.next.WithAttrs(masked)
	return &c
}

// WithGroup puts what follows below a name.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	c := *h
	c.prefix, c.next = h.prefix+name+".", h.next.WithGroup(name)
	return &c
}

// attr masks one attribute. Times, durations and truth values name nobody.
func attr(a slog.Attr) slog.Attr {
	a.Key = text(a.Key)
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindGroup:
		group := make([]slog.Attr, len(v.Group()))
		for i, member := range v.Group() {
			group[i] = attr(member)
		}
		a.Value = slog.GroupValue(group...)
	case slog.KindInt64, slog.KindUint64, slog.KindFloat64:
		a.Value = v
		if plain := v.String(); text(plain) != plain { // a number may be a PESEL
			a.Value = slog.StringValue(text(plain))
		}
	case slog.KindBool, slog.KindDuration, slog.KindTime:
		a.Value = v
	case slog.KindString:
		a.Value = slog.StringValue(text(v.String()))
	case slog.KindAny, slog.KindLogValuer:
		a.Value = slog.StringValue(text(described(v.Any())))
	}
	return a
}

// described is a value as a log shows it. Bytes are texts here: as a list of numbers nothing in them would be recognised.
func described(v any) string {
	switch v := v.(type) {
	case []byte:
		return string(v)
	case error:
		return v.Error()
	}
	return fmt.Sprintf("%+v", v)
}

func text(s string) string {
	if len(s) > textBytesMax {
		s = s[:textBytesMax] + "… (cut from " + strconv.Itoa(len(s)) + " bytes)"
	}
	return mask.Text(s)
}

func flatten(to []Attribute, prefix string, a slog.Attr) []Attribute {
	if a.Value.Kind() != slog.KindGroup {
		return append(to, Attribute{Key: prefix + a.Key, Value: a.Value.String()})
	}
	if a.Key != "" {
		prefix += a.Key + "."
	}
	for _, member := range a.Value.Group() {
		to = flatten(to, prefix, member)
	}
	return to
}
