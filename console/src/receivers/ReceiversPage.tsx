import { Anchor, Drawer, Group, SegmentedControl, Text, Title } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useState } from 'react';
import { Link } from 'react-router';
import { demo } from '../app/mode';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { useFilters } from '../fields/filters';
import { kindLabel, kinds } from '../parts/Kind';
import { Page } from '../parts/Page';
import { Waiting } from '../parts/Waiting';
import { useSession } from '../session/SessionProvider';
import { MessageDetail } from './MessageDetail';
import { MessageList } from './MessageList';
import { ReceiverCard } from './ReceiverCard';
import type { Answer, Message } from './received';
import styles from './Receivers.module.css';
import { useReceived } from './useReceived';

/** The other side of the demo: what arrived at its receivers, which can be made to fail. */
export default function ReceiversPage() {
  const { admin } = useSession();
  if (!demo || !admin) {
    return (
      <Page title="Receivers">
        <Empty title="There are no receivers here">
          They are part of <code>carillon demo</code>, and its administrators see them.
        </Empty>
      </Page>
    );
  }
  return <Receivers />;
}

function Receivers() {
  const { known, error, set } = useReceived();
  const [filters] = useFilters('receiver');
  const counts = new Map<string, number>();
  for (const { receiver } of known?.messages ?? []) counts.set(receiver, (counts.get(receiver) ?? 0) + 1);
  return (
    <Page title="Receivers" description="What arrives at the other end. They are part of this demo: let one fail, and watch Carillon try again.">
      <Failure error={error} />
      {!known && !error && <Waiting />}
      {known && (
        <>
          <div className={styles.cards}>
            {known.receivers.map((one) => (
              <ReceiverCard key={one.name} receiver={one} count={counts.get(one.name) ?? 0} chosen={filters.receiver === one.name} set={set} />
            ))}
          </div>
          <Inbox known={known} />
        </>
      )}
    </Page>
  );
}

function Inbox({ known }: { known: Answer }) {
  const [filters, setFilters] = useFilters('receiver', 'kind');
  const narrow = useMediaQuery('(max-width: 62em)');
  // The newest is open at first, and stays while others come.
  const [chosen, setChosen] = useState<Message | undefined>();
  const shown = known.messages.filter((one) => (!filters.receiver || one.receiver === filters.receiver) && (!filters.kind || one.kind === filters.kind));
  const [first, setFirst] = useState<{ key: string; message: Message | undefined }>({ key: '', message: undefined });
  const key = `${filters.receiver ?? ''} ${filters.kind ?? ''}`;
  if ((first.key !== key || !first.message) && shown[0]) setFirst({ key, message: shown[0] });
  const open = chosen && shown.some((one) => one.seq === chosen.seq) ? chosen : first.key === key ? first.message : undefined;
  return (
    <>
      <Group justify="space-between" mb="sm">
        <Group gap="sm" align="baseline">
          <Title order={2} size="h4">
            {filters.receiver ? `Received by ${filters.receiver}` : 'Received'}
          </Title>
          {filters.receiver && (
            <Anchor component={Link} to="/receivers" size="sm">
              Show all
            </Anchor>
          )}
        </Group>
        {!filters.receiver && (
          <SegmentedControl
            size="xs"
            aria-label="Kind of message"
            value={filters.kind ?? ''}
            onChange={(kind) => setFilters({ kind })}
            data={[{ value: '', label: 'All' }, ...kinds.map((kind) => ({ value: kind, label: kindLabel(kind) }))]}
          />
        )}
      </Group>
      {shown.length === 0 ? (
        <Empty title="Nothing has arrived yet">{filters.receiver ? 'Messages appear here as they arrive.' : undefined}</Empty>
      ) : (
        <div className={styles.inbox}>
          <MessageList messages={shown} chosen={narrow ? chosen?.seq : open?.seq} onChoose={setChosen} />
          {!narrow && open && (
            <div className={styles.detail}>
              <MessageDetail key={open.seq} message={open} />
            </div>
          )}
        </div>
      )}
      <Text size="xs" c="dimmed" mt="sm">
        The newest 500 messages of all receivers are kept.
      </Text>
      <Drawer opened={Boolean(narrow && chosen)} onClose={() => setChosen(undefined)} position="right" size="100%" title={chosen?.summary} closeButtonProps={{ 'aria-label': 'Close' }}>
        {chosen && <MessageDetail key={chosen.seq} message={chosen} />}
      </Drawer>
    </>
  );
}
