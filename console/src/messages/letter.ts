/** An email, as far as a reader sees it. */
export interface Letter {
  subject: string;
  from: string;
  to: string;
  cc: string;
  text: string;
  html: string;
}

interface Field {
  name: string;
  value: string | null;
}

/**
 * Reads an email from what was recorded of it: the JSON of an attempt's request with its
 * headers, or the message itself (RFC 5322) as a mail server took it.
 */
export function readLetter(body: string, headers: Field[] = []): Letter {
  const recorded = readRecord(body);
  const field = (name: string) => headers.find((one) => one.name.toLowerCase() === name)?.value ?? '';
  const head = { subject: words(field('subject')), from: words(field('from')), to: words(field('to')), cc: words(field('cc')) };
  if (recorded) return { ...head, ...recorded, subject: recorded.subject || head.subject };
  const part = split(body);
  const found = { text: '', html: '' };
  if (part.fields.size > 0) collect(part, found, { parts: 0 }, 0);
  else found.text = body;
  const own = (name: string) => words(part.fields.get(name) ?? '');
  return {
    subject: own('subject') || head.subject,
    from: own('from') || head.from,
    to: own('to') || head.to,
    cc: own('cc') || head.cc,
    ...found,
  };
}

function readRecord(body: string): Pick<Letter, 'subject' | 'text' | 'html'> | null {
  if (!body.trimStart().startsWith('{')) return null;
  try {
    const json = JSON.parse(body) as Record<string, unknown>;
    const text = (name: string) => (typeof json[name] === 'string' ? json[name] : '');
    return { subject: text('subject'), text: text('text'), html: text('html') };
  } catch {
    return null;
  }
}

interface Part {
  fields: Map<string, string>;
  body: string;
}

// A head is lines of `Name: value`; without one, all of it is the body.
function split(source: string): Part {
  const fields = new Map<string, string>();
  const end = /\r?\n\r?\n/.exec(source);
  const head = end ? source.slice(0, end.index) : source;
  for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const match = /^([a-z][\w-]*):[ \t]*(.*)$/i.exec(line);
    if (!match) return { fields: new Map(), body: source.replace(/^\r?\n/, '') };
    const name = match[1]!.toLowerCase();
    if (!fields.has(name)) fields.set(name, match[2]!);
  }
  return { fields, body: end ? source.slice(end.index + end[0].length) : '' };
}

// A message may nest its parts without end; nobody's does.
const deepest = 8;
const most = 100;

function collect(part: Part, into: { text: string; html: string }, seen: { parts: number }, depth: number) {
  if (depth > deepest || ++seen.parts > most) return;
  const type = part.fields.get('content-type') ?? 'text/plain';
  const kind = type.split(';')[0]!.trim().toLowerCase();
  if (kind.startsWith('multipart/')) {
    const boundary = parameter(type, 'boundary');
    if (!boundary) return;
    // The first piece is for readers that know no parts; what follows the end is nothing.
    const pieces = `\n${part.body}`.split(`\n--${boundary}`).slice(1);
    for (const piece of pieces) {
      if (piece.startsWith('--')) break;
      collect(split(piece.replace(/^[ \t]*\r?\n/, '').replace(/\r$/, '')), into, seen, depth + 1);
    }
    return;
  }
  if (/^attachment/i.test(part.fields.get('content-disposition') ?? '')) return;
  if (kind === 'text/html') into.html ||= decoded(part, type);
  else if (kind === 'text/plain') into.text ||= decoded(part, type);
}

function parameter(header: string, name: string): string {
  const match = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^;\\s]+))`, 'i').exec(header);
  return match?.[1] ?? match?.[2] ?? '';
}

function decoded({ fields, body }: Part, type: string): string {
  const charset = parameter(type, 'charset');
  switch ((fields.get('content-transfer-encoding') ?? '').trim().toLowerCase()) {
    case 'base64':
      return fromBase64(body, charset) ?? body;
    case 'quoted-printable':
      return fromQuoted(body.replace(/=[ \t]*\r?\n/g, ''), charset);
    default:
      return body;
  }
}

/** The text of encoded words such as =?UTF-8?B?…?=. */
function words(value: string): string {
  return value
    .replace(/(\?=)\s+(?==\?)/g, '$1')
    .replace(/=\?([\w-]+)\?([bq])\?([^?]*)\?=/gi, (all, charset: string, how: string, text: string) =>
      how.toLowerCase() === 'b' ? (fromBase64(text, charset) ?? all) : fromQuoted(text.replaceAll('_', ' '), charset),
    );
}

function fromBase64(text: string, charset: string): string | null {
  try {
    return decode(
      Uint8Array.from(atob(text.replace(/\s/g, '')), (one) => one.charCodeAt(0)),
      charset,
    );
  } catch {
    return null;
  }
}

function fromQuoted(text: string, charset: string): string {
  return text.replace(/(?:=[0-9a-f]{2})+/gi, (run) => decode(Uint8Array.from(run.slice(1).split('='), (hex) => parseInt(hex, 16)), charset));
}

function decode(bytes: Uint8Array, charset: string): string {
  try {
    return new TextDecoder(charset || 'utf-8').decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes); // of a charset that nobody knows
  }
}
