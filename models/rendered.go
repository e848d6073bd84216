package models

import (
	"fmt"
	"strings"
)

// RenderedTemplate is what a template made of an event, without sending it.
type RenderedTemplate struct {
	Parts    []RenderedPart
	Problems []TemplateProblem // empty when it rendered
}

// RenderedPart is what one part came out as.
type RenderedPart struct {
	Name     PartName
	Output   string
	Segments *int // of an SMS text; nil for other parts
}

// shownProblems is how many problems a message tells; the rest it counts.
const shownProblems = 20

// InvalidTemplate is BAD_USER_INPUT about the field that the template came by,
// with each of its problems.
func InvalidTemplate(field string, problems []TemplateProblem) *Error {
	shown := make([]string, 0, shownProblems+1)
	for i, p := range problems {
		if i == shownProblems {
			shown = append(shown, fmt.Sprintf("and %d more", len(problems)-i))
			break
		}
		shown = append(shown, p.String())
	}
	err := Invalid(field, "%s", strings.Join(shown, "; "))
	err.Problems = problems
	return err
}
