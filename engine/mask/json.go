package mask

import "encoding/json"

const (
	// depthMax is how deep JSON is looked into; what is deeper is hidden whole.
	depthMax = 64
	// depthValidMax is the nesting at which encoding/json gives up, too.
	depthValidMax = 10000

	hiddenJSON = `"` + hidden + `"`
)

// JSON returns raw masked: values under sensitive keys become "***" (null,
// booleans and the empty string stay, they name nobody), all other strings, keys included, are
// masked as Text does it, and so is a number that is a PESEL. Order, spacing
// and everything else stay. Valid JSON gives valid JSON; what is not valid is
// masked as a text and stays invalid. Where nothing is found, raw itself is
// returned; raw is never written to.
func JSON(raw []byte) []byte { return (*Rules)(nil).JSON(raw) }

// whole masks the walker's src, as JSON if it is one valid value, as a text if not.
func whole(w walker) []byte {
	if out, _, ok := document(w); ok {
		return out
	}
	out, changed := text(w.src, 0, w.rules)
	if changed && json.Valid(out) {
		return []byte(hidden)
	}
	return out
}

// document masks the walker's src if it is one valid JSON value.
func document(w walker) (out []byte, changed, ok bool) {
	w.space()
	if !w.value(0, false) {
		return nil, false, false
	}
	w.space()
	if w.i != len(w.src) {
		return nil, false, false
	}
	if w.done == 0 {
		return w.src, false, true
	}
	return append(w.out, w.src[w.done:]...), true, true
}

// walker reads JSON once and copies it only from the first finding on.
// Its methods answer whether what they read is valid.
type walker struct {
	src   []byte
	out   []byte // the masked form of src[:done]
	done  int
	i     int
	level int // how many strings this document was found in
	rules *Rules

	keysAlone bool   // only keys count: texts and numbers stay
	spared    string // the member of the outermost object that stays as it is; "": none
}

func (w *walker) replace(from, to int, with []byte) {
	w.out = append(append(w.out, w.src[w.done:from]...), with...)
	w.done = to
}

// value reads any value. With hide set it is only read, not masked: the
// caller replaces it whole.
func (w *walker) value(depth int, hide bool) bool {
	if w.i >= len(w.src) {
		return false
	}
	switch c := w.src[w.i]; c {
	case '"':
		return w.text(hide)
	case '{', '[':
		if depth == depthValidMax {
			return false
		}
		if depth == depthMax && !hide {
			return w.hidden(depth)
		}
		if c == '{' {
			return w.object(depth+1, hide)
		}
		return w.array(depth+1, hide)
	case 't':
		return w.literal("true")
	case 'f':
		return w.literal("false")
	case 'n':
		return w.literal("null")
	default:
		return w.number(hide)
	}
}

// hidden reads a value and puts "***" in its place.
func (w *walker) hidden(depth int) bool {
	from := w.i
	if !w.value(depth, true) {
		return false
	}
	switch string(w.src[from:w.i]) {
	case "true", "false", "null", `""`, hiddenJSON:
	default:
		w.replace(from, w.i, []byte(hiddenJSON))
	}
	return true
}

func (w *walker) object(depth int, hide bool) bool {
	w.i++
	w.space()
	if w.take('}') {
		return true
	}
	for {
		if w.i >= len(w.src) || w.src[w.i] != '"' {
			return false
		}
		from := w.i
		sensitive, ok := w.key(hide)
		if !ok {
			return false
		}
		w.space()
		if !w.take(':') {
			return false
		}
		w.space()
		switch {
		case w.spares(from, depth):
			ok = w.value(depth, true)
		case sensitive:
			ok = w.hidden(depth)
		default:
			ok = w.value(depth, hide)
		}
		if !ok {
			return false
		}
		w.space()
		if w.take('}') {
			return true
		}
		if !w.take(',') {
			return false
		}
		w.space()
	}
}

func (w *walker) array(depth int, hide bool) bool {
	w.i++
	w.space()
	if w.take(']') {
		return true
	}
	for {
		if !w.value(depth, hide) {
			return false
		}
		w.space()
		if w.take(']') {
			return true
		}
		if !w.take(',') {
			return false
		}
		w.space()
	}
}

// key reads a member's name and tells whether its value is sensitive. The
// name as masked counts too: then masking twice finds nothing new.
func (w *walker) key(hide bool) (sensitive, ok bool) {
	from := w.i
	escaped, ok := w.skipString()
	if !ok || hide {
		return false, ok
	}
	name := w.src[from+1 : w.i-1]
	if escaped {
		name = unquote(name)
	}
	sensitive = keyKind(name) != kindNone || w.rules.hides(name)
	if masked, changed := w.maskString(from, name); changed {
		sensitive = sensitive || keyKind(masked) != kindNone || w.rules.hides(masked)
	}
	return sensitive, true
}

// spares says that the member whose name starts at from is the one that stays.
func (w *walker) spares(from, depth int) bool {
	name := w.src[from+1:]
	return w.spared != "" && depth == 1 && w.level == 0 && len(name) > len(w.spared) && name[len(w.spared)] == '"' &&
		string(name[:len(w.spared)]) == w.spared
}

func (w *walker) text(hide bool) bool {
	from := w.i
	escaped, ok := w.skipString()
	if !ok || hide {
		return ok
	}
	content := w.src[from+1 : w.i-1]
	if escaped {
		content = unquote(content)
	}
	w.maskString(from, content)
	return true
}

// maskString replaces the string from from to w.i if its content, which was
// decoded where it was escaped, holds something to mask.
func (w *walker) maskString(from int, content []byte) ([]byte, bool) {
	if plain(content) {
		return content, false
	}
	var masked []byte
	var changed bool
	switch {
	case !w.keysAlone:
		masked, changed = text(content, w.level+1, w.rules)
	case w.level+1 < nestedMax && looksStructured(content):
		masked, changed, _ = document(walker{src: content, level: w.level + 1, rules: w.rules, keysAlone: true})
	}
	if !changed {
		return content, false
	}
	w.replace(from, w.i, appendQuoted(nil, masked))
	return masked, true
}

// number reads a number. A whole one that is a PESEL with a possible date of
// birth becomes a masked string.
func (w *walker) number(hide bool) bool {
	from := w.i
	w.take('-')
	switch {
	case w.take('0'):
	case !w.digits():
		return false
	}
	whole := w.src[from:w.i]
	if w.take('.') && !w.digits() {
		return false
	}
	if w.take('e') || w.take('E') {
		if !w.take('+') {
			w.take('-')
		}
		if !w.digits() {
			return false
		}
	}
	if !hide && !w.keysAlone && w.i-from == len(whole) && len(whole) == 11 && isDigit(whole[0]) && validPESEL(whole) && bornOnDate(whole) {
		masked := []byte(`"*********00"`)
		copy(masked[10:], whole[9:])
		w.replace(from, w.i, masked)
	}
	return true
}

// bornOnDate says that a PESEL's month (1 to 12 and a century's 0, 20, 40, 60
// or 80) and day are possible.
func bornOnDate(digits []byte) bool {
	month := (digits[2]-'0')%2*10 + digits[3] - '0'
	day := (digits[4]-'0')*10 + digits[5] - '0'
	return month >= 1 && month <= 12 && day >= 1 && day <= 31
}

func (w *walker) digits() bool {
	from := w.i
	for w.i < len(w.src) && isDigit(w.src[w.i]) {
		w.i++
	}
	return w.i > from
}

// skipString reads a string and tells whether it holds escapes.
func (w *walker) skipString() (escaped, ok bool) {
	for w.i++; w.i < len(w.src); w.i++ {
		switch c := w.src[w.i]; {
		case c == '"':
			w.i++
			return escaped, true
		case c < ' ':
			return escaped, false
		case c == '\\':
			escaped = true
			w.i++
			if w.i >= len(w.src) {
				return escaped, false
			}
			switch w.src[w.i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if w.i+5 > len(w.src) || !allHex(w.src[w.i+1:w.i+5]) {
					return escaped, false
				}
				w.i += 4
			default:
				return escaped, false
			}
		}
	}
	return escaped, false
}

func (w *walker) literal(s string) bool {
	if len(w.src)-w.i < len(s) || string(w.src[w.i:w.i+len(s)]) != s {
		return false
	}
	w.i += len(s)
	return true
}

func (w *walker) space() {
	for w.i < len(w.src) {
		switch w.src[w.i] {
		case ' ', '\t', '\r', '\n':
			w.i++
		default:
			return
		}
	}
}

func (w *walker) take(c byte) bool {
	if w.i < len(w.src) && w.src[w.i] == c {
		w.i++
		return true
	}
	return false
}
