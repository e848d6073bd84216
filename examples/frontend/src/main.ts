// The page: a form that asks for the key, the webhooks, and the attempts as they
// are made.
import { Refused, webhooks, type Attempt, type Server, type Webhook } from './api';
import { watch, type State } from './live';
import { attemptRow, webhookRow } from './rows';
import './style.css';

const maxRows = 200;
const $ = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;

const form = $<HTMLFormElement>('connect');
const problem = $('problem');
const url = form.elements.namedItem('url') as HTMLInputElement;
const key = form.elements.namedItem('key') as HTMLInputElement;
url.value = import.meta.env.VITE_CARILLON_URL ?? 'http://127.0.0.1:8080';

const words: Record<State | 'closed', string> = {
  live: 'live',
  waiting: 'connection lost, trying again',
  closed: 'not connected',
};

function show(state: State | 'closed') {
  $('state').textContent = words[state];
  $('state').dataset.state = state;
}

// The list is asked for anew when an attempt names a webhook that is not on it. What
// was seen live may be newer than an answer that was under way.
let known = new Map<string, Webhook>();
const newest = new Map<string, Attempt>(); // by webhook; ids sort by time

async function refresh(server: Server) {
  const list = await webhooks(server);
  known = new Map(list.map((w) => [w.id, w]));
  $('webhooks').replaceChildren(...list.map((w) => webhookRow(current(w))));
}

function current(webhook: Webhook): Webhook {
  const seen = newest.get(webhook.id);
  return seen && seen.id > (webhook.lastAttempt?.id ?? '') ? { ...webhook, lastAttempt: seen } : webhook;
}

function add(server: Server, attempt: Attempt) {
  const list = $('attempts');
  list.prepend(attemptRow(attempt));
  while (list.childElementCount > maxRows) list.lastElementChild?.remove();

  if (attempt.webhook === null) return;
  const { id } = attempt.webhook;
  if (attempt.id > (newest.get(id)?.id ?? '')) newest.set(id, attempt);
  const webhook = known.get(id);
  if (webhook === undefined) refresh(server).catch(() => {}); // the next attempt asks again
  else $(id).replaceWith(webhookRow(current(webhook)));
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const server = { url: url.value.trim().replace(/\/+$/, ''), key: key.value.trim() };
  problem.hidden = true;
  try {
    await refresh(server);
    key.value = '';
    form.hidden = true;
    $('lists').hidden = false;
    await watch(server, (attempt) => add(server, attempt), show, new AbortController().signal);
  } catch (error) {
    show('closed');
    form.hidden = false;
    $('lists').hidden = true;
    $('attempts').replaceChildren();
    newest.clear();
    problem.hidden = false;
    problem.textContent =
      error instanceof Refused
        ? `The server refused: ${error.message}`
        : `No answer from ${server.url}. Does it run, and is ${location.origin} among its CARILLON_CORS_ORIGINS?`;
  }
});
