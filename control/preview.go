package control

import (
	"fmt"
	"slices"

	"carillon/channels"
	"carillon/models"
	"carillon/templates"
)

// Preview renders the parts of a template as a channel of the kind would send
// them. It tells what keeps the template from being used, and what the channel
// would refuse. What the view lacks is filled in by samples, and no secret is
// shown. The view has an event at least.
func Preview(kind models.ChannelKind, parts []models.TemplatePart, view templates.View) models.RenderedTemplate {
	compiled, problems := templates.Check(kind, parts)
	if len(problems) > 0 {
		return models.RenderedTemplate{Problems: problems}
	}
	sampled := withSamples(kind, view)
	content, problems := tried(compiled, &sampled)
	out := models.RenderedTemplate{Problems: problems}
	for _, part := range parts {
		failed := slices.ContainsFunc(problems, func(p models.TemplateProblem) bool { return p.Part == part.Name })
		if shown := renderedPart(kind, part.Name, &content); shown.Output != "" || !failed {
			out.Parts = append(out.Parts, shown)
		}
	}
	return out
}

func renderedPart(kind models.ChannelKind, name models.PartName, c *models.Content) models.RenderedPart {
	part := models.RenderedPart{Name: name}
	switch name {
	case models.PartBody:
		part.Output = string(c.Body)
	case models.PartContentType:
		part.Output = c.ContentType
	case models.PartSubject:
		part.Output = c.Subject
	case models.PartHTML:
		part.Output = c.HTML
	case models.PartText:
		part.Output = c.Text
		if kind == models.KindSMS {
			n, _ := models.Segments(c.Text)
			part.Segments = &n
		}
	}
	return part
}

// tried renders for one view, and holds what came out against what the channel
// can carry.
func tried(t *templates.Template, v *templates.View) (models.Content, []models.TemplateProblem) {
	content, problems := t.Preview(v)
	if len(problems) > 0 {
		return content, problems
	}
	switch v.Channel.Kind {
	case models.KindSlack:
		for _, p := range channels.CheckSlackBody(content.Body) {
			problems = append(problems, models.TemplateProblem{Part: models.PartBody, Line: 1, Column: 1, Message: p.String()})
		}
	case models.KindSMS:
		config, ok := v.Channel.Config.(*models.SmsConfig)
		if n, encoding := models.Segments(content.Text); ok && config.MaxSegments > 0 && n > config.MaxSegments {
			problems = append(problems, models.TemplateProblem{Part: models.PartText, Line: 1, Column: 1, Message: fmt.Sprintf(
				"the text takes %d segments in %s; the channel's maxSegments allows %d", n, encoding, config.MaxSegments)})
		}
	}
	return content, problems
}
