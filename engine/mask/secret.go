package mask

import "bytes"

// secretPrefixes begin tokens that tell what they are.
var secretPrefixes = [...]string{"fw_", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "sk_live_", "sk-", "xoxb-", "xoxp-", "AKIA"}

// prefixedTailMin is the shortest rest of such a token.
const prefixedTailMin = 16

// prefixed hides tokens with a telling prefix, which stays.
func (s *scanner) prefixed() bool {
	atom := s.src[s.i:s.atom]
	for _, p := range secretPrefixes {
		if len(atom) >= len(p)+prefixedTailMin && string(atom[:len(p)]) == p {
			s.replace(s.i+len(p), s.atom, hidden)
			return true
		}
	}
	return false
}

// jwt hides header.payload.signature, known by the header's eyJ.
func (s *scanner) jwt() bool {
	atom := s.src[s.i:s.atom]
	if !bytes.HasPrefix(atom, []byte("eyJ")) || bytes.Count(atom, []byte(".")) < 2 {
		return false
	}
	s.replace(s.i, s.atom, hidden)
	return true
}

// bearer hides what follows the word Bearer, unless it reads like a word.
func (s *scanner) bearer(end int) bool {
	if end-s.i != len("bearer") || !bytes.EqualFold(s.src[s.i:end], []byte("bearer")) {
		return false
	}
	from := end
	for from < len(s.src) && s.src[from] == ' ' && from-end < 3 {
		from++
	}
	if from == end {
		return false
	}
	const certain = 20 // no word is that long
	to, secret := from, false
	for to < len(s.src) && bearerChar(s.src[to]) {
		if c := s.src[to]; c < 'a' || c > 'z' {
			secret = true
		}
		if to++; to-from == certain {
			secret = true
		}
		if to-from > certain && !secret {
			break
		}
	}
	if to-from < 8 || !secret {
		return false
	}
	s.replace(from, to, hidden)
	return true
}

func bearerChar(c byte) bool {
	return isAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~' || c == '+' || c == '/' || c == '='
}

// hash hides 64 hexadecimal digits in capitals: an old KSeF token. Checksums
// of files are written small, and stay.
func (s *scanner) hash(end int) bool {
	if end-s.i != 64 {
		return false
	}
	capitals := false
	for _, c := range s.src[s.i:end] {
		if isDigit(c) {
			continue
		}
		if c < 'A' || c > 'F' {
			return false
		}
		capitals = true
	}
	if !capitals {
		return false
	}
	s.replace(s.i, end, hidden)
	return true
}

// ksefToken hides 20251010-EC-0123456789-0123456789-01|nip-…|…, a KSeF token.
// The reference number alone is no secret.
func (s *scanner) ksefToken(run int) bool {
	const reference = len("20251010-EC-0123456789-0123456789-01")
	end := s.i + reference
	if run-s.i != 8 || end >= len(s.src) || s.src[end] != '|' {
		return false
	}
	ref := s.src[s.i:end]
	if ref[8] != '-' || ref[11] != '-' || ref[22] != '-' || ref[33] != '-' || !allHex(ref[12:22]) || !allHex(ref[23:33]) {
		return false
	}
	for end < len(s.src) && s.src[end] > ' ' && s.src[end] != '"' && s.src[end] != '\'' && s.src[end] != ',' {
		end++
	}
	s.replace(s.i, end, hidden)
	return true
}

// userinfo hides the password in scheme://user:password@host.
func (s *scanner) userinfo() bool {
	from := s.i + 3
	if from > len(s.src) || s.src[s.i+1] != '/' || s.src[s.i+2] != '/' {
		return false
	}
	colon := 0
	for i := from; i < len(s.src); i++ {
		switch c := s.src[i]; {
		case c == ':' && colon == 0:
			colon = i
		case c == '@' && colon > 0 && i > colon+1:
			s.replace(colon+1, i, hidden)
			return true
		case c <= ' ' || c == '/' || c == '"' || c == '\'' || c == '?' || c == '#' || c == '<' || c == '@':
			return false
		}
	}
	return false
}
