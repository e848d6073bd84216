import { Anchor, Button, Text } from '@mantine/core';
import { Link } from 'react-router';
import { AttemptDrawer } from '../attempts/AttemptDrawer';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { Page } from '../parts/Page';
import { Waiting } from '../parts/Waiting';
import { useSession } from '../session/SessionProvider';
import { useTenant } from '../session/tenant';
import { kept } from './feed';
import { LiveFilters, useLiveFilter } from './LiveFilters';
import { LiveRows } from './LiveRows';
import { LiveState } from './LiveState';
import { useLive } from './useLive';

const count = new Intl.NumberFormat();

/** Attempts as they happen. */
export default function LivePage() {
  const { admin } = useSession();
  const { tenantId } = useTenant();
  const { filter, any, clear } = useLiveFilter();
  const live = useLive(filter);
  const { rows, dropped } = live.shown;
  return (
    <Page title="Live" description="Every attempt to deliver an event, as it happens." actions={<LiveState live={live} />}>
      <LiveFilters />
      <Failure error={live.error} onRetry={live.again} />
      {!live.ready && !live.error && rows.length === 0 && <Waiting />}
      {live.ready && rows.length === 0 && <NothingYet filtered={any} clear={clear} />}
      {rows.length > 0 && <LiveRows rows={rows} tenants={admin && !tenantId} />}
      <Text size="xs" c="dimmed" mt={6} mih={18}>
        {dropped > 0 && `${count.format(dropped)} more came while it was paused and are not in this list. `}
        {(dropped > 0 || rows.length >= kept) && (
          <>
            The newest {count.format(kept)} are kept here; all of them are in <Anchor inherit component={Link} to="/deliveries">Deliveries</Anchor>.
          </>
        )}
      </Text>
      <AttemptDrawer />
    </Page>
  );
}

function NothingYet({ filtered, clear }: { filtered: boolean; clear: () => void }) {
  if (filtered) {
    return (
      <Empty title="No attempt is like this so far" action={<Button variant="default" onClick={clear}>Clear filters</Button>}>
        What the filters take appears here as it happens.
      </Empty>
    );
  }
  return (
    <Empty title="Nothing has been sent so far" action={<Button variant="default" component={Link} to="/">First steps</Button>}>
      As soon as an event matches a webhook, each attempt to deliver it appears here, with its whole request and response. A test event of a webhook or a channel does, too.
    </Empty>
  );
}
