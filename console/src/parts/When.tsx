import { Text, Tooltip } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { distance, exact, milliseconds, span } from './time';

/** How long ago something was, kept up to date; the exact moment when pointed at. */
export function When({ at }: { at: string | null | undefined }) {
  const now = useSyncExternalStore(listen, read);
  if (!at) return <Text span inherit c="dimmed">never</Text>;
  return (
    <Tooltip label={exact(at)} withArrow openDelay={300}>
      <time dateTime={at} style={{ whiteSpace: 'nowrap' }}>
        {distance(at, now)}
      </time>
    </Tooltip>
  );
}

/** How long something took. */
export function Took({ duration }: { duration: string | null | undefined }) {
  return <span style={{ whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums' }}>{duration ? span(milliseconds(duration)) : '–'}</span>;
}

// One clock for all of a page's times.
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function listen(listener: () => void) {
  listeners.add(listener);
  if (!timer) {
    now = Date.now();
    timer = setInterval(() => {
      now = Date.now();
      for (const one of listeners) one();
    }, 1000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

function read() {
  return now;
}
