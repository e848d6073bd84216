package app

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"carillon/models"
	"carillon/store"
	"carillon/testkit"
)

// rotation is a database whose servers get another encryption key.
type rotation struct {
	t        *testing.T
	url      string
	folder   string
	receiver *testkit.Receiver
	tenant   string
	channels []string // with the secrets below, before the rotation
	secrets  []string
}

// node starts a server with these keys.
func (r *rotation) node(keys string) (*running, node) {
	r.t.Helper()
	s := serve(r.t, r.folder, r.environ(keys)...)
	return s, node{client: testkit.NewClient(r.t, s.url, testAdmin.Reveal())}
}

func (r *rotation) environ(keys string) []string {
	return []string{"CARILLON_DATABASE_URL=" + r.url, "CARILLON_ENCRYPTION_KEY=" + keys, "CARILLON_ADMIN_KEY=" + testAdmin.Reveal(), "CARILLON_ALLOW_NETWORKS=127.0.0.0/8"}
}

func (r *rotation) migrate(keys string, args ...string) outcome {
	r.t.Helper()
	return carillon(r.t, r.folder, r.environ(keys), append([]string{"migrate", "rekey"}, args...)...)
}

func stop(s *running) {
	s.t.Helper()
	s.signal(syscall.SIGTERM)
	if code := s.code(); code != exitDone {
		s.t.Errorf("exit code %d:\n%s", code, s.stderr)
	}
}

// works publishes, sees the message signed, and reads all secrets.
func (r *rotation) works(n node) {
	r.t.Helper()
	before := r.receiver.Count()
	n.publish(r.t, r.tenant)
	got := r.receiver.Wait(before+1, patience)[before]
	if err := got.Verify(r.secrets[0]); err != nil {
		r.t.Errorf("the message's signature: %v", err)
	}
	for i, channel := range r.channels {
		if secret := r.secret(n, channel); secret != r.secrets[i] {
			r.t.Errorf("the secret %d is another one", i)
		}
	}
}

func (r *rotation) secret(n node, channel string) string {
	r.t.Helper()
	var out struct{ ChannelSecret string }
	n.do(r.t, `query($id: ID!) { channelSecret(id: $id) }`, testkit.Vars{"id": channel}, &out)
	return out.ChannelSecret
}

// channel makes one more, to check later.
func (r *rotation) channel(n node) {
	r.t.Helper()
	var made struct{ CreateChannel struct{ ID string } }
	n.do(r.t, `mutation($t: ID!, $n: String!) { createChannel(input: {tenantId: $t, name: $n, config: {http: {url: "https://example.com"}}}) { id } }`,
		testkit.Vars{"t": r.tenant, "n": fmt.Sprintf("channel %d", len(r.channels))}, &made)
	r.channels = append(r.channels, made.CreateChannel.ID)
	r.secrets = append(r.secrets, r.secret(n, made.CreateChannel.ID))
}

// fill makes many channels at once, under a key.
func (r *rotation) fill(key string, channels int) {
	r.t.Helper()
	ring, err := store.ParseKeyring(key)
	if err != nil {
		r.t.Fatal(err)
	}
	s, err := store.Open(r.t.Context(), store.Config{URL: r.url, Keys: ring})
	if err != nil {
		r.t.Fatal(err)
	}
	defer s.Close()
	tenant, err := models.ParseIDOf(models.PrefixTenant, r.tenant)
	if err != nil {
		r.t.Fatal(err)
	}
	for i := range channels {
		err := s.CreateChannel(r.t.Context(), models.Channel{
			ID: models.NewID(models.PrefixChannel), TenantID: tenant, Name: fmt.Sprintf("many %d", i), Kind: models.KindSlack,
			Config:      &models.SlackConfig{Mode: models.SlackBotToken, BotToken: models.NewSecret("xoxb-1"), Channel: "C012AB3CD"},
			RetryPolicy: models.DefaultRetryPolicy(), Status: models.ChannelActive, CreatedAt: time.Now(), UpdatedAt: time.Now(),
		})
		if err != nil {
			r.t.Fatal(err)
		}
	}
}

// killedMidway begins to encrypt anew, and is killed as soon as it is on its way.
func (r *rotation) killedMidway(keys string) {
	r.t.Helper()
	s := startCommand(r.t, command(r.t, r.folder, r.environ(keys), "migrate", "rekey"))
	s.stderr.await(r.t, "secrets looked at")
	s.signal(os.Kill)
	s.code()
}

// TestKeyRotation rotates the encryption key of running servers: two on
// PostgreSQL, one on SQLite. At each step messages leave signed and every secret
// can be read, also while a rekey is killed in the middle.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		const many = 500
		oldKey, newKey := store.NewEncryptionKey(), store.NewEncryptionKey()
		r := &rotation{t: t, url: url, folder: t.TempDir(), receiver: testkit.NewReceiver(t)}
		nodes := 2
		if strings.HasPrefix(url, "sqlite:") {
			nodes = 1
		}
		var servers []*running
		var last node
		// rolled restarts the servers one after the other, and lets each make a
		// channel that the others read.
		rolled := func(keys string) {
			for i := range nodes {
				if i < len(servers) {
					stop(servers[i])
				}
				s, n := r.node(keys)
				if i < len(servers) {
					servers[i] = s
				} else {
					servers = append(servers, s)
				}
				if r.tenant == "" {
					r.tenant = n.route(t, r.receiver.URL)
					var found struct {
						Channels struct{ Nodes []struct{ ID string } }
					}
					n.do(t, `{ channels { nodes { id } } }`, nil, &found)
					r.channels = []string{found.Channels.Nodes[0].ID}
					r.secrets = []string{r.secret(n, r.channels[0])}
				}
				r.channel(n)
				for _, other := range servers {
					r.works(node{client: testkit.NewClient(t, other.url, testAdmin.Reveal())})
				}
				last = n
			}
		}
		var told struct {
			AuditLog struct {
				Nodes []struct {
					ActorName string
					Tenant    *struct{ ID string }
					Detail    struct{ Secrets int }
				}
			}
		}
		rolled(oldKey)
		r.fill(oldKey, many)
		rolled(oldKey + "," + newKey)
		rolled(newKey + "," + oldKey)
		if got := r.migrate(newKey+","+oldKey, "--check"); got.code != exitDone || strings.Contains(got.stdout, "may be removed") {
			t.Errorf("before: %+v", got)
		}
		r.killedMidway(newKey + "," + oldKey)
		r.works(last)
		done := r.migrate(newKey + "," + oldKey)
		if done.code != exitDone || !strings.Contains(done.stdout, "secrets encrypted anew\n") || !strings.Contains(done.stdout, " 0 secrets; it may be removed\n") {
			t.Errorf("rekey: %+v", done)
		}
		if strings.HasPrefix(done.stdout, "0 ") {
			t.Error("the one that was killed had done everything")
		}
		last.do(t, `{ auditLog(filter: {action: "encryption.*"}) { nodes { actorName tenant { id } detail } } }`, nil, &told)
		if list := told.AuditLog.Nodes; len(list) != 1 || list[0].ActorName != "command line" || list[0].Tenant != nil || list[0].Detail.Secrets < 1 {
			t.Errorf("the audit log has %+v", list)
		}
		r.works(last)
		rolled(newKey)
		if got := r.migrate(newKey, "--check"); got.code != exitDone || strings.Count(got.stdout, "\n") != 1 {
			t.Errorf("after: %+v", got)
		}
		if got := r.migrate(oldKey); got.code != exitFailed || !strings.Contains(got.stderr, "could not be opened") || !strings.Contains(got.stdout, "(not in the setting)") ||
			!strings.Contains(got.stdout, "does not open: server secret ") {
			t.Errorf("with a key that is gone: %+v", got)
		}
	})
}
