import { Group, SegmentedControl, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { styleNonce } from '../app/theme';
import styles from './EmailPreview.module.css';
import type { Letter } from './letter';
import { mailHtml } from './mailHtml';

interface Props extends Partial<Letter> {
  /** Of the frame with the message, in pixels. */
  height?: number;
}

/** An email as its reader sees it: `<EmailPreview {...readLetter(body, headers)} />`. */
export function EmailPreview({ subject, from, to, cc, text, html, height = 480 }: Props) {
  const [chosen, setChosen] = useState<'html' | 'text'>('html');
  const [screen, setScreen] = useState<'desktop' | 'phone'>('desktop');
  const part = html && (chosen === 'html' || !text) ? 'html' : 'text';
  const page = useMemo(() => (html ? mailHtml(html, styleNonce()) : null), [html]);
  const missing = part === 'html' ? (page?.missing ?? 0) : 0;
  return (
    <div className={styles.letter} role="group" aria-label="Email">
      <div className={styles.head}>
        <Text fw={600} dir="auto">
          {subject || 'No subject'}
        </Text>
        <Line label="From" value={from} />
        <Line label="To" value={to} />
        <Line label="Cc" value={cc} />
        {html && (
          <Group gap="xs" mt={8}>
            {text && (
              <SegmentedControl
                size="xs"
                aria-label="Part of the message"
                value={part}
                onChange={setChosen}
                data={[
                  { value: 'html', label: 'HTML' },
                  { value: 'text', label: 'Text' },
                ]}
              />
            )}
            {part === 'html' && (
              <SegmentedControl
                size="xs"
                aria-label="Width of the screen"
                value={screen}
                onChange={setScreen}
                data={[
                  { value: 'desktop', label: 'Desktop' },
                  { value: 'phone', label: 'Phone' },
                ]}
              />
            )}
          </Group>
        )}
        {missing > 0 && (
          <Text size="xs" c="dimmed" mt={6}>
            {missing === 1 ? 'One picture is' : `${missing} pictures are`} not loaded here: that would tell others that somebody looks.
          </Text>
        )}
      </div>
      {part === 'html' && page ? (
        <div className={styles.desk}>
          <iframe className={`${styles.frame} ${screen === 'phone' ? styles.phone : ''}`} title="The message" sandbox="" srcDoc={page.html} height={height} />
        </div>
      ) : (
        <pre className={styles.text} dir="auto" tabIndex={0} aria-label="The message" style={{ maxHeight: height }}>
          {text || 'The message has no text.'}
        </pre>
      )}
    </div>
  );
}

function Line({ label, value }: { label: string; value?: string }) {
  if (!value) return null;
  return (
    <Text size="sm" c="dimmed">
      {label}: {value}
    </Text>
  );
}
