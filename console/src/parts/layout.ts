/** Indents JSON without reading its numbers or keys anew, so that what is shown is what was sent. */
export function layOut(text: string): { text: string; json: boolean } {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed)) return { text, json: false };
  try {
    JSON.parse(trimmed);
  } catch {
    return { text, json: false };
  }
  let out = '';
  let depth = 0;
  const line = () => `\n${'  '.repeat(depth)}`;
  for (const [token] of trimmed.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g)) {
    switch (token) {
      case '{':
      case '[':
        depth++;
        out += token + line();
        break;
      case '}':
      case ']':
        depth--;
        // What is empty stays on its line.
        out = /[[{]\s*$/.test(out) ? out.trimEnd() + token : out + line() + token;
        break;
      case ',':
        out += token + line();
        break;
      case ':':
        out += ': ';
        break;
      default:
        out += token;
    }
  }
  return { text: out, json: true };
}
