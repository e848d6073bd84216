import { Alert, Anchor, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import type { AttemptDetailQuery } from '../gql/graphql';
import { useSession } from '../session/SessionProvider';
import styles from './AttemptDetail.module.css';
import { AttemptDetailMessage } from './AttemptDetailMessage';
import { answered, explained, help, told, triggers } from './attemptwords';
import { Id } from '../parts/Copy';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { Kind } from '../parts/Kind';
import { Status } from '../parts/Status';
import { exactMs } from '../parts/time';
import { Waiting } from '../parts/Waiting';
import { Took, When } from '../parts/When';

const attemptQuery = graphql(`
  query AttemptDetail($id: ID!) {
    deliveryAttempt(id: $id) {
      id
      status
      trigger
      number
      requestId
      target
      startedAt
      latency
      nextAttemptAt
      responseCode
      error {
        code
        message
        retryable
      }
      requestHeaders {
        name
        value
      }
      requestBody
      responseHeaders {
        name
        value
      }
      responseBody
      event {
        id
        type
        tenant {
          id
          name
        }
      }
      delivery {
        id
        status
        attemptCount
      }
      webhook {
        id
        name
      }
      channel {
        id
        name
        kind
      }
    }
  }
`);

type Attempt = NonNullable<AttemptDetailQuery['deliveryAttempt']>;

/** All of one attempt: how it went, what was sent, what came back, what to do. `of` tells it from others on the page. */
export function AttemptDetail({ id, of }: { id: string; of?: string }) {
  const [{ data, error, fetching }, again] = useQuery({ query: attemptQuery, variables: { id } });
  const attempt = data?.deliveryAttempt;
  if (attempt) return <Found attempt={attempt} of={of} />;
  if (error) return <Failure error={error} onRetry={() => again({ requestPolicy: 'network-only' })} />;
  if (fetching || !data) return <Waiting />;
  return <Empty title="There is no such attempt">Attempts are kept for a while and then deleted.</Empty>;
}

function Found({ attempt: a, of }: { attempt: Attempt; of?: string }) {
  return (
    <Stack gap="lg">
      <Group gap="xs" align="baseline">
        <Text fw={600} component="div">
          <Status value={a.status} />
        </Text>
        <Text size="sm">{told(a)}</Text>
      </Group>
      {a.error && (
        <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title={`${explained[a.error.code].title} (${a.error.code})`}>
          <Text size="sm" style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
            {a.error.message}
          </Text>
          <Text size="sm" mt={6}>
            <strong>What to do:</strong> {help(a.error.code, a.channel.kind, a.responseCode)}
          </Text>
        </Alert>
      )}
      <Facts attempt={a} />
      <AttemptDetailMessage of={of} title="Request" headers={a.requestHeaders} body={a.requestBody} noBody="Nothing was sent." />
      <AttemptDetailMessage
        of={of}
        title="Response"
        beside={a.responseCode !== null && answered(a.responseCode, a.channel.kind)}
        headers={a.responseHeaders}
        body={a.responseBody}
        noBody={a.responseCode === null ? 'Nothing came back.' : 'The answer has no body.'}
      />
    </Stack>
  );
}

function Facts({ attempt: a }: { attempt: Attempt }) {
  const { admin } = useSession();
  return (
    <dl className={styles.facts}>
      <Fact name="Target">{a.target || '–'}</Fact>
      <Fact name="Started">
        {exactMs(a.startedAt)} (<When at={a.startedAt} />)
      </Fact>
      <Fact name="Took">
        <Took duration={a.latency} />
      </Fact>
      <Fact name="Attempt">
        {a.number}, {triggers[a.trigger].toLowerCase()}
      </Fact>
      {a.nextAttemptAt && (
        <Fact name="Next attempt">
          {exactMs(a.nextAttemptAt)} (<When at={a.nextAttemptAt} />)
        </Fact>
      )}
      <Fact name="Channel">
        <Anchor component={Link} to={`/channels/${a.channel.id}`} inherit>
          <Kind kind={a.channel.kind} name={a.channel.name} />
        </Anchor>
      </Fact>
      {a.webhook && (
        <Fact name="Webhook">
          <Anchor component={Link} to={`/webhooks/${a.webhook.id}`} inherit>
            {a.webhook.name}
          </Anchor>
        </Fact>
      )}
      <Fact name="Event">
        <Anchor component={Link} to={`/events/${a.event.id}`} inherit>
          {a.event.type}
        </Anchor>
      </Fact>
      <Fact name="Delivery">
        <Group gap="xs" component="span">
          <Anchor component={Link} to={`/deliveries/${a.delivery.id}`} inherit>
            Open the delivery
          </Anchor>
          <Status value={a.delivery.status} />
        </Group>
      </Fact>
      {admin && <Fact name="Tenant">{a.event.tenant.name}</Fact>}
      <Fact name="Attempt id">
        <Id id={a.id} />
      </Fact>
      <Fact name="Request id">
        <Id id={a.requestId} />
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
