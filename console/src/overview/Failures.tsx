import { Anchor, Box, Group, Paper, Text, Title } from '@mantine/core';
import { Link } from 'react-router';
import type { OverviewFailuresQuery } from '../gql/graphql';
import { Kind } from '../parts/Kind';
import { Rows, type Column } from '../parts/Rows';
import { Status } from '../parts/Status';
import { When } from '../parts/When';
import styles from './Overview.module.css';

type Attempt = OverviewFailuresQuery['deliveryAttempts']['nodes'][number];

const shown = 8;

/** The newest failures, one of each delivery, with what became of it. */
export function Failures({ data, tenants }: { data: OverviewFailuresQuery | undefined; tenants: boolean }) {
  const columns: Column<Attempt>[] = [
    { header: 'Event type', cell: (one) => <Cut text={one.event.type} most={220} /> },
    { header: 'Channel', cell: (one) => <Box maw="min(200px, 27vw)" title={one.channel.name} className={styles.cut}><Kind kind={one.channel.kind} name={one.channel.name} /></Box> },
    ...(tenants ? [{ header: 'Tenant', cell: (one: Attempt) => <Cut text={one.event.tenant.name} most={160} />, from: 'md' as const }] : []),
    { header: 'Error', cell: (one) => <Text inherit lineClamp={2} title={one.error?.message} style={{ overflowWrap: 'anywhere' }}>{one.error?.message}</Text>, from: 'sm' },
    { header: 'Failed', cell: (one) => <When at={one.startedAt} />, from: 'xs' },
    { header: 'Delivery', cell: (one) => <Status value={one.delivery.status} /> },
  ];
  return (
    <Paper withBorder p="md" component="section" aria-label="Recent failures" pb={4}>
      <Group justify="space-between" mb={4}>
        <Title order={2} size="h4">
          Recent failures
        </Title>
        <Anchor component={Link} to="/live?status=FAILED" size="sm">
          Failures live
        </Anchor>
      </Group>
      <Rows
        label="Recent failures"
        columns={columns}
        rows={data && newest(data.deliveryAttempts.nodes)}
        id={(one) => one.id}
        to={(one) => `/deliveries/${one.delivery.id}`}
        empty={
          <Text size="sm" py="sm">
            No attempt has failed.
          </Text>
        }
      />
    </Paper>
  );
}

function Cut({ text, most }: { text: string; most: number }) {
  return (
    <Text inherit truncate maw={`min(${most}px, 30vw)`} title={text} component="div">
      {text}
    </Text>
  );
}

// One delivery that fails again and again would push all others out.
function newest(attempts: Attempt[]): Attempt[] {
  const once = new Map<string, Attempt>();
  for (const one of attempts) if (!once.has(one.delivery.id)) once.set(one.delivery.id, one);
  return [...once.values()].slice(0, shown);
}
