import { plainLines, readMrkdwn, type Line, type Span } from './slackText';

/** A message for Slack, as far as it can be drawn. */
export interface SlackContent {
  /** The text alone: what notifications show, and the message where it has no blocks. */
  text: string;
  username: string;
  blocks: Block[];
  attachments: Attachment[];
}

export type Block =
  | { kind: 'header'; text: string }
  | { kind: 'section'; text: Line[]; fields: Line[][]; beside: Control | null }
  | { kind: 'context'; parts: (Line[] | Control)[] }
  | { kind: 'divider' }
  | { kind: 'actions'; controls: Control[] }
  | { kind: 'image'; alt: string; title: string }
  | { kind: 'rich'; rows: Row[] }
  | { kind: 'unknown'; type: string };

/** A line of rich text, with the sign before it where it stands in a list. */
export type Row = Line & { sign?: string; indent?: number };

/** Something to press, to choose or to look at. It is drawn and does nothing. */
export interface Control {
  kind: 'button' | 'menu' | 'picture';
  label: string;
  tone?: 'primary' | 'danger';
}

export interface Attachment {
  color: string;
  title: string;
  lines: Line[];
  fields: { title: string; lines: Line[] }[];
  footer: string;
  blocks: Block[];
}

/** Reads the JSON of a message; a string says why it is none. */
export function readSlack(source: string): SlackContent | string {
  let json: unknown;
  try {
    json = JSON.parse(source);
  } catch {
    return 'This is not JSON, so Slack would refuse it.';
  }
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return 'Slack takes a JSON object, such as {"text": "…"}.';
  const message = object(json);
  return {
    text: string(message.text),
    username: string(message.username),
    blocks: list(message.blocks).slice(0, 50).map(block),
    attachments: list(message.attachments).slice(0, 20).map(attachment),
  };
}

type Json = Record<string, unknown>;

const object = (value: unknown): Json => (value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Json) : {});
const list = (value: unknown): Json[] => (Array.isArray(value) ? value.slice(0, 200).map(object) : []);
const string = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');

function styled(value: unknown): Line[] {
  const { type, text } = object(value);
  return type === 'mrkdwn' ? readMrkdwn(string(text)) : plainLines(string(text));
}

function block(json: Json): Block {
  switch (json.type) {
    case 'header':
      return { kind: 'header', text: string(object(json.text).text) };
    case 'section':
      return { kind: 'section', text: json.text ? styled(json.text) : [], fields: list(json.fields).slice(0, 10).map(styled), beside: json.accessory ? control(object(json.accessory)) : null };
    case 'context':
      return { kind: 'context', parts: list(json.elements).map((one) => (one.type === 'image' ? control(one) : styled(one))) };
    case 'divider':
      return { kind: 'divider' };
    case 'actions':
      return { kind: 'actions', controls: list(json.elements).map(control) };
    case 'image':
      return { kind: 'image', alt: string(json.alt_text), title: string(object(json.title).text) };
    case 'rich_text':
      return { kind: 'rich', rows: list(json.elements).flatMap(rows) };
    case 'markdown':
      return { kind: 'section', text: plainLines(string(json.text)), fields: [], beside: null };
    default:
      return { kind: 'unknown', type: string(json.type) };
  }
}

function control(json: Json): Control {
  const label = string(object(json.text).text) || string(object(json.placeholder).text);
  switch (json.type) {
    case 'image':
      return { kind: 'picture', label: string(json.alt_text) };
    case 'button':
      return { kind: 'button', label, tone: json.style === 'primary' || json.style === 'danger' ? json.style : undefined };
    default:
      return { kind: 'menu', label: label || string(json.type).replaceAll('_', ' ') || 'choice' };
  }
}

function attachment(json: Json): Attachment {
  const color = string(json.color);
  const body = string(json.text) || (list(json.blocks).length === 0 ? string(json.fallback) : '');
  return {
    color: /^#?[0-9a-f]{6}$/i.test(color) ? `#${color.replace('#', '')}` : ({ good: '#2eb67d', warning: '#ecb22e', danger: '#e01e5a' }[color] ?? ''),
    title: string(json.title) || string(json.author_name),
    lines: [...(json.pretext ? readMrkdwn(string(json.pretext)) : []), ...(body ? readMrkdwn(body) : [])],
    fields: list(json.fields).slice(0, 20).map((one) => ({ title: string(one.title), lines: readMrkdwn(string(one.value)) })),
    footer: string(json.footer),
    blocks: list(json.blocks).slice(0, 50).map(block),
  };
}

function rows(part: Json): Row[] {
  const elements = list(part.elements);
  switch (part.type) {
    case 'rich_text_list': {
      const indent = Math.min(8, Math.max(0, Number(part.indent) || 0));
      return elements.map((one, place) => ({ kind: 'line', spans: list(one.elements).map(richSpan), sign: part.style === 'ordered' ? `${place + 1}.` : '•', indent }));
    }
    case 'rich_text_preformatted':
      return [{ kind: 'code', text: elements.map((one) => string(one.text) || string(one.url)).join('') }];
    default:
      return [{ kind: part.type === 'rich_text_quote' ? 'quote' : 'line', spans: elements.map(richSpan) }];
  }
}

function richSpan(json: Json): Span {
  const text = string(json.text);
  if (json.type === 'link') return { kind: 'link', text: text || string(json.url), to: string(json.url) };
  if (json.type === 'emoji') return { kind: 'text', text: `:${string(json.name)}:` };
  if (json.type !== 'text') return { kind: 'mention', text: text || `@${string(json.user_id) || string(json.usergroup_id) || string(json.channel_id) || string(json.range) || string(json.type)}` };
  const style = object(json.style);
  let span: Span = style.code ? { kind: 'code', text } : { kind: 'text', text };
  for (const kind of ['bold', 'italic', 'strike'] as const) if (style[kind]) span = { kind, spans: [span] };
  return span;
}
