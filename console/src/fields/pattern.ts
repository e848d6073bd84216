// The rule by which the server matches event types, for previews. Both sides are
// held to models/testdata/patterns.json.

const form = /^(\*{1,2}|[A-Za-z0-9_]+)([.-](\*{1,2}|[A-Za-z0-9_]+))*$/;
const longest = 128;

/** True for an event type or a pattern that the server takes. */
export function isPattern(text: string): boolean {
  return text.length <= longest && form.test(text);
}

/** True for a type that the server itself publishes, and a pattern of such: only those take these. */
export function isOwn(text: string): boolean {
  return text.startsWith('carillon.');
}

/**
 * True where the name or pattern takes the event type: a star stands for one segment between
 * dots or dashes, two stars for one or more; a star alone takes every type.
 */
export function takes(pattern: string, type: string): boolean {
  if (isOwn(type) && !isOwn(pattern)) return false;
  if (pattern === '*' || pattern === '**') return true;
  if (!pattern.includes('*')) return pattern === type;
  const wanted = segments(pattern);
  const given = segments(type);
  let at = 0; // in wanted
  let afterStars = -1; // what follows the last two stars, in wanted
  let left = 0; // what they left, in given
  for (let i = 0; i < given.length; ) {
    const want = wanted[at];
    if (want !== undefined && fits(want, given[i]!)) {
      at++;
      i++;
      if (want.endsWith('**')) [afterStars, left] = [at, i];
    } else if (afterStars >= 0) {
      at = afterStars;
      i = ++left;
    } else return false;
  }
  return at === wanted.length;
}

// A segment keeps the dot or dash before it.
function segments(text: string): string[] {
  return text.match(/^[^.-]*|[.-][^.-]*/g) ?? [];
}

function fits(want: string, given: string): boolean {
  if (want === '*' || want === '**') return !/^[.-]/.test(given);
  if (/^[.-]\*{1,2}$/.test(want)) return given[0] === want[0];
  return want === given;
}
