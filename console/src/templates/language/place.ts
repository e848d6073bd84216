import { actionAt, words } from './actions';
import type { Mend } from './near';

/** The offset of a line and a column as the server counts them: from 1, in characters, not in halves of them. */
export function offsetOf(source: string, line: number, column: number): number {
  let begin = 0;
  for (let at = 1; at < line; at++) {
    const next = source.indexOf('\n', begin);
    if (next < 0) return source.length;
    begin = next + 1;
  }
  const end = source.indexOf('\n', begin);
  const text = source.slice(begin, end < 0 ? source.length : end);
  let offset = 0;
  let left = column - 1;
  for (const character of text) {
    if (left-- <= 0) break;
    offset += character.length;
  }
  return begin + offset;
}

/** What to underline for a problem: the wrong word where it is known, else the word or the action at its place, up to the end of the line. */
export function extentOf(source: string, at: number, mended?: Mend): [from: number, to: number] {
  const [from, to] = wholeExtent(source, at, mended);
  const end = source.indexOf('\n', from);
  return [from, end < 0 ? to : Math.max(from, Math.min(to, end))];
}

function wholeExtent(source: string, at: number, mended?: Mend): [from: number, to: number] {
  const action = actionAt(source, Math.max(at, 2)) ?? actionAt(source, at + 2);
  if (action) {
    const all = words(source, action);
    const is = (text: string) => mended !== undefined && (text === mended.wrong || text.startsWith(`${mended.wrong}.`));
    const wrong = all.find((one) => is(one.text) && one.to > at) ?? all.find((one) => is(one.text));
    // Of a path only its wrong beginning: what follows may be right.
    if (wrong) return [wrong.from, wrong.from + mended!.wrong.length];
    const word = all.find((one) => one.from <= at && at < one.to && one.kind !== 'sign');
    if (word) return [word.from, word.to];
    return [action.from, action.to];
  }
  const token = /^(?:[\p{L}\p{N}_]+|\S)/u.exec(source.slice(at, at + 200));
  if (token) return [at, at + token[0].length];
  return at > 0 ? [at - 1, Math.max(at, Math.min(at + 1, source.length))] : [0, Math.min(1, source.length)];
}
