import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { KindIcon } from '../parts/Kind';
import { When } from '../parts/When';
import type { Message } from './received';
import styles from './Receivers.module.css';
import { Outcome } from './Outcome';

// What few look at would make each second slower.
const page = 50;

/** What was received, newest first, to pick one. */
export function MessageList({ messages, chosen, onChoose }: { messages: Message[]; chosen: number | undefined; onChoose: (message: Message) => void }) {
  const [most, setMost] = useState(page);
  return (
    <ul className={styles.list} aria-label="Received messages">
      {messages.slice(0, most).map((message) => (
        <li key={message.seq} className={styles.item}>
          <button type="button" className={styles.open} aria-current={message.seq === chosen || undefined} onClick={() => onChoose(message)}>
            <span style={{ paddingTop: 1 }}>
              <KindIcon kind={message.kind} />
            </span>
            <span style={{ flex: 1, minWidth: 0 }}>
              <Text span size="sm" truncate display="block" dir="auto">
                {message.summary || 'No text'}
              </Text>
              <Group component="span" gap={8} justify="space-between" wrap="nowrap">
                <Text span size="xs" c="dimmed" truncate>
                  {message.receiver} · <When at={message.receivedAt} />
                </Text>
                <Outcome message={message} />
              </Group>
            </span>
          </button>
        </li>
      ))}
      {messages.length > most && (
        <li className={styles.item}>
          <Button variant="subtle" fullWidth onClick={() => setMost(most + page)}>
            Show older ones
          </Button>
        </li>
      )}
    </ul>
  );
}
