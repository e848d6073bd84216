package models_test

import (
	"strings"
	"testing"

	"carillon/models"
)

func TestProblemsOfATemplateAreListed(t *testing.T) {
	t.Parallel()
	problems := make([]models.TemplateProblem, 23)
	for i := range problems {
		problems[i] = models.TemplateProblem{Part: models.PartBody, Line: i + 1, Column: 2, Message: "is wrong"}
	}
	err := models.InvalidTemplate("parts", problems[:2])
	if want := "parts: BODY, line 1, column 2: is wrong; BODY, line 2, column 2: is wrong"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	err = models.InvalidTemplate("parts", problems)
	if n := strings.Count(err.Message, "is wrong"); n != 20 || !strings.HasSuffix(err.Message, "; and 3 more") || len(err.Problems) != 23 {
		t.Errorf("%d are shown: %s", n, err.Message)
	}
	if moved := models.Under("routes.0", err); moved.Error() == err.Error() || models.CodeOf(moved) != models.CodeBadUserInput {
		t.Errorf("got %v", moved)
	}
}
