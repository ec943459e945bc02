package channel

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/alert"
	"flowwatch/engine/fault"
	"flowwatch/engine/notify"
)

func allowed(t testing.TB, entries ...string) *Allow {
	t.Helper()
	a, err := ParseAllow(entries)
	require.NoError(t, err)
	return a
}

func given(channelType, config string) alert.Channel {
	return alert.Channel{Type: channelType, Config: json.RawMessage(config)}
}

func locations(fields []fault.Field) (out []string) {
	for _, f := range fields {
		out = append(out, f.Location)
	}
	return out
}

func TestConfigurationsAreChecked(t *testing.T) { // B-51, SEC7
	t.Parallel()
	good := func(channelType, config string, addresses ...string) {
		t.Helper()
		targets, fields := ParseTargets(given(channelType, config), nil)
		require.Empty(t, fields, config)
		var got []string
		for _, to := range targets {
			require.Equal(t, notify.Type(channelType), to.Type)
			got = append(got, to.Address)
		}
		require.Equal(t, addresses, got)
	}
	bad := func(channelType, config string, at ...string) {
		t.Helper()
		targets, fields := ParseTargets(given(channelType, config), nil)
		require.Equal(t, at, locations(fields), config)
		require.Empty(t, targets)
	}
	good("email", `{"to":["anna@Biuro.Example"," b@c.pl ","ANNA@biuro.example"],"unknown":1}`, "anna@biuro.example", "b@c.pl")
	bad("email", `{}`, "config.to")
	bad("email", `{"to":[]}`, "config.to")
	bad("email", `{"to":"a@b.pl"}`, "config.to")
	bad("email", `{"to":["a@b.pl","a b@c.pl","Anna <a@b.pl>","a@b.pl\r\nBcc: x@y.pl","ą@b.pl","a@-","a@b..pl",""]}`, "config.to[1]", "config.to[2]",
		"config.to[3]", "config.to[4]", "config.to[6]", "config.to[7]")
	bad("email", `{"to":["a@b.pl"],"cc":["x"]}`, "config.cc[0]")
	bad("email", `{"to":[`+strings.Repeat(`"a@b.pl",`, 20)+`"a@b.pl"]}`, "config.to")
	bad("email", `[]`, "config")
	bad("email", `{"to":["a@b.pl"],"x":"`+strings.Repeat("x", configBytesMax)+`"}`, "config")

	good("sms", `{"to":["+48 600 100-200","+48600100201"]}`, "+48600100200", "+48600100201")
	bad("sms", `{"to":["600100200","+0048600100200","+48x","+4860010020012345","+48600100200\n"]}`, "config.to[0]", "config.to[1]", "config.to[2]",
		"config.to[3]", "config.to[4]")
	bad("sms", `{"to":["+48600100200"],"encoding":"utf8"}`, "config.encoding")
	bad("sms", `{"to":["+1","+2","+3","+4","+5","+6"]}`, "config.to")

	good("in_app", ``, Everybody)
	good("in_app", `{"userIds":["u1"],"roles":["accountant"]}`, "user:u1", "role:accountant")
	bad("in_app", `{"userIds":["a b"],"roles":["integration"]}`, "config.userIds[0]", "config.roles[0]")

	bad("pager", `{}`, "type")
	bad("slack", `{}`, "config.webhookUrl")
	bad("webhook", `{}`, "config.url")
	good("webhook", `{"url":"https://hooks.firma.example:8443/x"}`, "https://hooks.firma.example:8443/x")
	for _, u := range []string{"ftp://a.example/", "https://", "https://a.example/#x", "https://a.example:0/", "https://a.example:99999/", "javascript:alert(1)",
		"https://zażółć.example/", "https://a.example/ b", "//a.example/", "https://a_.example:/"} {
		bad("webhook", `{"url":`+quoted(u)+`}`, "config.url")
	}
	bad("webhook", `{"url":"https://a.example/","secret":"a\u0000"}`, "config.secret")
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// innerURLs are ways into the network that are 422 on save (api §9).
var innerURLs = []string{
	"http://127.0.0.1/", "http://localhost:8080/", "http://LOCALHOST./", "http://x.localhost/", "http://0.0.0.0/", "http://10.1.2.3/", "http://172.16.0.1/",
	"http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/", "http://metadata.google.internal/", "http://100.100.100.200/", "http://[::1]/",
	"http://[::ffff:127.0.0.1]/", "http://[::ffff:a9fe:a9fe]/", "http://[fe80::1%25eth0]/", "http://[fc00::1]/", "http://[fd00:ec2::254]/", "http://[64:ff9b::7f00:1]/",
	"http://[2002:7f00:1::]/", "http://[::127.0.0.1]/", "http://2130706433/", "http://0x7f000001/", "http://127.1/", "http://0177.0.0.1/", "http://fileserver/",
	"http://nas.local/", "http://router.lan/", "http://255.255.255.255/", "http://224.0.0.1/", "http://[ff02::1]/", "http://[::]/", "http://198.18.0.1/",
}

func TestWebhooksMustNotLeadInside(t *testing.T) { // B-… SSRF, api §9 "Delivery."
	t.Parallel()
	for _, u := range innerURLs {
		_, fields := ParseTargets(given("webhook", `{"url":`+quoted(u)+`}`), nil)
		require.Equal(t, []string{"config.url"}, locations(fields), u)
	}
	for _, u := range []string{"http://8.8.8.8/", "https://[2606:4700::1111]/", "https://example.com/"} {
		_, fields := ParseTargets(given("webhook", `{"url":`+quoted(u)+`}`), nil)
		require.Empty(t, fields, u)
	}
	allow := allowed(t, "10.1.0.0/16", "192.168.1.7", "Fileserver", "fd00::/8")
	for u, want := range map[string]bool{
		"http://10.1.200.3/": true, "http://10.2.0.1/": false, "http://192.168.1.7:9000/x": true, "http://192.168.1.8/": false, "http://fileserver/": true,
		"http://other/": false, "http://[fd12::1]/": true, "http://[::ffff:10.1.0.1]/": true,
	} {
		_, fields := ParseTargets(given("webhook", `{"url":`+quoted(u)+`}`), allow)
		require.Equal(t, want, len(fields) == 0, u)
	}
	for _, entry := range []string{"", "10.0.0.0/33", "a b", "127.1", "http://x/"} {
		_, err := ParseAllow([]string{entry})
		require.Error(t, err, entry)
	}
}

func TestSlackIsAtSlack(t *testing.T) { // SEC7
	t.Parallel()
	f := func(u string, want bool) {
		t.Helper()
		targets, fields := ParseTargets(given("slack", `{"webhookUrl":`+quoted(u)+`}`), allowed(t, "chat.biuro.example", "127.0.0.1"))
		require.Equal(t, want, len(fields) == 0, u)
		if want {
			require.NotContains(t, targets[0].Address, "T000/B000/tajny")
		}
	}
	f("https://hooks.slack.com/services/T000/B000/tajny", true)
	f("https://HOOKS.slack.com:443/services/T000/B000/tajny", true)
	f("http://hooks.slack.com/services/T000/B000/tajny", false)
	f("https://hooks.slack.com.evil.example/x", false)
	f("https://evil.example/hooks.slack.com", false)
	f("https://hooks.slack.com@evil.example/", false)
	f("https://user:pass@hooks.slack.com/x", false)
	f("https://hooks.slack.com:8443/x", false)
	f("https://chat.biuro.example/hooks/T000/B000/tajny", true)
	f("http://127.0.0.1:9/T000/B000/tajny", true)
	f("http://127.0.0.2/", false)
}

// TestOneSlackWebhookIsOneTarget: groups are by target, across rules.
func TestOneSlackWebhookIsOneTarget(t *testing.T) {
	t.Parallel()
	clear := given("slack", `{"webhookUrl":"https://hooks.slack.com/services/T/B/x"}`)
	one, _, _, err := Split(clear)
	require.NoError(t, err)
	two, _, _, err := Split(clear)
	require.NoError(t, err)
	require.NotEqual(t, Ref(one), Ref(two))
	a, fields := ParseTargets(one, nil)
	require.Empty(t, fields)
	b, _ := ParseTargets(two, nil)
	c, _ := ParseTargets(clear, nil)
	require.Equal(t, a[0].Address, b[0].Address)
	require.Equal(t, a[0].Address, c[0].Address)
	other, _ := ParseTargets(given("slack", `{"webhookUrl":"https://hooks.slack.com/services/T/B/y"}`), nil)
	require.NotEqual(t, a[0].Address, other[0].Address)
}

func TestNamesThatResolveInside(t *testing.T) {
	t.Parallel()
	resolver, _ := nameServer(t, "93.184.216.34", "10.0.0.5")
	c := given("webhook", `{"url":"https://rebind.example/"}`)
	require.Empty(t, Lookup(t.Context(), c, nil, resolver), "public at first")
	require.Equal(t, []string{"config.url"}, locations(Lookup(t.Context(), c, nil, resolver)))
	require.Empty(t, Lookup(t.Context(), c, allowed(t, "rebind.example"), resolver))
	require.Empty(t, Lookup(t.Context(), c, allowed(t, "10.0.0.0/8"), resolver))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	require.Empty(t, Lookup(gone, c, nil, resolver), "an office without internet can still save")
}

// nameServer is a DNS server in this process: its n-th answer to a question for an address is the n-th of answers, then the last.
func nameServer(t *testing.T, answers ...string) (*net.Resolver, *atomic.Int32) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	var asked atomic.Int32
	var served sync.WaitGroup
	served.Go(func() {
		b := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(dnsAnswer(b[:n], answers, &asked), from)
		}
	})
	t.Cleanup(func() {
		_ = conn.Close()
		served.Wait()
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}, &asked
}

// dnsAnswer is the reply (RFC 1035) to a query with one question: an address for type A, nothing for others.
func dnsAnswer(query []byte, answers []string, asked *atomic.Int32) []byte {
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	end += 5
	reply := append([]byte{}, query[:end]...)
	binary.BigEndian.PutUint16(reply[2:], 0x8180)
	for _, at := range []int{6, 8, 10} {
		binary.BigEndian.PutUint16(reply[at:], 0)
	}
	if binary.BigEndian.Uint16(query[end-4:]) != 1 {
		return reply
	}
	n := min(int(asked.Add(1)), len(answers)) - 1
	binary.BigEndian.PutUint16(reply[6:], 1)
	ip := netip.MustParseAddr(answers[n]).As4()
	reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
	return append(reply, ip[:]...)
}

func FuzzParseTargets(f *testing.F) {
	f.Add("webhook", `{"url":"https://a.example/","secret":"x"}`)
	f.Add("slack", `{"webhookUrl":"********#1","secretRef":"x"}`)
	f.Add("email", `{"to":["a@b.pl"]}`)
	f.Fuzz(func(t *testing.T, channelType, config string) {
		c := given(channelType, config)
		targets, fields := ParseTargets(c, nil)
		require.Equal(t, len(fields) == 0, len(targets) > 0)
		stored, ref, secret, err := Split(c)
		if err != nil || len(fields) > 0 {
			return
		}
		_, again, left, err := Split(stored)
		require.NoError(t, err)
		require.Empty(t, again+left, "nothing is left to take out")
		require.Equal(t, ref != "", secret != "")
		joined, err := Join(stored, secret)
		require.NoError(t, err)
		_, fields = ParseTargets(joined, nil)
		require.Empty(t, fields)
	})
}
