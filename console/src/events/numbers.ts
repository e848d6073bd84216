/**
 * The first number of a JSON text that JavaScript would change: one with more digits than it
 * keeps. Null where all stay what they are.
 */
export function changedNumber(json: string): string | null {
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g)) {
    if (token.startsWith('"')) continue;
    if (plain(token) !== plain(String(Number(token)))) return token;
  }
  return null;
}

// A number as its digits and the place of its point, so that 1.0, 1 and 10e-1 are the same.
function plain(number: string): string {
  const [, sign = '', whole = '', part = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(number) ?? [];
  const digits = (whole + part).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (!significant) return '0';
  return `${sign}${significant}e${Number(exponent) - part.length + (digits.length - significant.length)}`;
}

/** What is wrong with a text that should be JSON; null where nothing is. */
export function jsonProblem(text: string): string | null {
  if (!text.trim()) return 'Give the data as JSON; {} where there is none.';
  try {
    JSON.parse(text);
  } catch (error) {
    return `This is not JSON: ${(error as Error).message}`;
  }
  const changed = changedNumber(text);
  return changed ? `The number ${changed} has more digits than a browser keeps. Put it in quotes, or publish it by the API.` : null;
}
