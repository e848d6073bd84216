import { Anchor, Badge, Button, Grid, Group, Paper, Title } from '@mantine/core';
import { IconRepeat } from '@tabler/icons-react';
import { useRef, type ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { useMutation, useQuery } from 'urql';
import type { EventPageQuery } from '../gql/graphql';
import { confirm } from '../parts/confirm';
import { Copy, Id } from '../parts/Copy';
import { Empty } from '../parts/Empty';
import { Facts } from '../parts/Facts';
import { Failure } from '../parts/Failure';
import { done, failed } from '../parts/notify';
import { Page } from '../parts/Page';
import { Payload } from '../parts/Payload';
import { exactMs } from '../parts/time';
import { Waiting } from '../parts/Waiting';
import { When } from '../parts/When';
import { useSession } from '../session/SessionProvider';
import { eventQuery, replayMutation } from './documents';
import { EventDeliveries, type Renewable } from './EventDeliveries';
import { useRawData } from './rawData';

type Event = NonNullable<EventPageQuery['event']>;

export default function EventPage() {
  const { id = '' } = useParams();
  const [{ data, error, fetching }, ask] = useQuery({ query: eventQuery, variables: { id } });
  if (data?.event) return <Found key={data.event.id} event={data.event} />;
  if (fetching) return <Waiting />;
  return (
    <Page title="Event" above={[{ label: 'Events', to: '/events' }]}>
      {error ? <Failure error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} /> : <Empty title="There is no such event">Events are kept for a while after their deliveries are over, and then deleted.</Empty>}
    </Page>
  );
}

function Found({ event }: { event: Event }) {
  const { can } = useSession();
  const [{ fetching }, replay] = useMutation(replayMutation);
  const deliveries = useRef<Renewable>(null);
  const raw = useRawData(event.id);
  const ask = () =>
    confirm({
      title: 'Replay the event?',
      body: 'It is routed anew, through the webhooks of today, and new deliveries stand beside the old ones. Receivers that had it get it once more, with the same webhook-id, so that those which drop doubles drop it.',
      action: 'Replay',
      onConfirm: () =>
        void replay({ id: event.id }).then(({ error }) => {
          if (error) return failed(error);
          done('The event is on its way again.');
          deliveries.current?.again();
        }),
    });
  return (
    <Page
      title={event.type}
      above={[{ label: 'Events', to: '/events' }]}
      description={event.test ? 'A test event' : undefined}
      actions={
        can('MANAGE') &&
        !event.test && (
          <Button variant="default" leftSection={<IconRepeat size={16} aria-hidden />} onClick={ask} loading={fetching}>
            Replay
          </Button>
        )
      }
    >
      <Title order={2} size="h4" mb="xs">
        Deliveries
      </Title>
      <EventDeliveries ref={deliveries} eventId={event.id} test={event.test} />
      <Grid gap="lg" mt="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Title order={2} size="h4" mb="xs">
            Data
          </Title>
          <Payload text={raw ?? JSON.stringify(event.data)} label="Data of the event" height={560} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Title order={2} size="h4" mb="xs">
            About
          </Title>
          <Paper withBorder p="md">
            <About event={event} />
          </Paper>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

function About({ event }: { event: Event }) {
  const { admin } = useSession();
  const listed = (name: string, value: string) => (
    <Group gap={2} wrap="nowrap" key={value}>
      <Anchor component={Link} to={`/events?${new URLSearchParams({ [name]: value })}`} inherit dir="auto" style={{ overflowWrap: 'anywhere' }}>
        {value}
      </Anchor>
      <Copy text={value} />
    </Group>
  );
  const facts: [string, ReactNode][] = [
    ['Type', <Anchor component={Link} to={`/catalog/${encodeURIComponent(event.type)}`} inherit key="type">{event.type}</Anchor>],
    ['Version', event.version],
    ['Entity', event.entityId && listed('entityId', event.entityId)],
    [
      'Tags',
      event.tags.length > 0 && (
        <Group gap={4}>
          {event.tags.map((tag) => (
            <Badge key={tag} component={Link} to={`/events?${new URLSearchParams({ tag })}`} variant="default" tt="none" fw={500} style={{ cursor: 'pointer' }}>
              {tag}
            </Badge>
          ))}
        </Group>
      ),
    ],
    ['Idempotency key', event.idempotencyKey && listed('key', event.idempotencyKey)],
    ['Happened', exactMs(event.timestamp)],
    [
      'Published',
      <span key="published">
        {exactMs(event.createdAt)} (<When at={event.createdAt} />)
      </span>,
    ],
    ['Tenant', admin ? event.tenant.name : null],
    ['Event id', <Id id={event.id} key="id" />],
  ];
  return <Facts facts={facts.filter(([, value]) => value !== false)} />;
}
