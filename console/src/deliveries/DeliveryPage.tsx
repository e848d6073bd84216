import { Alert, Anchor, Button, Grid, Paper, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconBan, IconPlayerPause, IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { useQuery } from 'urql';
import type { DeliveryPageQuery } from '../gql/graphql';
import { AttemptDrawer } from '../attempts/AttemptDrawer';
import { Id } from '../parts/Copy';
import { Empty } from '../parts/Empty';
import { Facts } from '../parts/Facts';
import { Failure } from '../parts/Failure';
import { Kind } from '../parts/Kind';
import { useNews, useReconnected } from '../parts/news';
import { Page } from '../parts/Page';
import { usePages } from '../parts/pages';
import { useRenewal } from '../parts/renewal';
import { Status } from '../parts/Status';
import { exact } from '../parts/time';
import { Waiting } from '../parts/Waiting';
import { When } from '../parts/When';
import { useSession } from '../session/SessionProvider';
import { attemptsQuery, attemptsSubscription, deliveryQuery, updatesSubscription } from './pageDocuments';
import { Sent } from './Sent';
import { over } from './states';
import { steps } from './steps';
import { Steps } from './Steps';
import { useActs } from './useActs';

type Delivery = NonNullable<DeliveryPageQuery['delivery']>;

export default function DeliveryPage() {
  const { id = '' } = useParams();
  const [{ data, error, fetching }, ask] = useQuery({ query: deliveryQuery, variables: { id } });
  const again = () => ask({ requestPolicy: 'network-only' });
  const delivery = data?.delivery;
  if (delivery) return <Found key={delivery.id} delivery={delivery} again={again} busyAsking={fetching} />;
  if (fetching) return <Waiting />;
  return (
    <Page title="Delivery" above={[{ label: 'Deliveries', to: '/deliveries' }]}>
      {error ? <Failure error={error} onRetry={again} /> : <Empty title="There is no such delivery">Deliveries are kept for a while after they are over, and then deleted.</Empty>}
    </Page>
  );
}

function Found({ delivery: d, again, busyAsking }: { delivery: Delivery; again: () => void; busyAsking: boolean }) {
  const attempts = usePages(attemptsQuery, { id: d.id }, (data) => data.deliveryAttempts);
  const renew = useRenewal(() => {
    again();
    attempts.again();
  }, busyAsking || attempts.loading);
  useNews(updatesSubscription, { eventId: d.event.id }, (news) => news.deliveryUpdated.id === d.id && renew());
  useNews(attemptsSubscription, { id: d.id }, renew);
  useReconnected(renew);
  const { retry, retryLabel, cancel, busy } = useActs(renew)(d);
  const newest = attempts.rows?.[0];
  return (
    <Page
      title={d.event.type}
      above={[{ label: 'Deliveries', to: '/deliveries' }]}
      beside={
        <div role="status">
          <Status value={d.status} />
        </div>
      }
      description={
        <>
          to {d.channel.name}
          {d.event.test && ', a test event'}
        </>
      }
      actions={
        <>
          {cancel && (
            <Button variant="default" leftSection={<IconBan size={16} aria-hidden />} onClick={cancel} disabled={busy}>
              Cancel
            </Button>
          )}
          {retry && (
            <Button variant={d.status === 'SUCCEEDED' ? 'default' : 'filled'} leftSection={<IconRefresh size={16} aria-hidden />} onClick={retry} loading={busy}>
              {retryLabel}
            </Button>
          )}
        </>
      }
    >
      {d.statusReason && (
        <Alert color={d.status === 'FAILED' ? 'red' : 'gray'} icon={<IconAlertTriangle aria-hidden />} mb="md">
          <Text size="sm" style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
            {d.status === 'FAILED' ? 'It failed and is not tried again: ' : ''}
            {d.statusReason}
          </Text>
        </Alert>
      )}
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Title order={2} size="h4" mb="sm">
            What happened
          </Title>
          <Failure error={attempts.error} onRetry={attempts.again} />
          {attempts.rows && <Steps steps={steps(d, attempts.rows, !attempts.more)} waitsFor={hindrance(d)} more={attempts.more} loading={attempts.loading} />}
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Paper withBorder p="md">
            <About delivery={d} />
          </Paper>
        </Grid.Col>
      </Grid>
      {newest && <Sent attemptId={newest.id} number={newest.number} />}
      <AttemptDrawer />
    </Page>
  );
}

function About({ delivery: d }: { delivery: Delivery }) {
  const { admin } = useSession();
  const facts: [string, ReactNode][] = [
    [
      'Event',
      <Anchor component={Link} to={`/events/${d.event.id}`} inherit key="event">
        {d.event.type}
      </Anchor>,
    ],
    ['Entity', d.event.entityId],
    [
      'Channel',
      <Anchor component={Link} to={`/channels/${d.channel.id}`} inherit key="channel">
        <Kind kind={d.channel.kind} name={d.channel.name} />
      </Anchor>,
    ],
    [
      'Webhook',
      d.webhook ? (
        <Anchor component={Link} to={`/webhooks/${d.webhook.id}`} inherit>
          {d.webhook.name}
        </Anchor>
      ) : d.event.test ? null : (
        'deleted'
      ),
    ],
    ['Tenant', admin ? d.event.tenant.name : null],
    ['Attempts', d.attemptCount],
    ['Created', <When at={d.createdAt} key="created" />],
    [d.status === 'SUCCEEDED' ? 'Delivered' : 'Ended', d.completedAt && <When at={d.completedAt} />],
    ['Delivery id', <Id id={d.id} key="id" />],
  ];
  return <Facts facts={facts} />;
}

// Why a delivery that waits may wait for longer than its schedule says.
function hindrance({ status, channel, webhook }: Delivery): ReactNode {
  if (over(status)) return null;
  const link = (
    <Anchor component={Link} to={`/channels/${channel.id}`} inherit>
      channel
    </Anchor>
  );
  const said = (text: ReactNode) => (
    <Text size="sm" mt={4}>
      <IconPlayerPause size={13} aria-hidden style={{ verticalAlign: -1, marginRight: 4 }} />
      {text}
    </Text>
  );
  if (channel.status === 'DISABLED') {
    return said(
      <>
        The {link} is disabled{channel.statusReason ? `: ${channel.statusReason}` : ''}. This waits until somebody resumes it.
      </>,
    );
  }
  if (channel.status === 'PAUSED') return said(<>The {link} is paused. This waits until somebody resumes it.</>);
  if (webhook?.status === 'PAUSED') {
    return said(
      <>
        The{' '}
        <Anchor component={Link} to={`/webhooks/${webhook.id}`} inherit>
          webhook
        </Anchor>{' '}
        is paused. This waits until somebody resumes it.
      </>,
    );
  }
  if (channel.heldUntil) return said(<>The receiver asked the {link} for a pause until {exact(channel.heldUntil)}.</>);
  return null;
}
