const before = '{"data":{"event":{"data":';
const after = '}}}';

/** The data in the text of an answer, untouched: JavaScript would change long numbers and the order of keys. Null where it is not there. */
export function cutData(answer: string): string | null {
  const text = answer.trim();
  return text.startsWith(before) && text.endsWith(after) ? text.slice(before.length, -after.length) : null;
}
