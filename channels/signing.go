package channels

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"carillon/models"
)

// signer adds to a request what tells its receiver that it is ours. It is safe
// for concurrent use.
type signer interface {
	// sign is asked once for each try. old says that the secret that was rotated
	// away still counts.
	sign(d *draft, old bool)
}

// draft is a request in the making, with its record.
type draft struct {
	id   string // of the message
	time time.Time
	body []byte

	request *http.Request
	target  string // as it is shown
	record  []models.Header

	values [6]string // of the headers that differ from try to try
	used   int
}

// set adds a header and its record.
func (d *draft) set(name, value string) {
	d.put(name, value)
	d.record = append(d.record, models.Header{Name: name, Value: value})
}

// setSecret adds a header whose value is not recorded.
func (d *draft) setSecret(name, value string) {
	d.put(name, value)
	d.record = append(d.record, models.Header{Name: name, Secret: true})
}

func (d *draft) put(name, value string) {
	d.values[d.used] = value
	d.used++
	d.request.Header[name] = d.values[d.used-1 : d.used : d.used]
}

// newSigner reads the channel's keys once; nil for a channel that signs
// nothing. Its errors are those of the secret and do not repeat it.
func newSigner(c *models.HttpConfig, target *url.URL) (signer, error) {
	s := &c.Signing
	switch s.Scheme {
	case models.SigningStandardWebhooks, models.SigningEd25519:
		return newStandard(s)
	case models.SigningHMAC:
		return newPlainHMAC(s), nil
	case models.SigningSecretHeader:
		return newSecretHeader(s), nil
	case models.SigningSecretQuery:
		return newSecretQuery(c, target), nil
	case models.SigningNone, "":
		return nil, nil
	}
	return nil, fmt.Errorf("the scheme %q is not known to this version", s.Scheme)
}
