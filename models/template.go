package models

import (
	"fmt"
	"time"
)

// PartName is one part of a template, as the API names it.
type PartName string

// The parts of the contract.
const (
	PartBody        PartName = "BODY"
	PartContentType PartName = "CONTENT_TYPE"
	PartSubject     PartName = "SUBJECT"
	PartText        PartName = "TEXT"
	PartHTML        PartName = "HTML"
)

// TemplatePart is the source of one part.
type TemplatePart struct {
	Name   PartName `json:"name"`
	Source string   `json:"source"`
}

// Template is what messages of one kind of channel look like. Every change of its
// parts is a new version, which never changes.
type Template struct {
	ID          ID
	TenantID    ID     // zero for a built-in one
	Name        string // unique in its tenant
	Description string
	Kind        ChannelKind
	Parts       []TemplatePart // of the newest version
	Version     int            // 1 for the first
	BuiltIn     bool
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// TemplateVersion is what a template was from some time on.
type TemplateVersion struct {
	Version   int
	Parts     []TemplatePart
	CreatedAt time.Time
}

// TemplateRef names one version of a template; zero for none.
type TemplateRef struct {
	ID      ID
	Version int
}

// TemplateProblem is something that keeps a template from being used. Line and
// Column count from 1, in characters.
type TemplateProblem struct {
	Part    PartName
	Line    int
	Column  int
	Message string
}

func (p TemplateProblem) String() string {
	return fmt.Sprintf("%s, line %d, column %d: %s", p.Part, p.Line, p.Column, p.Message)
}

// TemplateFilter narrows a list of templates.
type TemplateFilter struct {
	TenantID *ID // built-in ones are everybody's
	Search   *string
	Kind     *ChannelKind
	BuiltIn  *bool
}
