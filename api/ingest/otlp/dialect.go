package otlp

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"flowwatch/api/ingest"
)

// dialect is how an engine tells of its runs. Spans that have an attribute with its prefix are in it.
type dialect struct {
	prefix     string
	ofResource bool // a resource with such an attribute has all its spans in it
	translate  func(*ingest.Item, *span)
}

// dialects are all that are known.
var dialects = [...]dialect{
	{prefix: "n8n.", translate: n8n},
	{prefix: "cicd.pipeline.", ofResource: true, translate: pipeline},
	{prefix: "airflow.", translate: airflow},
	{prefix: "kestra.", translate: kestra},
	{prefix: "temporal", translate: temporal},
	{prefix: "prefect.", translate: prefect},
}

func dialectNamed(attribute string) *dialect {
	if attribute == "" || strings.IndexByte("acknpt", attribute[0]) < 0 {
		return nil
	}
	for i := range dialects {
		if strings.HasPrefix(attribute, dialects[i].prefix) {
			return &dialects[i]
		}
	}
	return nil
}

func dialectOf(attributes pcommon.Map, from *source) *dialect {
	for name := range attributes.All() {
		if d := dialectNamed(name); d != nil {
			return d
		}
	}
	return from.dialect
}

// engines are services whose other spans are about themselves and not about what runs on them.
var engines = [...]string{"airflow", "kestra", "n8n"}

func isEngine(service string) bool {
	for _, name := range engines {
		if len(service) >= len(name) && strings.EqualFold(service[:len(name)], name) {
			return true
		}
	}
	return false
}
