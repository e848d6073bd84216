package channels

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"carillon/models"
)

func (p *post) again(t *testing.T, key string) error {
	t.Helper()
	m := p.message
	m.Key, m.Progress = key, nil
	_, err := p.Send(t.Context(), m)
	return err
}

func TestEmailConnectionsAreKept(t *testing.T) {
	t.Parallel()
	office := (&postOffice{}).open(t, nil, false)
	p := poster(t, office.address, EmailOptions{})
	for i := range 20 {
		if err := p.again(t, fmt.Sprint("dlv_", i)); err != nil {
			t.Fatal(err)
		}
	}
	if n := office.connections(); n != 1 || len(office.all()) != 20 {
		t.Errorf("%d messages in %d sessions", len(office.all()), n)
	}
}

func TestEmailTransactionsAreReset(t *testing.T) {
	t.Parallel()
	offered(t, func(t *testing.T, offers []string) {
		s := scripted(t, map[string]string{"RCPT": "550 no", "DATA": "503 no recipients"}, offers...)
		p := poster(t, s.address, EmailOptions{})
		for range 2 {
			p.message.Progress = nil
			p.fails(t, models.ErrRejected)
		}
		if s.connections() != 1 {
			t.Errorf("%d connections", s.connections())
		}
		contains(t, "the dialogue", strings.Join(s.lines(0), "|"), "|RSET|MAIL FROM")
	})
}

func TestEmailServerClosedTheKeptConnection(t *testing.T) {
	t.Parallel()
	offered(t, func(t *testing.T, offers []string) {
		for _, says := range []string{drop, "421 4.4.2 idle too long!drop"} {
			s := scripted(t, map[string]string{}, offers...)
			p := poster(t, s.address, EmailOptions{})
			p.sends(t)
			s.now(map[string]string{"0MAIL": says})
			if err := p.again(t, "dlv_2"); err != nil {
				t.Errorf("%s: %v", says, err)
			}
			if s.connections() != 2 {
				t.Errorf("%s: %d connections", says, s.connections())
			}
			// A fresh one that is closed is a failure.
			s.now(map[string]string{"1MAIL": drop, "2MAIL": drop})
			if err := p.again(t, "dlv_3"); AsError(err).Code != models.ErrConnect || s.connections() != 3 {
				t.Errorf("%s: %v after %d connections", says, err, s.connections())
			}
		}
	})
}

func TestEmailServerCannotReset(t *testing.T) {
	t.Parallel()
	offered(t, func(t *testing.T, offers []string) {
		s := scripted(t, map[string]string{"RCPT": "550 no", "DATA": "503 no recipients", "RSET": "502 what?"}, offers...)
		p := poster(t, s.address, EmailOptions{})
		for range 2 {
			p.message.Progress = nil
			_, e := p.fails(t, models.ErrRejected)
			contains(t, "the error", e.Message, "refused: ada@example.com (550 no)")
		}
		if s.connections() != 2 {
			t.Errorf("%d connections", s.connections())
		}
	})
}

func TestEmailIsNotTriedTwiceOnceItWasSent(t *testing.T) {
	t.Parallel()
	s := scripted(t, map[string]string{})
	p := poster(t, s.address, EmailOptions{})
	p.sends(t)
	s.now(map[string]string{"0.": drop})
	if err := p.again(t, "dlv_2"); AsError(err).Code != models.ErrConnect || s.connections() != 1 {
		t.Errorf("%v after %d connections", err, s.connections())
	}
}

func TestEmailConnectionsOfOtherLoginsAreNotTaken(t *testing.T) {
	t.Parallel()
	s := scripted(t, map[string]string{}, "AUTH PLAIN")
	p := poster(t, s.address, EmailOptions{})
	for _, password := range []models.Secret{models.NewSecret("first password"), models.NewSecret("second password"), models.NewSecret("first password")} {
		p.message.Channel = &models.Channel{Kind: models.KindEmail, Config: &models.EmailConfig{
			SmtpServer: s.address, TLS: models.TLSNone, Username: "user", Password: password, From: p.config.From, To: p.config.To}}
		if err := p.again(t, "dlv_"+password.Reveal()[:3]); err != nil {
			t.Fatal(err)
		}
	}
	if s.connections() != 2 {
		t.Errorf("%d connections", s.connections())
	}
}

func TestEmailConnectionsGrowOld(t *testing.T) {
	t.Parallel()
	office := (&postOffice{}).open(t, nil, false)
	p := poster(t, office.address, EmailOptions{})
	for range maxMessages + 1 {
		if err := p.again(t, "dlv_1"); err != nil {
			t.Fatal(err)
		}
	}
	if n := office.connections(); n != 2 {
		t.Errorf("%d messages took %d connections", maxMessages+1, n)
	}
	for turn := 1; turn <= idleTurns; turn++ {
		old := p.pool.turned()
		if want := turn == idleTurns; (len(old) == 1) != want {
			t.Errorf("turn %d let %d go", turn, len(old))
		}
		for _, s := range old {
			s.leave()
		}
	}
	if p.pool.count != 0 || len(p.pool.idle) != 0 {
		t.Errorf("%d are counted, %d kept", p.pool.count, len(p.pool.idle))
	}
	// One that is never idle for long has its end as well.
	for range maxTurns {
		if err := p.again(t, "dlv_1"); err != nil {
			t.Fatal(err)
		}
		p.pool.turned()
	}
	before := office.connections()
	for range 2 {
		if err := p.again(t, "dlv_1"); err != nil {
			t.Fatal(err)
		}
	}
	if n := office.connections(); n != before+1 {
		t.Errorf("an old connection was kept: %d after %d", n, before)
	}
}

func TestEmailsAtOnce(t *testing.T) {
	t.Parallel()
	office := (&postOffice{}).open(t, nil, false)
	p := poster(t, office.address, EmailOptions{IdlePerServer: 4})
	var all sync.WaitGroup
	for g := range 16 {
		all.Go(func() {
			for i := range 20 {
				if err := p.again(t, fmt.Sprintf("dlv_%d_%d", g, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n := len(office.all()); n != 320 || p.pool.count > 4 {
		t.Errorf("%d messages, %d idle", n, p.pool.count)
	}
	p.Close()
	p.Close() // a second one does nothing
	if err := p.again(t, "dlv_late"); err != nil || p.pool.count != 0 {
		t.Errorf("after Close: %v, %d idle", err, p.pool.count)
	}
}
