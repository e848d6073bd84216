import { Group, Switch, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { Copy } from '../parts/Copy';
import { KindIcon } from '../parts/Kind';
import { failed } from '../parts/notify';
import type { Receiver } from './received';
import styles from './Receivers.module.css';

interface Props {
  receiver: Receiver;
  count: number;
  chosen: boolean;
  set: (name: string, failing: boolean) => Promise<string>;
}

/** A receiver: what it is for, and the switch that lets it fail. */
export function ReceiverCard({ receiver, count, chosen, set }: Props) {
  const { name, kind, state, description, address } = receiver;
  const [busy, setBusy] = useState(false);
  const answers = state === 'answering';
  const change = async (on: boolean) => {
    setBusy(true);
    const problem = await set(name, !on);
    setBusy(false);
    if (problem) failed(problem);
  };
  return (
    <div className={styles.card} data-chosen={chosen || undefined} data-failing={!answers || undefined} role="group" aria-label={`Receiver ${name}`}>
      <Group justify="space-between" wrap="nowrap" gap={6}>
        <Group gap={6} wrap="nowrap" miw={0}>
          <KindIcon kind={kind} />
          <Link to={chosen ? '/receivers' : `/receivers?receiver=${encodeURIComponent(name)}`} className={styles.name} aria-current={chosen || undefined} title={chosen ? 'Show all receivers’ messages' : `Show what ${name} received`}>
            {name}
          </Link>
        </Group>
        <Copy text={address} what={`Copy the address of ${name}`} />
      </Group>
      <Text size="xs" c="dimmed" className={styles.description} title={description}>
        {description}
      </Text>
      <Group justify="space-between" wrap="nowrap" gap={6}>
        <Switch size="xs" aria-label={`${name} answers`} label={answers ? 'Answers' : 'Fails'} styles={{ label: { paddingInlineStart: 6, fontWeight: answers ? 400 : 600 } }} checked={answers} disabled={busy} onChange={(event) => void change(event.currentTarget.checked)} />
        <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
          {count} {count === 1 ? 'message' : 'messages'}
        </Text>
      </Group>
    </div>
  );
}
