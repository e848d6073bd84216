// The rows of both tables. Whatever comes from the server is set as text, never as
// HTML.
import type { Attempt, Webhook } from './api';

function cell(name: string, ...children: (Node | string)[]): HTMLTableCellElement {
  const td = document.createElement('td');
  td.className = name; // its place, where the table becomes cards
  td.append(...children);
  return td;
}

function span(className: string, text: string): HTMLSpanElement {
  const element = document.createElement('span');
  element.className = className;
  element.textContent = text;
  return element;
}

function row(id: string, ...cells: HTMLTableCellElement[]): HTMLTableRowElement {
  const tr = document.createElement('tr');
  tr.id = id;
  tr.append(...cells);
  return tr;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

function time(text: string): HTMLTimeElement {
  const element = document.createElement('time');
  const when = new Date(text);
  element.dateTime = text;
  element.title = when.toLocaleString();
  const today = day.format(when) === day.format(new Date());
  element.textContent = today ? clock.format(when) : `${day.format(when)}, ${clock.format(when)}`;
  return element;
}

// A failure that is tried again is no end yet.
function outcome(attempt: Attempt): HTMLSpanElement {
  if (attempt.status === 'SUCCEEDED') return span('badge good', 'succeeded');
  return attempt.nextAttemptAt ? span('badge soon', 'will retry') : span('badge bad', 'failed');
}

export function attemptRow(attempt: Attempt): HTMLTableRowElement {
  const latency = attempt.latency.replace(/\.(\d)\d*/, '.$1'); // 17.845684ms is 17.8ms
  const answer = [attempt.responseCode, attempt.error?.message ?? latency].filter((part) => part !== null);
  return row(
    attempt.id,
    cell('time', time(attempt.startedAt)),
    cell('event', attempt.event.type, ...(attempt.number > 1 ? [span('note', `try ${attempt.number}`)] : [])),
    cell('webhook', attempt.webhook?.name ?? 'deleted'),
    cell('channel', attempt.channel.name, span('note', attempt.channel.kind)),
    cell('outcome', outcome(attempt)),
    cell('answer', answer.join(' · ')),
  );
}

export function webhookRow(webhook: Webhook): HTMLTableRowElement {
  const last = webhook.lastAttempt;
  return row(
    webhook.id,
    cell('name', webhook.name, ...(webhook.status === 'PAUSED' ? [span('note', 'paused')] : [])),
    cell('types', webhook.eventTypes.join(', ')),
    cell('channel', webhook.routes.map(({ channel }) => channel.name).join(', ')),
    cell('last', ...(last ? [outcome(last), time(last.startedAt)] : [span('quiet', 'none yet')])),
  );
}
