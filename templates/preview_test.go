package templates

import (
	"reflect"
	"testing"

	"carillon/models"
)

func TestPreviewTellsEveryPart(t *testing.T) {
	t.Parallel()
	email := compiled(t, models.KindEmail, []Part{
		{Name: PartSubject, Source: "{{ .data.a }}"}, {Name: PartText, Source: "Hi"}, {Name: PartHTML, Source: "<p>\n{{ .data.b }}</p>"}})
	c, problems := email.Preview(view(t, `{}`))
	if len(problems) != 2 || problems[0].Part != PartSubject || problems[0].Line != 1 || problems[1].Part != PartHTML || problems[1].Line != 2 || c.Text != "Hi" {
		t.Errorf("%+v %v", c, problems)
	}
	c, problems = email.Preview(view(t, `{"a":" x\ny","b":"<"}`))
	if want := (models.Content{Subject: "x y", Text: "Hi", HTML: "<p>\n&lt;</p>"}); !reflect.DeepEqual(c, want) || problems != nil {
		t.Errorf("%+v %v", c, problems)
	}
	c, problems = email.Preview(view(t, `{"a":"","b":1}`))
	want := []Problem{{Part: PartSubject, Line: 1, Column: 1, Message: "the subject is empty"}}
	if !reflect.DeepEqual(problems, want) || c.HTML != "<p>\n1</p>" {
		t.Errorf("%+v %v", c, problems)
	}
}
