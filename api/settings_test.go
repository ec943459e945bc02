package api

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
)

const settingsPath = "/api/admin/settings"

func (a *appliance) settings(t *testing.T, token, patch string) (Settings, answer) {
	t.Helper()
	method, body := "PATCH", []byte(patch)
	if patch == "" {
		method, body = "GET", nil
	}
	got := a.send(method, settingsPath, token, body)
	var s Settings
	if got.status == http.StatusOK {
		require.NoError(t, json.Unmarshal(got.body, &s))
	}
	return s, got
}

func TestSettingsMergeByKeyAndKeepTheirSecrets(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	s, _ := a.settings(t, testSecret, "")
	require.EqualValues(t, 0, s.Version)
	require.Equal(t, 100, int(s.Thresholds.QueueWarnDepth))
	require.EqualValues(t, "masked", s.Capture.StepData)
	require.Equal(t, "public_url", s.Warnings[0].Code)

	s, got := a.settings(t, testSecret, `{"version":0,"unknown":1,"thresholds":{"queueWarnDepth":2,"x":1},"publicUrl":"https://monitor.biuro.pl",
		"smtp":{"host":"mail.biuro.pl","port":587,"from":"monitor@biuro.pl","username":"u","password":"Wrzosowisko9"}}`)
	require.Equal(t, http.StatusOK, got.status, string(got.body))
	require.EqualValues(t, 1, s.Version)
	require.Equal(t, "********", s.SMTP.Password)
	require.EqualValues(t, "starttls", s.SMTP.Security)
	require.InDelta(t, 80, s.Thresholds.CPUWarnPercent, 0)
	require.Empty(t, s.Warnings)

	s, _ = a.settings(t, testSecret, `{"smtp":{"port":25,"password":"********"}}`)
	require.Equal(t, "********", s.SMTP.Password)
	tenant, err := a.engine.Tenant(a.engine.Access().Organizations()[0].ID)
	require.NoError(t, err)
	require.Equal(t, "Wrzosowisko9", tenant.Settings().SMTP.Password)
	s, _ = a.settings(t, testSecret, `{"smtp":{"password":null},"thresholds":null}`)
	require.Empty(t, s.SMTP.Password)
	require.Equal(t, 100, int(s.Thresholds.QueueWarnDepth))
	_, got = a.settings(t, testSecret, `{"version":1,"smtp":null}`)
	require.Equal(t, http.StatusPreconditionFailed, got.status)

	trail := string(a.send("GET", "/api/audit?event=monitoring.settings.changed", testSecret, nil).body)
	require.Contains(t, trail, `"smtp.password":"set"`)
	require.Contains(t, trail, `"smtp.password":"removed"`)
	require.NotContains(t, trail, "Wrzosowisko9")
	require.NotContains(t, trail, "monitor@biuro.pl")
}

func TestWrongSettingsAreRefusedWithTheirPlaces(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for patch, location := range map[string]string{
		`{"retention":{"stepDataDays":0}}`:      "body.retention.stepDataDays",
		`{"retention":{"stepDataDays":91}}`:     "body.retention.stepDataDays",
		`{"retention":{"executionsDays":7}}`:    "body.retention.executionsDays",
		`{"retention":{"auditDays":-1}}`:        "body.retention.auditDays",
		`{"retention":{"auditDays":"x"}}`:       "body.retention.auditDays",
		`{"thresholds":{"cpuWarnPercent":101}}`: "body.thresholds.cpuWarnPercent",
		`{"thresholds":{"queueWarnDepth":0}}`:   "body.thresholds.queueWarnDepth",
		`{"capture":{"stepData":"all"}}`:        "body.capture.stepData",
		`{"capture":{"stepData":"full"}}`:       "body.capture.reason",
		`{"capture":{"stepData":"full","reason":"szukamy błędu","until":"2999-01-01T00:00:00Z"}}`: "body.capture.until",
		`{"capture":{"workflows":{"w":{"stepData":"full"}}}}`:                                     "body.capture.workflows.w.reason",
		`{"publicUrl":"ftp://x"}`:                           "body.publicUrl",
		`{"smtp":{"host":"a b","port":25,"from":"a@b.pl"}}`: "body.smtp.host",
		`{"masking":{"keys":[""]}}`:                         "body.masking.keys[0]",
		`[]`:                                                "body",
	} {
		_, got := a.settings(t, testSecret, patch)
		require.Equal(t, http.StatusUnprocessableEntity, got.status, "%s %s", patch, got.body)
		require.Contains(t, string(got.body), `"`+location+`"`, patch)
	}
	s, _ := a.settings(t, testSecret, "")
	require.EqualValues(t, 0, s.Version, "nothing is stored on an error")
}

// §9b Roles: hosts are the appliance administrator's.
func TestOnlyAnApplianceAdministratorNamesHosts(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin := a.token("", access.OrgAdmin)
	_, got := a.settings(t, admin, `{"smtp":{"host":"mail.biuro.pl","port":587,"from":"monitor@biuro.pl"}}`)
	require.Equal(t, http.StatusForbidden, got.status)
	_, got = a.settings(t, testSecret, `{"smtp":{"host":"mail.biuro.pl","port":587,"from":"monitor@biuro.pl"}}`)
	require.Equal(t, http.StatusOK, got.status, string(got.body))
	_, got = a.settings(t, admin, `{"smtp":{"host":"evil.example"}}`)
	require.Equal(t, http.StatusForbidden, got.status)
	s, _ := a.settings(t, admin, `{"smtp":{"from":"biuro@biuro.pl"}}`)
	require.Equal(t, "biuro@biuro.pl", s.SMTP.From)
}

// §9 Order of checks: who may not name a host learns nothing of whether the rest would be acceptable, nor of what host is good.
func TestHostsAreRefusedBeforeTheirContentIsJudged(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin := a.token("", access.OrgAdmin)
	refused := func(patches ...string) {
		t.Helper()
		for _, patch := range patches {
			_, got := a.settings(t, admin, patch)
			require.Equal(t, http.StatusForbidden, got.status, "%s %s", patch, got.body)
			_, got = a.settings(t, testSecret, patch)
			require.Equal(t, http.StatusUnprocessableEntity, got.status, "%s %s", patch, got.body)
		}
	}
	refused(`{"smtp":{"host":"a b"}}`, `{"smtp":{"host":7}}`, `{"smtp":"mail.biuro.pl"}`, `{"smtp":[]}`, `{"smtp":{"from":"no address"}}`,
		`{"sms":{"url":"ftp://x"}}`, `{"sms":{"url":{}}}`, `{"sms":{"url":"https://sms.example?x"},"retention":{"stepDataDays":0}}`)
	_, got := a.settings(t, testSecret, `{"smtp":{"host":"mail.biuro.pl","port":587,"from":"monitor@biuro.pl"},"sms":{"url":"https://sms.biuro.pl"}}`)
	require.Equal(t, http.StatusOK, got.status, string(got.body))
	for range 2 { // what was set and what was stored compare alike
		refused(`{"smtp":{"port":0}}`, `{"smtp":{"port":"587"}}`, `{"smtp":{"security":"ssl"}}`, `{"smtp":{"host":"evil.example"},"version":0,"publicUrl":"x"}`)
		_, got = a.settings(t, admin, `{"smtp":{"host":"mail.biuro.pl","port":587,"security":"starttls","from":"nobody"},"sms":{"url":"https://sms.biuro.pl"}}`)
		require.Equal(t, http.StatusUnprocessableEntity, got.status, "the hosts are the same: %s", got.body)
		_, got = a.settings(t, admin, `{"retention":{"stepDataDays":0}}`)
		require.Equal(t, http.StatusUnprocessableEntity, got.status, string(got.body))
		a.restart()
	}
	s, got := a.settings(t, admin, `{"sms":null,"smtp":null}`)
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	require.Nil(t, s.SMTP)
	require.Nil(t, s.SMS)
}

// §9b Erasure: without the key file secrets are missing, and the appliance opens all the same.
func TestALostKeyMakesSecretsMissing(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.settings(t, testSecret, `{"smtp":{"host":"mail.biuro.pl","port":587,"from":"monitor@biuro.pl","password":"Wrzosowisko9"}}`)
	require.NoError(t, os.Remove(filepath.Join(filepath.Dir(a.path), "flowwatch.key")))
	a.restart()
	s, _ := a.settings(t, testSecret, `{"smtp":{"port":25}}`)
	require.Equal(t, []string{"smtp.password"}, s.SecretsMissing)
	text, err := os.ReadFile(a.path)
	require.NoError(t, err)
	require.NotContains(t, string(text), "Wrzosowisko9")
	s, _ = a.settings(t, testSecret, `{"smtp":{"password":"other"}}`)
	require.Empty(t, s.SecretsMissing)
}
