package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"flowwatch/api/ingest"
	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/alert"
	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
	"flowwatch/engine/setting"
)

type object map[string]any

// schemas collects the named types that routes speak of.
type schemas struct {
	named object
	types map[string]reflect.Type // of each name
}

// name is the type's own; with its package before it where another type has it.
func (s *schemas) name(t reflect.Type) string {
	name := t.Name()
	if first, taken := s.types[name]; taken && first != t {
		folder := path.Base(t.PkgPath())
		name = strings.ToUpper(folder[:1]) + folder[1:] + name
	}
	s.types[name] = t
	return name
}

// openAPI describes the table of routes (OpenAPI 3.1).
func openAPI(table []route, version string) []byte {
	if version == "" {
		version = "dev"
	}
	types := schemas{named: object{}, types: map[string]reflect.Type{}}
	paths := object{}
	for i := range table {
		r := &table[i]
		at, ok := paths[r.path].(object)
		if !ok {
			at = object{}
			paths[r.path] = at
		}
		at[strings.ToLower(r.method)] = r.operation(&types)
	}
	types.of(reflect.TypeFor[Problem]())
	document := object{
		"openapi": "3.1.0",
		"info":    object{"title": "Flowwatch", "version": version, "summary": "Live state of workflow executions"},
		"paths":   paths,
		"components": object{
			"schemas": types.named,
			"securitySchemes": object{
				"token":    object{"type": "http", "scheme": "bearer"},
				"password": object{"type": "http", "scheme": "basic", "description": "the token as the password"},
				"session":  object{"type": "apiKey", "in": "cookie", "name": sessionCookie},
			},
			"responses": object{"Problem": object{
				"description": "an error", "content": content(problemType, ref("Problem")),
			}},
		},
	}
	body, err := json.Marshal(document)
	if err != nil {
		panic("BUG: api: marshal openapi.json: " + err.Error())
	}
	return body
}

func ref(name string) object { return object{"$ref": "#/components/schemas/" + name} }

func content(media string, schema object) object { return object{media: object{"schema": schema}} }

// operation describes one route.
func (r *route) operation(types *schemas) object {
	success := object{"description": "success"}
	switch {
	case r.response != nil:
		success["content"] = content("application/json", types.of(reflect.TypeOf(r.response)))
	case r.media == "application/json":
		success["content"] = content(r.media, object{"type": "object"})
	case r.media != "":
		success["content"] = content(r.media, object{"type": "string"})
	}
	status := r.status
	if status == 0 {
		status = 200
	}
	o := object{
		"operationId": r.operationID(), "summary": r.summary,
		"responses": object{strconv.Itoa(status): success, "default": object{"$ref": "#/components/responses/Problem"}},
		"security":  []object{{"token": []string{}}, {"password": []string{}}, {"session": []string{}}},
	}
	if _, envelope := r.response.(PrometheusAnswer); envelope {
		either := content(problemType, ref("Problem"))
		either["application/json"] = object{"schema": types.of(reflect.TypeFor[PrometheusAnswer]())}
		if responses, ok := o["responses"].(object); ok {
			responses["default"] = object{"description": "an error in Prometheus' envelope; before the route is reached, as everywhere", "content": either}
		}
	}
	if roles := r.roles(); roles != nil {
		o["x-roles"] = roles
	}
	if role := r.roleBeside(); role != "" {
		o["x-role-beside"] = role
	}
	if r.public {
		o["security"] = []object{}
	}
	if parameters := r.parameters(); len(parameters) > 0 {
		o["parameters"] = parameters
	}
	if r.request != nil || r.accepts != nil {
		o["requestBody"] = object{"required": r.request != nil || !r.public, "content": r.requestContent(types)}
	}
	return o
}

func (r *route) requestContent(types *schemas) object {
	if r.accepts != nil {
		all := object{}
		for _, media := range r.accepts {
			all[media] = object{"schema": object{"type": []string{"object", "array", "string"}}}
		}
		return all
	}
	schema := types.of(reflect.TypeOf(r.request))
	if r.path != ingestPath {
		return content("application/json", schema)
	}
	several := object{"oneOf": []object{schema, {"type": "array", "items": schema, "maxItems": ingest.EventsMax}}}
	c := content("application/json", several)
	c["application/x-ndjson"] = object{"schema": object{"type": "string", "description": "one Event a line"}}
	return c
}

// operationID is the method and the path's words, as in getExecutionsExecutionId.
func (r *route) operationID() string {
	id := strings.ToLower(r.method)
	for _, word := range strings.FieldsFunc(strings.TrimPrefix(r.path, "/api"), func(c rune) bool { return strings.ContainsRune("/{}.", c) }) {
		id += strings.ToUpper(word[:1]) + word[1:]
	}
	return id
}

func (r *route) parameters() []object {
	var all []object
	for _, segment := range strings.Split(r.path, "/") {
		if name, found := strings.CutPrefix(segment, "{"); found {
			all = append(all, object{
				"name": strings.TrimSuffix(name, "}"), "in": "path", "required": true,
				"schema": object{"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$"},
			})
		}
	}
	for _, q := range r.query {
		schema := object{"type": q.kind}
		if q.enum != nil {
			schema["enum"] = q.enum
		}
		if q.repeated {
			schema = object{"type": "array", "items": schema}
		}
		p := object{"name": q.name, "in": "query", "schema": schema}
		if q.about != "" {
			p["description"] = q.about
		}
		all = append(all, p)
	}
	if name := r.header(); name != "" {
		all = append(all, object{"name": name, "in": "header", "schema": object{"type": "string"}})
	}
	return all
}

// roles are those that may use the route, nil when everybody may who is known.
func (r *route) roles() (all []access.Role) {
	for _, right := range r.rights {
		all = append(all, right.Roles()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// roleBeside is the role that is needed beside one of roles, "" when there is none.
func (r *route) roleBeside() access.Role {
	if len(r.rights) != 1 {
		return ""
	}
	return r.rights[0].Beside()
}

// header is the one that the route heeds besides those of every request.
func (r *route) header() string {
	switch {
	case r.status == http.StatusCreated:
		return repeatHeader
	case r.media == streamMedia:
		return lastEventID
	}
	return ""
}

// of is the schema of a Go type by its JSON form. Structs become named.
func (s *schemas) of(t reflect.Type) object {
	switch t {
	case reflect.TypeFor[execution.Instant]():
		return object{"type": []string{"string", "null"}, "format": "date-time"}
	case reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case reflect.TypeFor[deadline.Day]():
		return object{"type": "string", "format": "date"}
	case reflect.TypeFor[engine.CountByTime]():
		return object{"type": "object", "additionalProperties": s.of(reflect.TypeFor[int64]())}
	case reflect.TypeFor[setting.Destination]():
		return object{"oneOf": []object{{"type": "string"}, s.of(reflect.TypeFor[alert.Channel]())}}
	case reflect.TypeFor[json.RawMessage]():
		return object{} // any value
	}
	switch t.Kind() {
	case reflect.Pointer:
		return nullable(s.of(t.Elem()))
	case reflect.Slice:
		return object{"type": "array", "items": s.of(t.Elem())}
	case reflect.Array:
		return object{"type": "array", "items": s.of(t.Elem()), "minItems": t.Len(), "maxItems": t.Len()}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return object{"type": "integer", "format": "int64"}
	case reflect.Struct:
		name := s.name(t)
		if _, done := s.named[name]; !done {
			s.named[name] = object{} // ends recursion
			s.named[name] = s.structure(t)
		}
		return ref(name)
	}
	panic(fmt.Sprintf("BUG: api: no schema for %s", t))
}

func nullable(schema object) object {
	if word, ok := schema["type"].(string); ok {
		schema["type"] = []string{word, "null"}
		return schema
	}
	return object{"anyOf": []object{schema, {"type": "null"}}}
}

func (s *schemas) structure(t reflect.Type) object {
	properties, required := object{}, []string{}
	s.members(t, properties, &required)
	schema := object{"type": "object", "properties": properties}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

// members adds t's members, and those of structs in it without a name.
func (s *schemas) members(t reflect.Type, properties object, required *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			s.members(f.Type, properties, required)
		case !f.IsExported() || name == "-":
		default:
			schema := s.of(f.Type)
			if enum := f.Tag.Get("enum"); enum != "" {
				schema["enum"] = enums()[enum]
			}
			properties[name] = schema
			if !strings.Contains(options, "omit") {
				*required = append(*required, name)
			}
		}
	}
}
