import { Button, Group, Paper, Table, Title } from '@mantine/core';
import { useMemo, lazy, Suspense, useState } from 'react';
import type { OverviewStatsQuery } from '../gql/graphql';
import styles from './Overview.module.css';
import { percent, type Span } from './range';

const Chart = lazy(() => import('./Chart'));

export interface Bar {
  /** When it begins, in the reader's words. */
  at: string;
  succeeded: number;
  failed: number;
  /** In percent; null without attempts. */
  share: number | null;
}

const number = new Intl.NumberFormat();

/** Volume and success over time: a chart, or the same as a table. */
export function History({ of, stats }: { of: Span; stats: OverviewStatsQuery | undefined }) {
  const [asTable, setAsTable] = useState(false);
  const bars = useMemo(() => barsOf(of, stats), [of, stats]);
  const whole = stats?.whole[0];
  const label = whole ? `${number.format(whole.succeeded)} attempts succeeded and ${number.format(whole.failed)} failed. The table has them by time.` : '';
  return (
    <Paper withBorder p="md" component="section" aria-label="Attempts over time" className={styles.history}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          Attempts over time
        </Title>
        <Button variant="subtle" size="compact-sm" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? 'Show as a chart' : 'Show as a table'}
        </Button>
      </Group>
      <Group gap="md" mb={6} aria-hidden className={styles.legend}>
        <span data-of="succeeded">Succeeded</span>
        <span data-of="failed">Failed</span>
        <span data-of="share">Success rate, right scale</span>
      </Group>
      <div className={styles.chart}>
        {bars && asTable && <AsTable bars={bars} />}
        {bars && !asTable && (
          <Suspense>
            <Chart bars={bars} label={label} />
          </Suspense>
        )}
      </div>
    </Paper>
  );
}

function AsTable({ bars }: { bars: Bar[] }) {
  return (
    <div className={styles.table} tabIndex={0} role="region" aria-label="Attempts by time">
      <Table stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>From</Table.Th>
            <Table.Th ta="right">Succeeded</Table.Th>
            <Table.Th ta="right">Failed</Table.Th>
            <Table.Th ta="right">Success rate</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {bars.toReversed().map((bar) => (
            <Table.Tr key={bar.at}>
              <Table.Td>{bar.at}</Table.Td>
              <Table.Td ta="right">{number.format(bar.succeeded)}</Table.Td>
              <Table.Td ta="right">{number.format(bar.failed)}</Table.Td>
              <Table.Td ta="right">{percent(bar.succeeded, bar.succeeded + bar.failed)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hour12: false });
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false });

function barsOf(of: Span, stats: OverviewStatsQuery | undefined): Bar[] | undefined {
  const format = of.minutes * of.count > 1440 ? day : time;
  return stats?.bars.map(({ start, succeeded, failed }) => ({
    at: format.format(new Date(start)),
    succeeded,
    failed,
    share: succeeded + failed > 0 ? Math.round((1000 * succeeded) / (succeeded + failed)) / 10 : null,
  }));
}
