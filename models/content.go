package models

// Content is a rendered message, by the parts that templates have: HTTP and
// Slack have a body, email a subject with text, HTML or both, SMS a text.
type Content struct {
	Body        []byte
	ContentType string // of Body, for HTTP
	Subject     string
	Text        string
	HTML        string
	// Secretless says that whatever made it sees no secret of the channel, so that
	// there is none to look for.
	Secretless bool
}

// Bytes is the content of the channels that send a body.
func (c *Content) Bytes() int {
	return len(c.Body) + len(c.Subject) + len(c.Text) + len(c.HTML)
}
