import { readJson } from '../parts/json';

export type Document = { value: unknown; names: string[] } | { problem: string };

/** An OpenAPI document, JSON or YAML, and the names of its webhooks. */
export async function readDocument(text: string): Promise<Document> {
  if (!text.trim()) return { problem: 'Paste a document or choose a file.' };
  const read = /^\s*[{[]/.test(text) ? readJson(text) : await readYaml(text);
  if ('problem' in read) return read;
  const webhooks = isObject(read.value) && isObject(read.value.webhooks) ? Object.keys(read.value.webhooks) : [];
  return { value: read.value, names: webhooks };
}

// The reader of YAML is loaded when it is needed.
async function readYaml(text: string): Promise<{ value: unknown } | { problem: string }> {
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) {
    const [at] = error.linePos ?? [];
    const message = error.message.split(/ at line \d+/)[0] ?? '';
    return { problem: `This is neither JSON nor YAML${at ? `: look at line ${at.line}, column ${at.col}` : ''}. ${message}` };
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return isObject(value) ? { value } : { problem: 'This is a text, not an OpenAPI document.' };
  } catch (error) {
    return { problem: `This YAML cannot be read: ${(error as Error).message}` };
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
