/** A piece of a text in Slack's own markup. */
export type Span =
  | { kind: 'text'; text: string }
  | { kind: 'bold' | 'italic' | 'strike'; spans: Span[] }
  | { kind: 'code' | 'mention'; text: string }
  | { kind: 'link'; text: string; to: string };

/** A line of such a text, or a block of code. */
export type Line = { kind: 'line' | 'quote'; spans: Span[] } | { kind: 'code'; text: string };

const marks: Record<string, 'bold' | 'italic' | 'strike'> = { '*': 'bold', _: 'italic', '~': 'strike' };

// Slack cuts texts long before; what is drawn stays small whatever the text is.
const longest = 40_000;

/** Reads mrkdwn. Nothing in it can become more than text and these few marks. */
export function readMrkdwn(source: string): Line[] {
  const lines: Line[] = [];
  // Every other part stood between two fences of three backticks.
  const parts = source.slice(0, longest).split('```');
  parts.forEach((part, place) => {
    if (place % 2 === 1 && place < parts.length - 1) {
      lines.push({ kind: 'code', text: unescape(part.replace(/^\n|\n$/g, '')) });
      return;
    }
    const text = place % 2 === 1 ? '```' + part : part;
    if (text === '') return;
    // The line breaks around a block of code are its own.
    const trimmed = (place > 0 ? text.replace(/^\n/, '') : text).replace(/\n$/, place < parts.length - 1 ? '' : '\n');
    for (const line of trimmed.split('\n')) {
      const quoted = /^(&gt;|>) ?/.exec(line);
      lines.push(quoted ? { kind: 'quote', spans: readLine(line.slice(quoted[0].length), 0) } : { kind: 'line', spans: readLine(line, 0) });
    }
  });
  return lines;
}

/** A text without any markup, for plain_text. */
export function plainLines(source: string): Line[] {
  return source
    .slice(0, longest)
    .split('\n')
    .map((text) => ({ kind: 'line', spans: [{ kind: 'text', text }] }));
}

function readLine(line: string, depth: number): Span[] {
  const spans: Span[] = [];
  let from = 0;
  // A mark that nothing closes after one place is closed after no later one either.
  const open = new Set<string>();
  const add = (upTo: number, span?: Span) => {
    if (upTo > from) spans.push({ kind: 'text', text: unescape(line.slice(from, upTo)) });
    if (span) spans.push(span);
  };
  for (let at = 0; at < line.length; at++) {
    const sign = line[at]!;
    if (sign === '<') {
      const end = line.indexOf('>', at);
      if (end < 0) break;
      add(at, reference(line.slice(at + 1, end)));
      from = end + 1;
      at = end;
      continue;
    }
    if ((sign !== '`' && !marks[sign]) || open.has(sign) || depth > 3 || wordBefore(line, at)) continue;
    const end = closing(line, at, sign);
    if (end < 0) {
      open.add(sign);
      continue;
    }
    const inner = line.slice(at + 1, end);
    add(at, sign === '`' ? { kind: 'code', text: unescape(inner) } : { kind: marks[sign]!, spans: readLine(inner, depth + 1) });
    from = end + 1;
    at = end;
  }
  add(line.length);
  return spans;
}

function wordBefore(line: string, at: number): boolean {
  return at > 0 && /[\p{L}\p{N}]/u.test(line[at - 1]!);
}

// A mark holds a text whose ends are no spaces, and no letter follows it.
function closing(line: string, at: number, sign: string): number {
  for (let end = line.indexOf(sign, at + 1); end >= 0; end = line.indexOf(sign, end + 1)) {
    const fits = end > at + 1 && (sign === '`' || (line[at + 1] !== ' ' && line[end - 1] !== ' '));
    if (fits && !/[\p{L}\p{N}]/u.test(line[end + 1] ?? '')) return end;
  }
  return -1;
}

// What stands between < and >: a link, somebody's name, a moment.
function reference(inner: string): Span {
  const bar = inner.indexOf('|');
  const [target, label] = bar < 0 ? [inner, ''] : [inner.slice(0, bar), unescape(inner.slice(bar + 1))];
  if (target.startsWith('!date^')) return { kind: 'text', text: label || target };
  if (target.startsWith('!')) return { kind: 'mention', text: label || `@${target.slice(1).replace(/^subteam\^/, '')}` };
  if (target.startsWith('@')) return { kind: 'mention', text: `@${label || target.slice(1)}` };
  if (target.startsWith('#')) return { kind: 'mention', text: `#${label || target.slice(1)}` };
  if (/^(https?:\/\/|mailto:|tel:|slack:)/i.test(target)) return { kind: 'link', text: label || unescape(target.replace(/^(mailto|tel):/i, '')), to: unescape(target) };
  return { kind: 'text', text: unescape(`<${inner}>`) };
}

/** Slack knows these three entities and no others. */
function unescape(text: string): string {
  return text.replace(/&(lt|gt|amp);/g, (_, name: string) => ({ lt: '<', gt: '>', amp: '&' })[name]!);
}
