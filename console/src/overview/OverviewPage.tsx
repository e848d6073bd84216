import { SegmentedControl, Stack } from '@mantine/core';
import { Failure } from '../parts/Failure';
import { useFilters } from '../fields/filters';
import { Page } from '../parts/Page';
import { Waiting } from '../parts/Waiting';
import { useSession } from '../session/SessionProvider';
import { useTenant } from '../session/tenant';
import { Attention } from './Attention';
import { backlog, concerns } from './concerns';
import { channelsQuery, failuresQuery, statsQuery, stepsQuery } from './documents';
import { Failures } from './Failures';
import { useFresh, useTick } from './fresh';
import { History } from './History';
import { rangeOf, spanOf, spans, windowOf } from './range';
import { started, Steps } from './Steps';
import { Tiles } from './Tiles';

/** How deliveries do, and what needs somebody. */
export default function OverviewPage() {
  const { admin, can, portal } = useSession();
  const { tenantId } = useTenant();
  const [{ window: name }, set] = useFilters('window');
  const span = spanOf(name);
  const now = useTick(10_000);
  const filter = { tenantId };
  const steps = useFresh(stepsQuery, { admin, channels: filter, webhooks: filter, events: { ...filter, includeTests: true } }, now);
  const stats = useFresh(statsQuery, { ...rangeOf(span, now), filter }, now);
  const channels = useFresh(channelsQuery, { window: windowOf(span), filter, disabled: { ...filter, status: 'DISABLED' } }, now);
  const failures = useFresh(failuresQuery, { window: windowOf(span), filter: { ...filter, status: 'FAILED' } }, now);

  const all = channels.data && [...channels.data.disabled.nodes, ...channels.data.channels.nodes];
  const once = all && [...new Map(all.map((one) => [one.id, one])).values()];
  const failing = failures.data?.deliveryAttempts.nodes.map((one) => one.channel) ?? [];
  const some = channels.data?.channels.pageInfo.hasNextPage ?? false;
  const tenants = admin && !tenantId;
  const error = steps.error ?? stats.error ?? channels.error ?? failures.error;
  const again = () => [steps, stats, channels, failures].forEach((one) => one.again());
  const attempts = stats.data?.whole.reduce((sum, one) => sum + one.succeeded + one.failed, 0) ?? 0;
  const begun = !steps.data || started(steps.data);
  // A server that has just been set up has nothing to tell yet: its steps stand alone.
  const loaded = [steps, stats, channels, failures].every((one) => one.data ?? one.error);
  const quiet = !begun && stats.data !== undefined && attempts === 0 && once?.length === 0;

  return (
    <Page
      title="Overview"
      description="How deliveries do, and which channels need somebody."
      actions={
        loaded && !quiet && (
          <SegmentedControl
            aria-label="Time"
            value={span.name}
            onChange={(window) => set({ window: window === '24h' ? null : window })}
            data={spans.map((one) => ({ value: one.name, label: one.label }))}
          />
        )
      }
    >
      <Stack gap="md">
        <Failure error={error} onRetry={again} />
        {/* All at once, so that nothing moves while it loads. */}
        {!loaded && <Waiting />}
        {loaded && steps.data && !begun && <Steps data={steps.data} manage={can('MANAGE')} portal={portal} />}
        {loaded && !quiet && (
          <>
            <Tiles of={span} stats={stats.data} waiting={once && backlog(once)} some={some} />
            <Attention concerns={once && concerns([...failing, ...once], now)} some={some} tenants={tenants} />
            <History of={span} stats={stats.data} />
            <Failures data={failures.data} tenants={tenants} />
          </>
        )}
      </Stack>
    </Page>
  );
}
