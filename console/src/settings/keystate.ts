/** What a key opens now: nothing any more once it is revoked or expired. */
export type KeyState = 'live' | 'expired' | 'revoked';

export function keyState(key: { revokedAt: string | null; expiresAt: string | null }, now: number): KeyState {
  if (key.revokedAt) return 'revoked';
  return key.expiresAt && Date.parse(key.expiresAt) <= now ? 'expired' : 'live';
}

/** How long a key is to last, as the form offers it. */
export const lifetimes = [
  { value: '', label: 'Until it is revoked' },
  { value: '1', label: '1 day' },
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
  { value: 'day', label: 'Until a day of your choice' },
];

/**
 * The moment that a choice of lifetimes means; null for a key without an end. A chosen day
 * (2026-12-31, of the reader's time zone) counts whole. NaN days and no day are undefined.
 */
export function endOf(lifetime: string, day: string, now: number): string | null | undefined {
  if (!lifetime) return null;
  const at = lifetime === 'day' ? Date.parse(`${day}T23:59:59.999`) : now + Number(lifetime) * 86_400_000;
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}
