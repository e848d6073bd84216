/** What stands between a pair of double braces. */
export interface Action {
  /** Where {{ begins. */
  from: number;
  /** Behind }}, or the end of the source where it is not closed. */
  to: number;
  /** Where the text between the braces begins and ends, without the marks that leave out blanks. */
  start: number;
  end: number;
  comment: boolean;
  closed: boolean;
}

/** The actions of a source, as the server's parser parts them: texts in quotes may hold braces. */
export function actions(source: string): Action[] {
  const found: Action[] = [];
  for (let from = source.indexOf('{{'); from >= 0; ) {
    const action = actionFrom(source, from);
    found.push(action);
    from = source.indexOf('{{', action.to);
  }
  return found;
}

/** The action that a place is within, between its braces. */
export function actionAt(source: string, at: number): Action | undefined {
  return actions(source).find((one) => at >= one.from + 2 && (one.closed ? at <= one.to - 2 : at <= one.to));
}

function actionFrom(source: string, from: number): Action {
  let at = from + 2;
  if (/^-\s/.test(source.slice(at, at + 2))) at += 2;
  const start = at;
  if (source.startsWith('/*', at)) {
    const closing = /\*\/\s*-?\}\}/g;
    closing.lastIndex = at + 2;
    const close = closing.exec(source);
    const to = close ? closing.lastIndex : source.length;
    return { from, to, start, end: close ? close.index + 2 : to, comment: true, closed: close !== null };
  }
  while (at < source.length && !source.startsWith('}}', at)) at = step(source, at);
  const closed = at < source.length;
  const marked = closed && /\s-$/.test(source.slice(start, at));
  return { from, to: closed ? at + 2 : source.length, start, end: marked ? at - 2 : at, comment: false, closed };
}

// step goes over one character, or over a text in quotes, which ends with its line at the latest.
function step(source: string, at: number): number {
  const quote = source[at];
  if (quote !== '"' && quote !== '`') return at + 1;
  for (let next = at + 1; next < source.length; next++) {
    if (source[next] === quote) return next + 1;
    if (quote === '"' && source[next] === '\n') return next;
    if (quote === '"' && source[next] === '\\') next++;
  }
  return source.length;
}

/** A word of an action: a name, a path such as .data.name or $x.name, a text, a number, or a sign. */
export interface Word {
  kind: 'name' | 'path' | 'text' | 'number' | 'sign';
  text: string;
  /** From the beginning of the source. */
  from: number;
  to: number;
}

const wordPattern = /(?<path>\$[\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*\.?|\.(?:[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*\.?)?)|(?<name>[\p{L}_][\p{L}\p{N}_]*)|(?<text>"(?:[^"\\\n]|\\.)*"?|`[^`]*`?)|(?<number>[+-]?\d[\w.]*)|(?<sign>:=|\S)/gu;

/** The words of an action, up to a place where one is given. */
export function words(source: string, action: Action, before = action.end): Word[] {
  if (action.comment) return [];
  const found: Word[] = [];
  for (const match of source.slice(action.start, Math.min(action.end, before)).matchAll(wordPattern)) {
    const kind = (Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)?.[0] ?? 'sign') as Word['kind'];
    const from = action.start + match.index;
    found.push({ kind, text: match[0], from, to: from + match[0].length });
  }
  return found;
}
