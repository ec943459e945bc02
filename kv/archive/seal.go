package archive

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
)

// The seal is a frame that every reader of zstd skips: its magic number, its length, and the SHA-256 of all bytes before it. Only a whole,
// unchanged archive ends with its own seal.
const (
	sealMagic     = 0x184D2A5F // RFC 8878, 3.1.2: skippable frames have 0x184D2A50 to 0x184D2A5F
	sealHashBytes = sha256.Size
	sealBytes     = 4 + 4 + sealHashBytes
)

// zstdMagic begins an archive, as it does every zstd frame.
var zstdMagic = [4]byte{0x28, 0xB5, 0x2F, 0xFD}

// sealer passes bytes on and knows their hash.
type sealer struct {
	w      io.Writer
	digest hash.Hash
}

func newSealer(w io.Writer) *sealer { return &sealer{w: w, digest: sha256.New()} }

// Write passes p on.
func (s *sealer) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.digest.Write(p[:n])
	return n, err
}

// seal writes the last bytes.
func (s *sealer) seal() error {
	_, err := s.w.Write(appendSeal(nil, s.digest))
	return err
}

func appendSeal(dst []byte, digest hash.Hash) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, sealMagic)
	dst = binary.LittleEndian.AppendUint32(dst, sealHashBytes)
	return digest.Sum(dst)
}

// checkSeal reads a file of the given size and returns ErrForeign or ErrDamaged when it does not begin or end like an archive.
func checkSeal(file io.ReaderAt, size int64) error {
	var head [len(zstdMagic)]byte
	switch n, err := file.ReadAt(head[:], 0); {
	case n < len(head) && (err == nil || errors.Is(err, io.EOF)), n == len(head) && head != zstdMagic:
		return ErrForeign
	case n < len(head):
		return err
	case size < int64(len(head))+sealBytes:
		return fmt.Errorf("it is cut off: %w", ErrDamaged)
	}
	digest := sha256.New()
	if _, err := io.Copy(digest, io.NewSectionReader(file, 0, size-sealBytes)); err != nil {
		return err
	}
	var tail [sealBytes]byte
	if n, err := file.ReadAt(tail[:], size-sealBytes); n < len(tail) {
		return err
	}
	if string(tail[:]) != string(appendSeal(nil, digest)) {
		return fmt.Errorf("it is cut off or changed, its seal does not fit: %w", ErrDamaged)
	}
	return nil
}
