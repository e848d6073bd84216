package demo

import "carillon/models"

// crm is Larch CRM: it keeps contacts, deals and what is to be done.
func (d *Demo) crm() company {
	const sender = "Larch CRM <hello@larch.example.com>"
	return company{
		name: "Larch CRM", externalID: "larch", about: "Contacts, deals and tasks",
		templates: []template{
			{name: "deal-in-slack", about: "A deal that was won", kind: models.KindSlack, parts: map[models.PartName]string{
				models.PartBody: `{"text": "{{ .data.owner }} won {{ .data.title }} with {{ .data.company }}: {{ money .data.currency .data.amount }}"}`,
			}},
			{name: "task-text", about: "What is due, in one text", kind: models.KindSMS, parts: map[models.PartName]string{
				models.PartText: `{{ .data.owner }}: {{ truncate 80 .data.title }} is due at {{ .data.dueAt }}`,
			}},
			{name: "welcome-mail", about: "Who is new, for the desk that calls them", kind: models.KindEmail, parts: map[models.PartName]string{
				models.PartSubject: `New contact: {{ .data.name }}{{ with .data.company }} of {{ . }}{{ end }}`,
				models.PartText: `{{ .data.name }} <{{ .data.email }}> came by way of {{ .data.source }}.
{{ with .data.company }}They work for {{ . }}.
{{ end }}`,
			}},
		},
		channels: []channel{
			{name: "Billing", config: d.http(billingName), rest: object{"retryPolicy": disabling(10, retries("1s", "2s", "4s", "8s", "15s", "30s"))}},
			{name: "Slack #wins", template: "deal-in-slack", config: d.slackHook(), rest: object{"limits": object{"rate": 10}}},
			{name: "Sales desk", template: "welcome-mail", config: email(sender, "Sales desk <desk@larch.example.com>")},
			{name: "Reminders", template: "task-text", config: d.text("Larch CRM", "+14155550142")},
		},
		webhooks: []webhook{
			{name: "Contracts", about: "Deals above 5,000 are billed",
				types: []string{"deal.won"}, filter: "data.amount > 5000", to: []string{"Billing"}},
			{name: "Wins", about: "For everybody to see",
				types: []string{"deal.won"}, to: []string{"Slack #wins"}},
			{name: "New contacts", about: "To the sales desk",
				types: []string{"contact.created"}, to: []string{"Sales desk"}},
			{name: "Reminders", about: "A text for each task that is due",
				types: []string{"task.due"}, to: []string{"Reminders"}},
		},
	}
}
