package demo

import "carillon/models"

// shop is Fernhill Shop: it sells things for the house, and sends from there.
func (d *Demo) shop() company {
	const sender = "Fernhill Shop <shop@fernhill.example.com>"
	return company{
		name: "Fernhill Shop", externalID: "fernhill", about: "A shop for house and garden",
		templates: shopTemplates(),
		channels: []channel{
			{name: "Warehouse", config: d.http(warehouseName), rest: object{"ordering": "PER_ENTITY", "limits": object{"concurrency": 20}}},
			{name: "Invoicing", config: d.http(invoicingName), rest: object{"retryPolicy": retries("500ms", "1s")}},
			{name: "Analytics", config: d.http(analyticsName), rest: object{"batching": object{"maxEvents": 25, "maxWait": "3s"}}},
			{name: "Partner feed", config: d.http(partnerName), paused: true},
			{name: "Old storefront", config: d.http(storefrontName)},
			{name: "Slack #orders", template: "order-in-slack", config: d.slackBot("#orders"),
				rest: object{"ordering": "PER_ENTITY", "limits": object{"rate": 10}}},
			{name: "Shop team", template: "basket-mail", config: email(sender, "Shop team <team@fernhill.example.com>")},
			{name: "Buyers", config: email(sender, "Ines Marlow <ines@fernhill.example.com>", "buyers@fernhill.example.com"),
				rest: object{"batching": object{"maxEvents": 10, "maxWait": "5s"}}},
			{name: "Stock on call", template: "stock-text", config: d.text("+14155550100", "+14155550123")},
		},
		webhooks: []webhook{
			{name: "Fulfilment", about: "What the warehouse ships, takes back and waits for",
				types: []string{"order.paid", "order.shipped", "order.refunded"}, to: []string{"Warehouse"}},
			{name: "Invoices", about: "An invoice for each paid order",
				types: []string{"order.paid"}, to: []string{"Invoicing"}},
			{name: "Large orders", about: "The story of each order of 250 or more, in a thread",
				types: []string{"order.*"}, filter: "data.total >= 250", to: []string{"Slack #orders"}},
			{name: "Abandoned baskets", about: "Baskets that somebody may still want",
				types: []string{"basket.abandoned"}, to: []string{"Shop team"}},
			{name: "Low stock", about: "A text to who is on call, and a digest to the buyers",
				types: []string{"stock.low"}, to: []string{"Stock on call", "Buyers"}},
			{name: "Analytics", about: "Everything, in batches",
				types: []string{"*"}, to: []string{"Analytics"}},
			{name: "Partner feed", about: "Stock levels for partners",
				types: []string{"stock.*"}, to: []string{"Partner feed"}},
			{name: "Storefront prices", about: "Prices for the shop front that is no more",
				types: []string{"price.changed"}, to: []string{"Old storefront"}},
		},
	}
}

func shopTemplates() []template {
	return []template{
		{name: "order-in-slack", about: "One line for each step of an order", kind: models.KindSlack, parts: map[models.PartName]string{
			models.PartBody: `{
  "text": "{{ humanize .type }}: {{ .data.number }}, {{ money .data.currency .data.total }}",
  "blocks": [
    {"type": "section", "text": {"type": "mrkdwn", "text": "*{{ humanize .type }}* · {{ .data.number }} · {{ money .data.currency .data.total }}{{ with .data.customer }}\nfor {{ .name }}{{ end }}{{ with .data.tracking }}\ntracking {{ . }}{{ end }}{{ with .data.reason }}\n_{{ . }}_{{ end }}"}}
  ]
}`,
		}},
		{name: "basket-mail", about: "A basket that was left, for the team", kind: models.KindEmail, parts: map[models.PartName]string{
			models.PartSubject: `{{ .data.customer.name }} left a basket of {{ money .data.currency .data.total }}`,
			models.PartText: `{{ .data.customer.name }} <{{ .data.customer.email }}> left a basket behind:
{{ range .data.items }}
  {{ .quantity }} x {{ .name }}{{ end }}

Total: {{ money .data.currency .data.total }}
`,
			models.PartHTML: `<!DOCTYPE html>
<html><body style="font-family:sans-serif">
<p><strong>{{ .data.customer.name }}</strong> ({{ .data.customer.email }}) left a basket behind:</p>
<ul>{{ range .data.items }}<li>{{ .quantity }} × {{ .name }}</li>{{ end }}</ul>
<p>Total: {{ money .data.currency .data.total }}</p>
</body></html>
`,
		}},
		{name: "stock-text", about: "One text for what runs out", kind: models.KindSMS, parts: map[models.PartName]string{
			models.PartText: `Low stock: {{ truncate 60 .data.name }}, {{ .data.left }} left (reorder at {{ .data.reorderAt }})`,
		}},
	}
}

// http is the configuration of a channel to a receiver that checks signatures.
func (d *Demo) http(name string) object {
	return object{"http": object{
		"url": d.hook(name), "signing": object{"scheme": models.SigningStandardWebhooks, "secret": d.keys.signing[name].Reveal()},
	}}
}

func (d *Demo) slackBot(to string) object {
	return object{"slack": object{
		"botToken": d.keys.slackToken.Reveal(), "channel": to, "username": "Fernhill orders", "iconEmoji": ":package:", "threadByEntity": true,
	}}
}

func (d *Demo) slackHook() object {
	return object{"slack": object{"webhookUrl": d.web.url + d.keys.slackHook.Reveal()}}
}

func email(from string, to ...string) object {
	return object{"email": object{"from": from, "to": to}}
}

// text is a channel whose deliveries have succeeded once the carrier says so.
func (d *Demo) text(from string, to ...string) object {
	return object{"sms": object{
		"provider": models.ProviderTwilio, "accountId": d.keys.account, "authToken": d.keys.smsToken.Reveal(),
		"baseUrl": d.smsURL(), "from": from, "to": to, "awaitReceipt": true,
	}}
}

// smsURL is where an SMS channel sends.
func (d *Demo) smsURL() string { return d.web.url + "/sms" }
