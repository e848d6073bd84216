import type { Draft } from './draft';

// Changes that are not saved outlive the page in its tab: Back, a crash, a new login lose nothing.
const name = (id: string) => `carillon.template.${id}`;

export function keep(id: string, draft: Draft) {
  try {
    sessionStorage.setItem(name(id), JSON.stringify(draft));
  } catch {
    // Without storage, or with a full one, they end with the page, which asks before.
  }
}

export function drop(id: string) {
  try {
    sessionStorage.removeItem(name(id));
  } catch {
    // As above.
  }
}

/** What was kept of a template, if it still fits it. */
export function kept(id: string): Draft | undefined {
  try {
    const draft = JSON.parse(sessionStorage.getItem(name(id)) ?? 'null') as Draft | null;
    return draft && typeof draft.name === 'string' && typeof draft.kind === 'string' && typeof draft.parts === 'object' ? draft : undefined;
  } catch {
    return undefined;
  }
}
