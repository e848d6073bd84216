const kinds = {
  evt: 'Event',
  dlv: 'Delivery',
  att: 'Attempt',
  whk: 'Webhook',
  chn: 'Channel',
  tpl: 'Template',
  rec: 'Recovery',
  tnt: 'Tenant',
  ety: 'Event type',
  key: 'API key',
  aud: 'Entry of the audit log',
} as const;

/** The id in a text that was pasted, with the quotes or the slash that came along; null where it is none. */
export function idOf(text: string): { id: string; kind: string } | null {
  const found = /(?:^|[\s"'/=(<])((evt|dlv|att|whk|chn|tpl|rec|tnt|ety|key|aud)_[0-9a-hjkmnp-tv-z]{26})(?![0-9a-z_])/i.exec(text.trim());
  if (!found) return null;
  const id = found[1]!.toLowerCase();
  return { id, kind: kinds[id.slice(0, 3) as keyof typeof kinds] };
}

/** Whether every word that was typed begins a word of the text. */
export function matches(typed: string, text: string): boolean {
  const words = text.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return typed
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .every((part) => words.some((word) => word.startsWith(part)));
}
