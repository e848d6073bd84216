/** A value of the event that a template can print or walk over. */
export interface Field {
  /** From the whole event: .data.customer.name; entries of lists are written []: .data.items[].name. */
  path: string;
  kind: 'text' | 'number' | 'truth' | 'null' | 'list' | 'object';
  /** The value in short. */
  shown: string;
  depth: number;
}

const deepest = 8;
const most = 2000;
const plainName = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/** All fields below a value, each followed by its own. Lists show the fields of their first entry. */
export function fieldsOf(root: unknown, path = ''): Field[] {
  const found: Field[] = [];
  const walk = (value: unknown, at: string, depth: number) => {
    if (found.length >= most || depth > deepest) return;
    if (Array.isArray(value)) {
      const first: unknown = value[0];
      if (typeof first === 'object' && first !== null) walk(first, `${at}[]`, depth);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      if (found.length >= most) return;
      const own = plainName.test(name) ? `${at}.${name}` : `${at}[${JSON.stringify(name)}]`;
      found.push({ path: own, kind: kindOf(inner), shown: inShort(inner), depth });
      walk(inner, own, depth + 1);
    }
  };
  walk(root, path, 0);
  return found;
}

export function kindOf(value: unknown): Field['kind'] {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'list';
  return ({ string: 'text', number: 'number', boolean: 'truth' } as const)[typeof value as 'string'] ?? 'object';
}

/** A value in a few words. */
export function inShort(value: unknown, length = 48): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.length === 1 ? 'list of 1' : `list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'object';
  const text = typeof value === 'string' ? value.slice(0, 4 * length).replace(/\s+/g, ' ') : String(value);
  const characters = [...text.slice(0, 2 * length + 2)];
  return characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : characters.join('');
}

/** An expression that gives the field at a path without []: a name with signs in it is reached by index. */
export function expressionOf(path: string, base = ''): string {
  const pieces = [...path.matchAll(/\.([^.[]+)|\[("(?:[^"\\]|\\.)*")\]/g)];
  let out = base;
  for (const [, name, quoted] of pieces) {
    if (quoted) out = `(index ${out || '.'} ${quoted})`;
    else out += `.${name}`;
  }
  return out || '.';
}

/**
 * What to write for a field where the dot is `dot` (a path as in Field; undefined where it is not
 * known), within an action's braces or outside of them. A list is walked over.
 */
export function insertion(field: Field, dot: string | undefined, inside: boolean): string {
  const [outer, inner] = split(field.path, dot);
  const expression = expressionOf(inner, outer);
  if (inside) return expression.replace(/^\((index .*)\)$/, '($1)');
  const bare = /^\(.*\)$/.test(expression) && !/\)\./.test(expression) ? expression.slice(1, -1) : expression;
  const lists = inner.split('[]');
  if (lists.length > 1) return walkOver(lists, outer, field.kind);
  if (field.kind === 'list') return `{{ range ${bare} }}{{ . }}{{ end }}`;
  return `{{ ${bare} }}`;
}

// split takes off what the dot already holds. Without it the path begins at the whole event.
function split(path: string, dot: string | undefined): [base: string, rest: string] {
  if (dot && (path.startsWith(`${dot}.`) || path.startsWith(`${dot}["`) || path.startsWith(`${dot}[]`))) return ['', path.slice(dot.length)];
  return [dot === '' ? '' : '$', path];
}

function walkOver(lists: string[], base: string, kind: Field['kind']): string {
  const last = lists.length - 1;
  const begins = lists.slice(0, last).map((list, at) => `{{ range ${expressionOf(list, at === 0 ? base : '')} }}`);
  const leaf = expressionOf(lists[last]!);
  const body = kind === 'list' ? `{{ range ${leaf} }}{{ . }}{{ end }}` : `{{ ${leaf} }}`;
  return begins.join('') + body + '{{ end }}'.repeat(last);
}
