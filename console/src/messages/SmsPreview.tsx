import { Stack, Text } from '@mantine/core';
import { useMemo } from 'react';
import { countSegments } from './segments';
import styles from './SmsPreview.module.css';

/** A text message as a phone shows it, and what it costs. */
export function SmsPreview({ text, from, to }: { text: string; from?: string; to?: string }) {
  const { characters, segments, encoding, left, odd } = useMemo(() => countSegments(text), [text]);
  return (
    <Stack gap={6} role="group" aria-label="Text message">
      {(from || to) && (
        <Text size="xs" c="dimmed">
          {[from && `From ${from}`, to && `To ${to}`].filter(Boolean).join(' · ')}
        </Text>
      )}
      <div className={styles.phone}>
        <div className={styles.bubble} dir="auto">
          {text || <Text span inherit fs="italic">Empty</Text>}
        </div>
      </div>
      <Text size="xs" c="dimmed">
        {count(characters, 'character')} · {count(segments, 'segment')} ({encoding}) · {left} left in {segments > 1 ? 'the last one' : 'it'}
      </Text>
      {odd !== null && (
        <Text size="xs" c="dimmed">
          The character {shown(odd)} is not in the alphabet of plain text messages (GSM-7). With it a segment holds {segments > 1 ? 67 : 70} characters instead of {segments > 1 ? 153 : 160}.
        </Text>
      )}
    </Stack>
  );
}

function count(n: number, what: string) {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

// A character that draws nothing is named by its number.
function shown(character: string) {
  return /[\p{C}\p{Z}]/u.test(character) ? `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}` : character;
}
