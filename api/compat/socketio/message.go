package socketio

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
)

// Type is the first character of a Socket.IO packet.
type Type byte

// The types. Those with attachments are known only to be refused.
const (
	Connect      Type = '0'
	Disconnect   Type = '1'
	Event        Type = '2'
	Ack          Type = '3'
	ConnectError Type = '4'
	binaryEvent  Type = '5'
	binaryAck    Type = '6'
)

// root is the namespace of a packet that names none.
const root = "/"

// reserved are events that no program may send, because clients make them
// themselves.
var reserved = []string{"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}

// Message is a packet of Socket.IO. Name and Argument are of an Event, the rest
// of whose arguments nobody asks for; Argument is of a Connect, too: what the
// client proves itself by. Without one it is nil.
type Message struct {
	Type      Type
	Namespace string
	ID        *uint64 // what an acknowledgement names; nil: none is wanted
	Name      string
	Argument  json.RawMessage
}

// ReadMessage reads the text of a MessagePacket of a client. The argument is a
// copy.
func ReadMessage(text []byte) (Message, error) {
	m := Message{Namespace: root}
	if len(text) == 0 {
		return m, ErrMalformed
	}
	m.Type, text = Type(text[0]), text[1:]
	switch m.Type {
	case Connect, Disconnect, Event, Ack:
	case binaryEvent, binaryAck:
		return m, ErrBinary
	default:
		return m, ErrMalformed
	}
	if len(text) > 0 && text[0] == '/' {
		name, rest, _ := bytes.Cut(text, []byte{','})
		m.Namespace, text = string(name), rest
	}
	digits := 0
	for digits < len(text) && text[digits] >= '0' && text[digits] <= '9' {
		digits++
	}
	if digits > 0 {
		id, err := strconv.ParseUint(string(text[:digits]), 10, 64)
		if err != nil {
			return m, ErrMalformed
		}
		m.ID, text = &id, text[digits:]
	}
	return m, m.read(text)
}

// read reads what is after the id, by the type.
func (m *Message) read(payload []byte) error {
	switch m.Type {
	case Connect:
		return m.readProof(payload)
	case Disconnect:
		if len(payload) > 0 {
			return ErrMalformed
		}
		return nil
	}
	var all []json.RawMessage
	if json.Unmarshal(payload, &all) != nil || all == nil {
		return ErrMalformed
	}
	if m.Type == Ack {
		return nil
	}
	if len(all) == 0 || len(all[0]) == 0 || all[0][0] != '"' || json.Unmarshal(all[0], &m.Name) != nil || slices.Contains(reserved, m.Name) {
		return ErrMalformed
	}
	if len(all) > 1 {
		m.Argument = all[1]
	}
	return nil
}

// readProof reads an object, or nothing.
func (m *Message) readProof(payload []byte) error {
	if len(payload) == 0 {
		return nil
	}
	if trimmed := bytes.TrimLeft(payload, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' || !json.Valid(payload) {
		return ErrMalformed
	}
	m.Argument = bytes.Clone(payload)
	return nil
}

// appendHead appends a MessagePacket up to what the type carries.
func appendHead(dst []byte, t Type, namespace string) []byte {
	dst = append(dst, byte(MessagePacket), byte(t))
	if namespace == root {
		return dst
	}
	return append(append(dst, namespace...), ',')
}

// AppendConnect appends the answer to a Connect.
func AppendConnect(dst []byte, namespace, sid string) []byte {
	return append(appendString(append(appendHead(dst, Connect, namespace), `{"sid":`...), sid), '}')
}

// AppendConnectError appends the refusal of a Connect. data is JSON, or nil.
func AppendConnectError(dst []byte, namespace, message string, data []byte) []byte {
	dst = append(appendHead(dst, ConnectError, namespace), `{"message":`...)
	dst = appendString(dst, message)
	if data != nil {
		dst = append(append(dst, `,"data":`...), data...)
	}
	return append(dst, '}')
}

// AppendDisconnect appends the end of a namespace.
func AppendDisconnect(dst []byte, namespace string) []byte {
	return appendHead(dst, Disconnect, namespace)
}

// AppendEvent appends an event with one argument, which is JSON.
func AppendEvent(dst []byte, namespace, name string, argument []byte) []byte {
	dst = append(appendHead(dst, Event, namespace), '[')
	dst = append(appendString(dst, name), ',')
	return append(append(dst, argument...), ']')
}

// AppendAck appends an acknowledgement with one argument, which is JSON.
func AppendAck(dst []byte, namespace string, id uint64, argument []byte) []byte {
	dst = append(strconv.AppendUint(appendHead(dst, Ack, namespace), id, 10), '[')
	return append(append(dst, argument...), ']')
}

func appendString(dst []byte, text string) []byte {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic("BUG: socketio: marshal a text: " + err.Error())
	}
	return append(dst, quoted...)
}
