package app

import (
	"context"
	"errors"
	"fmt"

	"carillon/client"
	"carillon/models"
)

// connection is the group of the flags that say which server to speak to.
const connection = "connection"

// Variables of the commands that talk to a running server.
const (
	urlVariable = prefix + "URL"
	keyVariable = prefix + "KEY"
)

// serverFlag is in every command that talks to a running server.
type serverFlag struct {
	URL string `name:"url" default:"http://127.0.0.1:8080" placeholder:"URL" help:"Address of the server."`
}

// keyFlag is the credential, for commands whose --key means nothing else.
type keyFlag struct {
	APIKey models.Secret `name:"api-key" aliases:"key" placeholder:"KEY" help:"API key. The variable keeps it out of the list of processes."`
}

// connect makes a client, or says what is missing for one.
func connect(at serverFlag, key models.Secret) (*client.Client, error) {
	if key.Empty() {
		return nil, &usageError{errors.New("there is no API key; set CARILLON_KEY, or give --api-key")}
	}
	if !sendable(key) {
		return nil, &usageError{errors.New("CARILLON_KEY: holds a space, a line break or a character that cannot stand in an HTTP header")}
	}
	c, err := client.New(client.Config{URL: at.URL, Key: key, UserAgent: "Carillon/" + Version})
	if err != nil {
		return nil, &usageError{fmt.Errorf("CARILLON_URL: %w", err)}
	}
	return c, nil
}

func sendable(key models.Secret) bool {
	for _, c := range []byte(key.Reveal()) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}

// explained says what to do about an error of the server.
func explained(err error) error {
	if errors.Is(err, context.Canceled) && err.Error() == context.Canceled.Error() { // others say what was stopped
		return errors.New("stopped before the server had answered")
	}
	var refused *client.Refused
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Code {
	case models.CodeUnauthenticated:
		return fmt.Errorf("%w; check CARILLON_KEY", err)
	case models.CodeForbidden:
		return fmt.Errorf("%w; use a key with that scope", err)
	}
	return err
}
