import { actions, words, type Word } from './actions';

/** A value that a template can name at some place. */
export interface Seen {
  /** Undefined where it cannot be told without running the template. */
  value: unknown;
  /** Where it comes from in the event; entries of lists are written []. Undefined where that cannot be told. */
  path?: string;
}

/** What the names mean at a place of a template. */
export interface Scope {
  dot: Seen;
  /** By their names with the dollar sign; $ is the whole event. */
  variables: Record<string, Seen>;
}

interface Frame {
  ends: Scope;
  otherwise: Scope;
}

/** What the dot and the variables are at a place of a source that is rendered for `root`. */
export function scopeAt(source: string, at: number, root: unknown): Scope {
  const whole: Seen = { value: root, path: '' };
  let scope: Scope = { dot: whole, variables: { $: whole } };
  const frames: Frame[] = [];
  for (const action of actions(source)) {
    if (!action.closed || action.to > at) break;
    const all = words(source, action);
    const [head, ...rest] = all;
    switch (head?.kind === 'name' ? head.text : '') {
      case 'if':
        frames.push({ ends: scope, otherwise: scope });
        break;
      case 'with':
      case 'range': {
        frames.push({ ends: scope, otherwise: scope });
        scope = head!.text === 'with' ? within(rest, scope) : round(rest, scope);
        break;
      }
      case 'define':
      case 'block':
        frames.push({ ends: scope, otherwise: scope });
        scope = { dot: { value: undefined }, variables: { $: { value: undefined } } };
        break;
      case 'else': {
        const frame = frames.at(-1);
        if (!frame) break;
        scope = frame.otherwise;
        if (rest[0]?.text === 'with') scope = within(rest.slice(1), scope);
        break;
      }
      case 'end':
        scope = frames.pop()?.ends ?? scope;
        break;
      default:
        scope = declared(all, scope)?.scope ?? scope;
    }
  }
  return scope;
}

function within(all: Word[], scope: Scope): Scope {
  const set = declared(all, scope);
  if (set) return { dot: set.value, variables: set.scope.variables };
  return { ...scope, dot: evaluate(all, scope) };
}

function round(all: Word[], scope: Scope): Scope {
  const sign = all.findIndex((one) => one.text === ':=');
  const list = evaluate(sign < 0 ? all : all.slice(sign + 1), scope);
  const entry = entryOf(list);
  const names = sign < 0 ? [] : all.slice(0, sign).filter((one) => one.text.startsWith('$'));
  const variables = { ...scope.variables };
  if (names.length === 1) variables[names[0]!.text] = entry;
  if (names.length === 2) {
    variables[names[0]!.text] = { value: Array.isArray(list.value) ? 0 : Object.keys(Object(list.value))[0] };
    variables[names[1]!.text] = entry;
  }
  return { dot: entry, variables };
}

function entryOf(list: Seen): Seen {
  const path = list.path === undefined ? undefined : `${list.path}[]`;
  if (Array.isArray(list.value)) return { value: list.value[0] as unknown, path };
  if (typeof list.value === 'object' && list.value !== null) return { value: Object.values(list.value)[0] as unknown };
  return { value: undefined };
}

// declared is `$x := …`, or an assignment, which changes nothing that is shown.
function declared(all: Word[], scope: Scope): { scope: Scope; value: Seen } | undefined {
  if (all[1]?.text !== ':=' || !all[0]!.text.startsWith('$')) return undefined;
  const value = evaluate(all.slice(2), scope);
  return { scope: { ...scope, variables: { ...scope.variables, [all[0]!.text]: value } }, value };
}

const pair = { fields: { name: 'First name', path: 'firstName', value: 'Ada' }, tally: { value: 'order.created', count: 1 } };

/** The value of an expression, where it is a path or one of the functions that hand on pieces of their values. */
function evaluate(all: Word[], scope: Scope): Seen {
  const open = all.findIndex((one) => one.text === '(' || one.text === '|');
  const [head, ...rest] = open < 0 ? all : all.slice(0, open);
  if (!head) return { value: undefined };
  switch (head.kind === 'name' ? head.text : '') {
    case 'fields':
      return { value: [pair.fields] };
    case 'tally':
      return { value: [pair.tally] };
    case 'split':
      return { value: [''] };
  }
  if (open >= 0) return { value: undefined };
  switch (head.kind === 'path' ? 'path' : head.text) {
    case 'path':
      return resolve(head.text, scope);
    case 'default':
      return rest[1] ? evaluate([rest[1]], scope) : { value: undefined };
    case 'first':
    case 'last':
      return rest[0] ? entryOf(evaluate([rest[0]], scope)) : { value: undefined };
    case 'index':
      return rest[1]?.kind === 'number' ? entryOf(evaluate([rest[0]!], scope)) : { value: undefined };
  }
  return { value: undefined };
}

/** What a path such as .data.name or $x.name leads to. */
export function resolve(path: string, scope: Scope): Seen {
  const [base, ...names] = path.split('.');
  let seen: Seen = base ? (scope.variables[base] ?? { value: undefined }) : scope.dot;
  for (const name of names) {
    if (!name) continue;
    const holds = typeof seen.value === 'object' && seen.value !== null && !Array.isArray(seen.value) && Object.hasOwn(seen.value, name);
    seen = { value: holds ? (seen.value as Record<string, unknown>)[name] : undefined, path: seen.path === undefined ? undefined : `${seen.path}.${name}` };
  }
  return seen;
}
