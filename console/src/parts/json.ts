/** JSON that someone typed: its value, undefined for nothing at all, or what is wrong and where. */
export function readJson(text: string): { value: unknown } | { problem: string } {
  if (!text.trim()) return { value: undefined };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { problem: `This is not JSON${placeOf(text, (error as Error).message)}. Texts and names need double quotes; there is no comma before } or ].` };
  }
}

// Browsers name the place in words of their own: (line 3 column 5), or at position 17.
function placeOf(text: string, message: string): string {
  const named = message.match(/line (\d+) column (\d+)/);
  if (named) return `: look at line ${named[1]}, column ${named[2]}`;
  const at = message.match(/position (\d+)/);
  if (!at) return /end of/i.test(message) ? ': it ends too early' : '';
  const before = text.slice(0, Number(at[1])).split('\n');
  return `: look at line ${before.length}, column ${before.at(-1)!.length + 1}`;
}
