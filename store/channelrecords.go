package store

import (
	"encoding/json"
	"errors"
	"fmt"

	"carillon/models"
)

type channelRecord struct {
	ID       uid     `gorm:"column:id;primaryKey"`
	Tenant   uid     `gorm:"column:tenant_id"`
	Name     string  `gorm:"column:name"`
	Kind     string  `gorm:"column:kind"`
	Config   string  `gorm:"column:config"`
	Secrets  []byte  `gorm:"column:secrets"`
	Template uid     `gorm:"column:template_id"`
	Policy   string  `gorm:"column:retry_policy"`
	Limits   string  `gorm:"column:limits"`
	Batching *string `gorm:"column:batching"`
	Ordering string  `gorm:"column:ordering"`
	Held     *int64  `gorm:"column:held_until"`
	Status   string  `gorm:"column:status"`
	Reason   *string `gorm:"column:status_reason"`
	Failures int     `gorm:"column:consecutive_failures"`
	Failing  *int64  `gorm:"column:failing_since"`
	Created  int64   `gorm:"column:created_at"`
	Updated  int64   `gorm:"column:updated_at"`
	Deleted  *int64  `gorm:"column:deleted_at"`
	// Suppressed is of another table.
	Suppressed *string `gorm:"column:suppressed;->"`
}

func (channelRecord) TableName() string { return "channels" }

func (s *Store) channelRecordOf(c *models.Channel) (*channelRecord, error) {
	config, err := json.Marshal(c.Config)
	if err != nil {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	policy, err := json.Marshal(c.RetryPolicy)
	if err != nil {
		return nil, fmt.Errorf("write retry policy: %w", err)
	}
	limits, err := json.Marshal(c.Limits)
	if err != nil {
		return nil, fmt.Errorf("write limits: %w", err)
	}
	var batching *string
	if c.Batching != nil {
		text, _ := json.Marshal(c.Batching) // two numbers always marshal
		batching = stringPtr(string(text))
	}
	secrets, err := s.sealSecrets(c)
	if err != nil {
		return nil, err
	}
	return &channelRecord{
		ID: uidOf(c.ID), Tenant: uidOf(c.TenantID), Name: c.Name, Kind: string(c.Config.Kind()), Config: string(config), Secrets: secrets,
		Template: uidOf(c.TemplateID),
		Policy:   string(policy), Limits: string(limits), Batching: batching, Ordering: string(c.Ordering), Held: microsPtr(c.HeldUntil), Status: string(c.Status), Reason: c.StatusReason, Failures: c.ConsecutiveFailures,
		Failing: microsPtr(c.FailingSince), Created: micros(c.CreatedAt), Updated: micros(c.UpdatedAt),
	}, nil
}

func (s *Store) channelOf(r *channelRecord) (models.Channel, error) {
	c := models.Channel{
		ID: r.ID.id(models.PrefixChannel), TenantID: r.Tenant.id(models.PrefixTenant), Name: r.Name, Kind: models.ChannelKind(r.Kind),
		TemplateID: r.Template.id(models.PrefixTemplate),
		Status:     models.ChannelStatus(r.Status), StatusReason: r.Reason, ConsecutiveFailures: r.Failures,
		FailingSince: fromMicrosPtr(r.Failing), Ordering: models.Ordering(r.Ordering), HeldUntil: fromMicrosPtr(r.Held), CreatedAt: fromMicros(r.Created), UpdatedAt: fromMicros(r.Updated),
	}
	var err error
	if c.Config, err = s.readConfig(c.Kind, r.Config); err != nil {
		return c, fmt.Errorf("read configuration of channel %s: %w", c.ID, err)
	}
	if err := json.Unmarshal([]byte(r.Policy), &c.RetryPolicy); err != nil {
		return c, fmt.Errorf("read retry policy of channel %s: %w", c.ID, err)
	}
	if err := json.Unmarshal([]byte(r.Limits), &c.Limits); err != nil {
		return c, fmt.Errorf("read limits of channel %s: %w", c.ID, err)
	}
	if r.Batching != nil {
		if err := json.Unmarshal([]byte(*r.Batching), &c.Batching); err != nil {
			return c, fmt.Errorf("read batching of channel %s: %w", c.ID, err)
		}
	}
	if c.Suppressed, err = readSuppressed(r.Suppressed); err != nil {
		return c, fmt.Errorf("read whom channel %s sends to no more: %w", c.ID, err)
	}
	if err := s.openSecrets(&c, r.Secrets); err != nil {
		return c, fmt.Errorf("read secrets of channel %s: %w", c.ID, err)
	}
	return c, nil
}

// readConfig reads a configuration. One of a kind that this program does not
// know is kept as it is: it must not take the tenant's other channels with it.
func (s *Store) readConfig(kind models.ChannelKind, text string) (models.ChannelConfig, error) {
	config := s.cfg.NewConfig(kind)
	if config == nil {
		return &models.UnknownConfig{Of: kind, Public: json.RawMessage(text)}, nil
	}
	return config, json.Unmarshal([]byte(text), config)
}

// sealSecrets makes one column of all secrets of a channel, in their order.
func (s *Store) sealSecrets(c *models.Channel) ([]byte, error) {
	if unknown, ok := c.Config.(*models.UnknownConfig); ok {
		return unknown.Sealed, nil
	}
	pointers := c.Config.Secrets()
	values, some := make([]string, len(pointers)), false
	for i, p := range pointers {
		values[i] = p.Reveal()
		some = some || values[i] != ""
	}
	if !some {
		return nil, nil
	}
	if s.keys == nil {
		return nil, errNoKeyring
	}
	plain, err := json.Marshal(values)
	if err != nil {
		return nil, errors.New("write the secrets of a channel") // the cause might show them
	}
	return s.keys.Seal(plain, secretsAAD(c.ID)), nil
}

func (s *Store) openSecrets(c *models.Channel, sealed []byte) error {
	if unknown, ok := c.Config.(*models.UnknownConfig); ok {
		unknown.Sealed = sealed
		return nil
	}
	if len(sealed) == 0 {
		return nil
	}
	if s.keys == nil {
		return errNoKeyring
	}
	plain, err := s.keys.Open(sealed, secretsAAD(c.ID))
	if err != nil {
		return err
	}
	pointers := c.Config.Secrets()
	var values []string
	if err := json.Unmarshal(plain, &values); err != nil || len(values) != len(pointers) {
		return errors.New("they do not fit its configuration")
	}
	for i, p := range pointers {
		*p = models.NewSecret(values[i])
	}
	return nil
}

func secretsAAD(channel models.ID) string { return "channels|" + channel.String() + "|secrets" }
