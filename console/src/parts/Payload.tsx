import { Box } from '@mantine/core';
import { Fragment, useMemo, type ReactNode } from 'react';
import { Copy } from './Copy';
import { layOut } from './layout';
import styles from './Payload.module.css';

// Colouring a huge text would cost more than it shows.
const colouredUpTo = 200_000;

/** A body or a value for people: JSON is laid out and coloured, anything else shown as it is. */
export function Payload({ text, label, height }: { text: string; label: string; height?: number | string }) {
  const pretty = useMemo(() => layOut(text), [text]);
  return (
    <Box className={styles.payload}>
      <pre className={styles.text} tabIndex={0} aria-label={label} style={height ? { ['--payload-height' as string]: typeof height === 'number' ? `${height}px` : height } : undefined}>
        {pretty.json && pretty.text.length <= colouredUpTo ? colour(pretty.text) : pretty.text}
      </pre>
      <div className={styles.copy}>
        <Copy text={text} what={`Copy: ${label}`} />
      </div>
    </Box>
  );
}

function colour(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(/("(?:[^"\\]|\\.)*")(:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g)) {
    const [token, string, colon] = match;
    parts.push(<Fragment key={end}>{text.slice(end, match.index)}</Fragment>);
    const kind = string ? (colon ? styles.key : styles.string) : /^[tfn]/.test(token) ? styles.word : styles.number;
    parts.push(
      <span key={match.index} className={kind}>
        {string ?? token}
      </span>,
    );
    if (colon) parts.push(':');
    end = match.index + token.length;
  }
  parts.push(<Fragment key="end">{text.slice(end)}</Fragment>);
  return parts;
}
