package promql

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/prometheus/prometheus/model/labels"
	prom "github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// newAnswer writes a value as Prometheus' HTTP API does.
func newAnswer(v parser.Value) (*Answer, error) {
	dst := append([]byte(`{"resultType":"`), v.Type()...)
	dst = append(dst, `","result":`...)
	switch value := v.(type) {
	case prom.Scalar:
		dst = appendPoint(dst, value.T, value.V)
	case prom.String:
		text, err := json.Marshal(value.V)
		if err != nil {
			return nil, &Error{Kind: Internal, cause: err}
		}
		dst = append(append(append(appendTime(append(dst, '['), value.T), ','), text...), ']')
	case prom.Vector:
		dst = append(dst, '[')
		for i := range value {
			dst = appendMetric(separated(dst, i), value[i].Metric)
			dst = append(dst, `,"value":`...)
			dst = append(appendPoint(dst, value[i].T, value[i].F), '}')
		}
		dst = append(dst, ']')
	case prom.Matrix:
		dst = append(dst, '[')
		for i := range value {
			dst = appendMetric(separated(dst, i), value[i].Metric)
			dst = append(dst, `,"values":[`...)
			for k, p := range value[i].Floats {
				dst = appendPoint(separated(dst, k), p.T, p.F)
			}
			dst = append(dst, "]}"...)
		}
		dst = append(dst, ']')
	default:
		return nil, &Error{Kind: Internal, cause: fmt.Errorf("a value of type %T", v)}
	}
	return &Answer{Data: append(dst, '}')}, nil
}

func separated(dst []byte, i int) []byte {
	if i > 0 {
		return append(dst, ',')
	}
	return dst
}

func appendMetric(dst []byte, l labels.Labels) []byte {
	text, err := l.MarshalJSON()
	if err != nil {
		panic("BUG: promql: marshal labels: " + err.Error())
	}
	return append(append(dst, `{"metric":`...), text...)
}

func appendPoint(dst []byte, at int64, v float64) []byte {
	dst = append(appendTime(append(dst, '['), at), `,"`...)
	format := byte('f')
	if abs := math.Abs(v); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	return append(strconv.AppendFloat(dst, v, format, -1, 64), `"]`...)
}

// appendTime writes Unix milliseconds as seconds.
func appendTime(dst []byte, at int64) []byte {
	if at < 0 {
		dst, at = append(dst, '-'), -at
	}
	dst = strconv.AppendInt(dst, at/1000, 10)
	if ms := at % 1000; ms != 0 {
		dst = append(dst, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
	}
	return dst
}
