import functions from './functions.json';
import { actionAt, words } from './actions';
import { envelopeDocs } from './envelope';
import { inShort, kindOf } from './fields';
import { resolve, scopeAt } from './scope';

/** One that may be written at a place. */
export interface Offer {
  label: string;
  kind: 'field' | 'function' | 'word' | 'variable';
  /** Stands beside the label: a value, a usage. */
  detail: string;
  /** In one line, and for functions an example and what it gives. */
  info?: string;
  example?: { source: string; result: string };
  /** What is written, where it is not the label. */
  apply?: string;
}

export interface Offers {
  from: number;
  options: Offer[];
}

const keywords: [word: string, usage: string, doc: string][] = [
  ['if', 'if .x … else … end', 'Writes what follows only where the value is true, up to end or else.'],
  ['else', 'else', 'What is written otherwise.'],
  ['end', 'end', 'Closes an if, a range or a with.'],
  ['range', 'range .list … end', 'Writes what follows for each entry; the dot is the entry.'],
  ['with', 'with .x … end', 'Writes what follows where the value is there; the dot is the value.'],
  ['define', 'define "name" … end', 'Gives a name to a piece that is needed more than once.'],
  ['template', 'template "name" .', 'Writes a piece by its name.'],
  ['break', 'break', 'Leaves the range.'],
  ['continue', 'continue', 'Goes on with the next entry of the range.'],
];

/**
 * What may be written at a place of a source that is rendered for `root`: fields behind a dot, else
 * functions, words and variables. Undefined outside of actions and within texts.
 */
export function offersAt(source: string, at: number, root: unknown): Offers | undefined {
  const action = actionAt(source, at);
  if (!action || action.comment || at < action.start) return undefined;
  const all = words(source, action, at);
  const last = all.at(-1);
  const touching = last?.to === at ? last : undefined;
  if (touching?.kind === 'text' || touching?.kind === 'number') return undefined;
  if (touching?.kind === 'path' && touching.text.includes('.')) return fieldOffers(source, touching.text, touching.from, root);
  // Directly behind a parenthesis that closes there may only be fields, which cannot be told.
  if (touching?.text === ')') return undefined;
  const scope = scopeAt(source, at, root);
  const options = [
    ...Object.entries(scope.variables).map(([label, seen]): Offer => ({ label, kind: 'variable', detail: label === '$' ? 'the whole event' : inShort(seen.value) })),
    ...functions.map((one): Offer => ({ label: one.name, kind: 'function', detail: one.usage, info: one.doc, example: { source: one.example, result: one.result } })),
  ];
  const first = all.length === (touching ? 1 : 0);
  if (first) options.push(...keywords.map(([label, detail, info]): Offer => ({ label, kind: 'word', detail, info })));
  if (!touching || touching.kind === 'sign') options.unshift(...(fieldOffers(source, '.', at, root)?.options ?? []).map((one) => ({ ...one, label: `.${one.label}`, apply: one.apply })));
  return { from: touching && touching.kind !== 'sign' ? touching.from : at, options };
}

/** The fields that may follow a path up to its last dot. */
function fieldOffers(source: string, path: string, from: number, root: unknown): Offers | undefined {
  const cut = path.lastIndexOf('.');
  const seen = resolve(path.slice(0, cut), scopeAt(source, from, root));
  const { value } = seen;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const plain = Object.entries(value).filter(([name]) => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name));
  return {
    from: from + cut + 1,
    options: plain.slice(0, 1000).map(([label, inner]) => ({
      label,
      kind: 'field',
      detail: inShort(inner),
      info: seen.path === undefined ? undefined : (envelopeDocs[`${seen.path}.${label}`] ?? described(inner)),
    })),
  };
}

function described(value: unknown): string | undefined {
  return { list: 'a list: walk over it with range', object: 'has fields of its own', null: 'null in this event: say what stands in with default' }[kindOf(value) as 'list'];
}
