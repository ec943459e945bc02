package mask

// mail masks the address whose part before the '@' is the atom at i:
// anna.nowak@biuro.example.pl becomes a***@b***.pl.
func (s *scanner) mail() bool {
	at := s.atom
	if at >= len(s.src) || s.src[at] != '@' || at == s.i {
		return false
	}
	end, dot := at+1, 0
	for end < len(s.src) {
		c := s.src[end]
		if class[c] == classHigh {
			size, letter := runeAt(s.src, end)
			if !letter {
				break
			}
			end += size
			continue
		}
		if c == '.' {
			// A dot that ends a sentence is not followed by a letter.
			if end == at+1 || end+1 >= len(s.src) || class[s.src[end+1]] == classOther {
				break
			}
			dot = end
		} else if !isAlnum(c) && c != '-' {
			break
		}
		end++
	}
	if dot == 0 || end-dot < 3 || isDigit(s.src[dot+1]) {
		return false
	}
	first, _ := runeAt(s.src, s.i)
	s.replace(s.i+first, at, hidden)
	first, _ = runeAt(s.src, at+1)
	s.replace(at+1+first, dot, hidden)
	s.i = end
	return true
}
