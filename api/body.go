package api

import (
	"encoding/json"
	"errors"
	"mime"
	"reflect"
	"unicode/utf8"

	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// read decodes a JSON body. Unknown members are ignored; a wrong type is a
// wrong field.
func (s *Server) read(c *call, v any) error {
	return s.withBody(c, func(body []byte) error {
		if err := json.Unmarshal(body, v); err != nil {
			return decodeFault(err)
		}
		return nil
	})
}

// withBody gives a JSON body to a function, which keeps nothing of it.
func (s *Server) withBody(c *call, use func(body []byte) error) error {
	media := string(c.Request().Header.ContentType())
	if !isJSON(media) {
		return fault.New(fault.Unsupported, "unsupported_media_type", "send application/json")
	}
	body, release, err := s.inflate(c)
	if err != nil {
		return err
	}
	defer release()
	if !utf8.Valid(body) {
		return fault.New(fault.Malformed, "not_utf8", "the body is not UTF-8")
	}
	if len(body) > bodyBytesKnownMax {
		return ingest.ErrBodyTooLarge
	}
	return use(body)
}

func isJSON(contentType string) bool {
	if contentType == "" {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && media == "application/json"
}

// decodeFault says of an error of encoding/json whether the text or a value is wrong.
func decodeFault(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		location := "body"
		if wrong.Field != "" {
			location += "." + wrong.Field
		}
		message := "must not be a JSON " + wrong.Value
		if wrong.Type == reflect.TypeFor[execution.Instant]() {
			message = "must be an RFC 3339 time from 1678 to 2261"
		}
		return errInvalid.With(fault.Field{Location: location, Message: message})
	}
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return errInvalid.With(fault.Field{Location: "body", Message: "holds a value that is not one of its field"}).Wrap(err)
	}
	return fault.New(fault.Malformed, "malformed_json", "the body is not JSON").
		With(fault.Field{Location: "body", Message: "not JSON"}).Wrap(err)
}
