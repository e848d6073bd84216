import functions from './functions.json';
import { fieldsOf } from './fields';
import { resolve, type Scope } from './scope';

/** A word of the source that is wrong, and what was probably meant. */
export interface Mend {
  wrong: string;
  right: string;
}

/** What the author may have meant, where a message of the server says that a field or a function is not there. */
export function mend(message: string, scope: Scope): Mend | undefined {
  const call = /there is no function ([\p{L}\p{N}_]+)/u.exec(message);
  if (call) {
    const wrong = call[1]!;
    if (resolve(`.${wrong}`, scope).value !== undefined) return { wrong, right: `.${wrong}` };
    const right = /write ([A-Za-z0-9]+)$/.exec(message)?.[1] ?? nearest(wrong, functions.map((one) => one.name), 2);
    return right ? { wrong, right } : undefined;
  }
  const field = /there is no ((?:\$[\p{L}\p{N}_]*)?(?:\.[\p{L}_][\p{L}\p{N}_]*)+)(?:[;:]|$)/u.exec(message);
  if (!field) return undefined;
  const right = nearField(field[1]!, scope);
  return right && right !== field[1] ? { wrong: field[1]!, right } : undefined;
}

function nearField(wrong: string, scope: Scope): string | undefined {
  const base = /^\$[\p{L}\p{N}_]*/u.exec(wrong)?.[0] ?? '';
  const path = wrong.slice(base.length);
  const here = (base ? scope.variables[base]?.value : scope.dot.value) ?? undefined;
  const near = choose(path, reachable(here));
  if (near) return base + near;
  // It may be meant of the whole event, from within a range or a with.
  if (scope.dot.path === '' || base === '$') return undefined;
  const outer = choose(path, reachable(scope.variables.$?.value));
  return outer && `$${outer}`;
}

function reachable(value: unknown): string[] {
  return fieldsOf(value)
    .map((one) => one.path)
    .filter((path) => !path.includes('['));
}

// choose prefers a path that is spelt alike; else the same name at another place.
function choose(wrong: string, paths: string[]): string | undefined {
  const alike = nearest(wrong, paths, Math.max(1, Math.min(3, Math.floor(leafOf(wrong).length / 2))));
  if (alike) return alike;
  const leaf = leafOf(wrong).toLowerCase();
  const elsewhere = paths.filter((path) => leafOf(path).toLowerCase() === leaf);
  return elsewhere.find((path) => path.startsWith('.data')) ?? elsewhere[0];
}

function leafOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

/** The name that takes the fewest changes of letters, if there is one within `limit`. */
export function nearest(wrong: string, names: string[], limit: number): string | undefined {
  let best: string | undefined;
  let least = limit + 1;
  for (const name of names) {
    if (Math.abs(name.length - wrong.length) >= least) continue;
    const changes = changesBetween(wrong.toLowerCase(), name.toLowerCase());
    if (changes < least) [best, least] = [name, changes];
  }
  return best;
}

// Two letters that changed places count once.
function changesBetween(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      let least = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}
