// How a text message is cut, as models/segments.go does it: a carrier counts each part.

const basic = '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const extension = '\f^{}\\[~]|€';
const units = new Map<string, number>([...[...basic].map((one) => [one, 1] as const), ...[...extension].map((one) => [one, 2] as const)]);

export interface Segments {
  /** As a reader counts them. */
  characters: number;
  encoding: 'GSM-7' | 'UCS-2';
  segments: number;
  /** Units that still fit into the last segment: characters, but for those that take two. */
  left: number;
  /** The first character that makes the whole text UCS-2, which halves its room. */
  odd: string | null;
}

export function countSegments(text: string): Segments {
  const all = [...text];
  const odd = all.find((one) => !units.has(one)) ?? null;
  const encoding = odd === null ? 'GSM-7' : 'UCS-2';
  const width = (one: string) => (odd === null ? units.get(one)! : one.length);
  const [alone, part] = odd === null ? [160, 153] : [70, 67];
  const total = all.reduce((sum, one) => sum + width(one), 0);
  if (total <= alone) return { characters: all.length, encoding, segments: text ? 1 : 0, left: alone - total, odd };
  let segments = 1;
  let filled = 0;
  for (const one of all) {
    // A character of two units is not cut in two.
    if (filled + width(one) > part) {
      segments++;
      filled = 0;
    }
    filled += width(one);
  }
  return { characters: all.length, encoding, segments, left: part - filled, odd };
}
