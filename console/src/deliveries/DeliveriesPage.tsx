import { Button } from '@mantine/core';
import { IconArrowUp, IconRefresh } from '@tabler/icons-react';
import { useMemo } from 'react';
import { Link } from 'react-router';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { useFilters } from '../fields/filters';
import { Page } from '../parts/Page';
import { usePages } from '../parts/pages';
import { moments } from '../fields/range';
import { Rows } from '../parts/Rows';
import { useSession } from '../session/SessionProvider';
import { useTenant } from '../session/tenant';
import { columns } from './columns';
import { listQuery } from './documents';
import { filterNames, toFilter } from './filter';
import { FilterBar } from './FilterBar';
import { RecoveryPanel } from './RecoveryPanel';
import { useRecover } from './useRecover';
import { useActs } from './useActs';
import { useFresh } from './useFresh';
import { useLastErrors } from './useLastErrors';

export default function DeliveriesPage() {
  const { admin, can } = useSession();
  const { tenantId } = useTenant();
  const [filters, setFilters] = useFilters(...filterNames);
  const [{ recovery }, setRecovery] = useFilters('recovery');
  // Lengths of time are counted back from when they were chosen, not anew at each drawing.
  const key = JSON.stringify([filters, tenantId]);
  const filter = useMemo(() => toFilter(filters, tenantId, Date.now()), [key]);
  const { problem } = moments(filters, 0);
  const list = usePages(listQuery, { filter }, (data) => data.deliveries);
  const fresh = useFresh(list.rows, filter, list.change);
  const errors = useLastErrors(list.rows);
  const acts = useActs((changed) => list.change((rows) => rows.map((one) => (one.id === changed.id ? changed : one))));
  const recover = useRecover(filter, (id) => setRecovery({ recovery: id }));
  const narrowed = Object.keys(filters).length > 0;
  return (
    <Page
      title="Deliveries"
      description="One event on its way through one channel: when it was tried, what came back, what comes next."
      actions={
        can('MANAGE') && (
          <Button variant="default" leftSection={<IconRefresh size={16} aria-hidden />} onClick={recover} disabled={Boolean(problem)}>
            Recover failed deliveries
          </Button>
        )
      }
    >
      {recovery && <RecoveryPanel key={recovery} id={recovery} onOver={list.again} onClose={() => setRecovery({ recovery: null })} />}
      <FilterBar value={filters} onChange={setFilters} />
      <Failure error={list.error} onRetry={list.again} />
      {fresh > 0 && (
        <Button variant="default" size="xs" mb="xs" leftSection={<IconArrowUp size={14} aria-hidden />} onClick={list.again}>
          {fresh >= 50 ? '50 or more' : fresh} new
        </Button>
      )}
      {(list.rows || !list.error) && (
        <Rows
          label="Deliveries"
          columns={columns({ acts, errors, tenants: admin && !tenantId })}
          rows={list.rows}
          id={(row) => row.id}
          to={(row) => `/deliveries/${row.id}`}
          more={list.more}
          loading={list.loading}
          empty={
            narrowed ? (
              <Empty title={filters.statuses === 'FAILED' ? 'Nothing has failed' : 'No delivery is like this'}>
                {filters.statuses === 'FAILED' ? 'No delivery with these filters is out of retries.' : 'Other filters may show more.'}
              </Empty>
            ) : (
              <Empty
                title="Nothing has been delivered yet"
                action={
                  <Button component={Link} to="/events?publish=1" variant="default">
                    Publish an event
                  </Button>
                }
              >
                Once an event is published that a webhook takes, each of its channels gets a delivery, which you see here.
              </Empty>
            )
          }
        />
      )}
    </Page>
  );
}
