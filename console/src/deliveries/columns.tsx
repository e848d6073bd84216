import { ActionIcon, Group, Text, Tooltip } from '@mantine/core';
import { IconBan, IconRefresh } from '@tabler/icons-react';
import type { DeliveryRowFragment } from '../gql/graphql';
import { Kind } from '../parts/Kind';
import type { Column } from '../parts/Rows';
import { Status } from '../parts/Status';
import { When } from '../parts/When';
import styles from './deliveries.module.css';
import { over } from './states';
import type { Acts } from './useActs';

type Row = DeliveryRowFragment;

interface Options {
  acts: (row: Row) => Acts;
  errors: ReadonlyMap<string, string>;
  /** For administrators who look at all tenants. */
  tenants: boolean;
  /** Left out on an event's own page. */
  events?: boolean;
}

/** The columns of a list of deliveries. */
export function columns({ acts, errors, tenants, events = true }: Options): Column<Row>[] {
  const reason = (row: Row) => row.statusReason ?? (row.status === 'RETRYING' ? errors.get(row.id) : null) ?? '';
  const event: Column<Row> = {
    header: 'Event',
    width: '19%',
    cell: (row) => (
      <div className={styles.event}>
        <Text span inherit lineClamp={2}>
          {row.event.type}
        </Text>
        {row.event.test && (
          <Text span size="xs" c="dimmed">
            {' '}
            test
          </Text>
        )}
        {row.event.entityId && (
          <Text size="xs" c="dimmed" lineClamp={1} dir="auto">
            {row.event.entityId}
          </Text>
        )}
        <Text size="xs" hiddenFrom="sm" component="div" lineClamp={1}>
          to {row.channel.name}
        </Text>
        <Reason text={reason(row)} until="md" />
      </div>
    ),
  };
  const channel: Column<Row> = {
    header: 'Channel',
    from: events ? 'sm' : undefined,
    cell: (row) => (
      <div className={styles.channel}>
        <Kind kind={row.channel.kind} name={row.channel.name} />
        {tenants && (
          <Text size="xs" c="dimmed" truncate>
            {row.event.tenant.name}
          </Text>
        )}
        {!events && <Reason text={reason(row)} until="md" />}
      </div>
    ),
  };
  return [
    ...(events ? [event] : [channel]),
    { header: 'State', cell: (row) => <Status value={row.status} />, width: 115 },
    ...(events ? [channel] : []),
    { header: 'Attempts', from: 'md', align: 'right', width: 80, cell: (row) => row.attemptCount },
    { header: 'Created', from: 'sm', width: 110, cell: (row) => <When at={row.createdAt} /> },
    { header: 'Next or end', from: 'md', width: 128, cell: (row) => <Next row={row} /> },
    { header: 'Last error', from: 'md', cell: (row) => <Reason text={reason(row)} /> },
    { header: 'Actions', from: 'xs', width: 80, cell: (row) => <Buttons row={row} acts={acts(row)} /> },
  ];
}

function Next({ row }: { row: Row }) {
  if (over(row.status)) return <When at={row.completedAt} />;
  if (row.status === 'DELIVERING') return <>now</>;
  return row.nextAttemptAt ? <When at={row.nextAttemptAt} /> : <>–</>;
}

function Reason({ text, until }: { text: string; until?: 'md' }) {
  if (!text) return null;
  return (
    <Text size="xs" component="div" className={styles.error} hiddenFrom={until} title={text}>
      {text}
    </Text>
  );
}

function Buttons({ row, acts }: { row: Row; acts: Acts }) {
  const to = `${row.event.type} to ${row.channel.name}`;
  return (
    <Group gap={4} wrap="nowrap" justify="flex-end" onClick={(event) => event.stopPropagation()}>
      {acts.retry && row.status !== 'SUCCEEDED' && (
        <Tooltip label={acts.retryLabel} withArrow>
          <ActionIcon variant="default" aria-label={`${acts.retryLabel}: ${to}`} onClick={acts.retry} loading={acts.busy}>
            <IconRefresh size={16} />
          </ActionIcon>
        </Tooltip>
      )}
      {acts.cancel && (
        <Tooltip label="Cancel" withArrow>
          <ActionIcon variant="default" aria-label={`Cancel: ${to}`} onClick={acts.cancel} disabled={acts.busy}>
            <IconBan size={16} />
          </ActionIcon>
        </Tooltip>
      )}
    </Group>
  );
}
