package setting

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func (d Document) change(patch string, now time.Time) (Document, Settings, error) {
	next, err := d.Merge([]byte(patch))
	if err != nil {
		return nil, Settings{}, err
	}
	return next.Accepted(now)
}

func TestFullEndsByItself(t *testing.T) { // 5.13: auto-off after 7 days
	t.Parallel()
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	var d Document
	d, s, err := d.change(`{"capture":{"stepData":"full","reason":"błąd w JPK"}}`, now)
	require.NoError(t, err)
	require.Equal(t, Full, s.Capture.At(now))
	require.Equal(t, Full, s.Capture.At(now.Add(FullMax-time.Second)))
	require.Equal(t, Masked, s.Capture.At(now.Add(FullMax)))

	_, s, err = d.change(`{"capture":{"stepData":"off","workflows":{"w":{"stepData":"sizes"}}}}`, now)
	require.NoError(t, err)
	require.Equal(t, Sizes, s.Capture.Mode("w", now))
	require.Equal(t, Off, s.Capture.Mode("other", now))
	require.Equal(t, Off, s.Capture.Mode("", now), "where nobody knows the workflow, the strictest")

	_, _, err = d.change(`{"capture":{"stepData":"full","reason":"x","until":"2027-01-01T00:00:00Z"}}`, now)
	require.Error(t, err, "nobody captures in full for a month")
}

func TestDefaultsAreNotStored(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	var d Document
	changed, s, err := d.change(`{"thresholds":{"queueWarnDepth":7}}`, now)
	require.NoError(t, err)
	require.EqualValues(t, 7, s.Thresholds.QueueWarnDepth)
	require.InDelta(t, 80, s.Thresholds.CPUWarnPercent, 0)
	back, s, err := changed.change(`{"thresholds":{"queueWarnDepth":null}}`, now)
	require.NoError(t, err)
	require.EqualValues(t, 100, s.Thresholds.QueueWarnDepth)
	before, err := d.Settings()
	require.NoError(t, err)
	require.Empty(t, Differences(&before, &s))
	_ = back
}

func TestGatewaysOfTextMessages(t *testing.T) { // 3.6: what was set before the templates came still holds
	t.Parallel()
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	f := func(sms string, want bool) {
		t.Helper()
		_, _, err := Document{}.change(`{"sms":`+sms+`}`, now)
		require.Equal(t, want, err == nil, "%s: %v", sms, err)
	}
	f(`{"url":"https://api.smsapi.pl/sms.do","sender":"Biuro","apiKey":"x"}`, true)
	f(`{"url":"http://192.168.1.1/sms","preset":"lan","lan":true,"headers":{"X-Api-Token":"{key}"},"apiKey":"x"}`, true)
	f(`{"url":"http://192.168.1.1/sms","method":"GET","body":"n={to}&t={text}","success":"^OK"}`, true)
	f(`{"url":"http://192.168.1.1/sms","headers":{"Authorization":"Bearer abc"}}`, false) // it would be shown
	f(`{"url":"http://192.168.1.1/sms","headers":{"Host":"x"}}`, false)
	f(`{"url":"http://192.168.1.1/sms","headers":{"X-A":"b\r\nc"}}`, false)
	f(`{"url":"http://192.168.1.1/sms","preset":"pigeon"}`, false)
	f(`{"url":"http://192.168.1.1/sms","method":"DELETE"}`, false)
	f(`{"url":"http://192.168.1.1/sms","body":"n={to}"}`, false)
	f(`{"url":"http://192.168.1.1/sms","success":"("}`, false)
}
