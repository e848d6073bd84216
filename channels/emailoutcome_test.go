package channels

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"carillon/models"
)

func states(progress []models.Recipient) map[string]models.RecipientState {
	list := map[string]models.RecipientState{}
	for _, p := range progress {
		list[p.Address] = p.State
	}
	return list
}

func TestEmailRecipientsHaveOutcomesOfTheirOwn(t *testing.T) {
	t.Parallel()
	answers := map[string]error{"no@example.com": refuse(550, "no such user"), "later@example.com": refuse(450, "greylisted")}
	office := (&postOffice{rcpt: func(to string) error { return answers[to] }}).open(t, nil, false)
	p := poster(t, office.address, EmailOptions{})
	p.config.To = []string{"Yes <yes@example.com>", "no@example.com"}
	p.config.Cc, p.config.Bcc = []string{"later@example.com"}, []string{"too@example.com"}

	receipt, e := p.fails(t, models.ErrRejected)
	if e.Class != Temporary || *receipt.ResponseCode != 550 {
		t.Errorf("failed with %+v, code %d", e, *receipt.ResponseCode)
	}
	contains(t, "the error", e.Message, "reached 2 of 4 recipients", "put off: later@example.com (450 4.1.1 greylisted)", "refused: no@example.com (550 5.1.1 no such user)")
	if got := states(receipt.Progress); len(got) != 3 || got["yes@example.com"] != models.RecipientTaken ||
		got["too@example.com"] != models.RecipientTaken || got["no@example.com"] != models.RecipientRefused {
		t.Errorf("the progress is %v", got)
	}
	contains(t, "the answer", *receipt.ResponseBody, "RCPT TO <later@example.com>: 450 4.1.1 greylisted\n", "RCPT TO <yes@example.com>: 250")

	// The one that was put off alone is tried again.
	_, e = p.fails(t, models.ErrRejected)
	contains(t, "the error", e.Message, "reached 2 of 4 recipients", "put off: later@example.com")
	delete(answers, "later@example.com")
	receipt, e = p.fails(t, models.ErrRejected)
	if e.Class != Permanent || states(receipt.Progress)["later@example.com"] != models.RecipientTaken {
		t.Errorf("failed with %+v, progress %+v", e, receipt.Progress)
	}
	contains(t, "the error", e.Message, "reached 3 of 4 recipients", "refused: no@example.com (550 5.1.1 no such user)")
	mails := office.all()
	if len(mails) != 2 || !slices.Equal(mails[0].to, []string{"yes@example.com", "too@example.com"}) || !slices.Equal(mails[1].to, []string{"later@example.com"}) {
		t.Errorf("the messages are %+v", mails)
	}
	if mails[0].parsed(t).Header.Get("Message-Id") != mails[1].parsed(t).Header.Get("Message-Id") {
		t.Error("the second message has another Message-ID")
	}

	// Nobody is left, and nothing is sent.
	if _, e = p.fails(t, models.ErrRejected); e.Class != Permanent || len(office.all()) != 2 {
		t.Errorf("failed with %+v", e)
	}
}

func TestEmailIsNotSentTwice(t *testing.T) {
	t.Parallel()
	office := (&postOffice{}).open(t, nil, false)
	p := poster(t, office.address, EmailOptions{})
	p.sends(t)
	p.sends(t)
	if n := len(office.all()); n != 1 {
		t.Errorf("%d messages were sent", n)
	}
}

func TestEmailKeepsProgressThroughFailures(t *testing.T) {
	t.Parallel()
	p := poster(t, scripted(t, map[string]string{"greeting": "421 busy"}).address, EmailOptions{})
	p.config.To = []string{"ada@example.com", "bob@example.com"}
	p.message.Progress = []models.Recipient{{Address: "ada@example.com", State: models.RecipientTaken, Detail: "250 ok"}}
	receipt, _ := p.fails(t, models.ErrRejected)
	if got := states(receipt.Progress); len(got) != 1 || got["ada@example.com"] != models.RecipientTaken {
		t.Errorf("the progress is %v", got)
	}
	p.message.Content.Text, p.message.Content.HTML = "", ""
	if receipt, _ = p.fails(t, models.ErrTemplate); len(receipt.Progress) != 1 {
		t.Errorf("the progress is %v", receipt.Progress)
	}
}

func TestEmailRefusedByItsContentIsNobodysRefusal(t *testing.T) {
	t.Parallel()
	office := (&postOffice{data: func() error { return refuse(554, "spam") }}).open(t, nil, false)
	p := poster(t, office.address, EmailOptions{})
	receipt, e := p.fails(t, models.ErrRejected)
	if e.Class != Permanent || len(receipt.Progress) != 0 {
		t.Errorf("failed with %+v, progress %+v", e, receipt.Progress)
	}
}

func TestEmailOfFiftyRecipients(t *testing.T) {
	t.Parallel()
	office := (&postOffice{rcpt: func(to string) error {
		if strings.HasPrefix(to, "no") {
			return refuse(550, "no")
		}
		return nil
	}}).open(t, nil, false)
	p := poster(t, office.address, EmailOptions{})
	p.config.To = nil
	for i := range models.MaxRecipients / 2 {
		p.config.To = append(p.config.To, fmt.Sprintf("ada%d@example.com", i), fmt.Sprintf("no%d@example.com", i))
	}
	_, e := p.fails(t, models.ErrRejected)
	contains(t, "the error", e.Message, "reached 25 of 50 recipients", "and 20 more")
	if mails := office.all(); len(mails) != 1 || len(mails[0].to) != 25 {
		t.Errorf("%d messages", len(mails))
	}
	header := office.all()[0].parsed(t)
	if list, err := header.Header.AddressList("To"); err != nil || len(list) != 50 {
		t.Errorf("To has %d addresses (%v)", len(list), err)
	}
}

func TestEmailWantedByNobodyIsNotSent(t *testing.T) {
	t.Parallel()
	// It asks for the content though it refused everybody.
	s := scripted(t, map[string]string{"RCPT": "550 no", "DATA": "354 go on"}, "PIPELINING")
	p := poster(t, s.address, EmailOptions{})
	p.fails(t, models.ErrRejected)
	s.now(map[string]string{})
	p.message.Progress = nil
	p.sends(t)
	if s.connections() != 2 {
		t.Errorf("%d connections", s.connections())
	}
}
