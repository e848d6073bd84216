import { Alert, Anchor, Badge, Button, Code, Group, Menu, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconPencil, IconPlayerPause, IconPlayerPlay, IconSend, IconTrash } from '@tabler/icons-react';
import { Link, useParams } from 'react-router';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import type { WebhookPageQuery } from '../gql/graphql';
import { Id } from '../parts/Copy';
import { Empty } from '../parts/Empty';
import { Facts } from '../parts/Facts';
import { Failure } from '../parts/Failure';
import { Kind } from '../parts/Kind';
import { Page } from '../parts/Page';
import { takes } from '../fields/pattern';
import { RecentAttempts } from '../attempts/RecentAttempts';
import { Rows } from '../parts/Rows';
import { SendTest } from '../parts/SendTest';
import { Status } from '../parts/Status';
import { Waiting } from '../parts/Waiting';
import { When } from '../parts/When';
import { useSession } from '../session/SessionProvider';
import { useWebhookActs } from './useWebhookActs';

const webhookQuery = graphql(`
  query WebhookPage($id: ID!) {
    webhook(id: $id) {
      ...WebhookSettings
      status
      filterErrors
      createdAt
      updatedAt
    }
  }
`);

type Webhook = NonNullable<WebhookPageQuery['webhook']>;

const above = [{ label: 'Webhooks', to: '/webhooks' }];

export default function WebhookPage() {
  const { id = '' } = useParams();
  const [{ data, error }, again] = useQuery({ query: webhookQuery, variables: { id } });
  const refresh = () => again({ requestPolicy: 'network-only' });
  if (data?.webhook) return <Found key={id} webhook={data.webhook} refresh={refresh} />;
  if (error) return <Failure error={error} onRetry={refresh} />;
  if (!data) return <Waiting />;
  return (
    <Page title="Webhook" above={above}>
      <Empty title="There is no such webhook">It may have been deleted.</Empty>
    </Page>
  );
}

function Found({ webhook, refresh }: { webhook: Webhook; refresh: () => void }) {
  const { can } = useSession();
  const manages = can('MANAGE');
  const acts = useWebhookActs(webhook, refresh);
  const [testing, test] = useDisclosure(false);
  const { id, name, status } = webhook;
  const paused = status === 'PAUSED';
  return (
    <Page
      title={name}
      description={webhook.description || undefined}
      above={above}
      beside={<Status value={status} />}
      actions={
        manages && (
          <>
            <Button leftSection={<IconSend size={16} />} onClick={test.open}>
              Send a test
            </Button>
            <Button
              variant="default"
              loading={acts.busy}
              leftSection={paused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
              onClick={() => void (paused ? acts.resume() : acts.pause())}
            >
              {paused ? 'Resume' : 'Pause'}
            </Button>
            <Button variant="default" component={Link} to={`/webhooks/${id}/edit`} leftSection={<IconPencil size={16} />}>
              Change
            </Button>
            <Menu position="bottom-end">
              <Menu.Target>
                <Button variant="default" px="xs" aria-label="More actions">
                  <IconChevronDown size={16} />
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item leftSection={<IconTrash size={16} />} onClick={acts.askToDelete}>
                  Delete the webhook
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </>
        )
      }
    >
      {paused && (
        <Alert variant="default" mb="md" icon={<IconPlayerPause aria-hidden />} title="Paused">
          It still takes events, and their{' '}
          <Anchor component={Link} to={`/deliveries?statuses=PENDING,RETRYING&webhookId=${id}`} inherit>
            deliveries wait
          </Anchor>
          . Resume, and what has waited is sent.
        </Alert>
      )}
      <Stack gap="xl">
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
          <Takes webhook={webhook} />
          <About webhook={webhook} />
        </SimpleGrid>
        <Routes webhook={webhook} />
        <section aria-label="Newest attempts">
          <Group justify="space-between" mb="xs">
            <Title order={2} size="h4">
              Newest attempts
            </Title>
            <Group gap="md">
              <Anchor component={Link} to={`/live?webhook=${id}`} size="sm">
                Watch live
              </Anchor>
              <Anchor component={Link} to={`/deliveries?statuses=FAILED&webhookId=${id}`} size="sm">
                Failed deliveries
              </Anchor>
            </Group>
          </Group>
          <RecentAttempts filter={{ webhookId: id }} channels empty="They appear here once an event is published that this webhook takes." onNew={refresh} />
        </section>
      </Stack>
      <SendTest to={{ webhookId: id }} name={name} takes={(type) => webhook.eventTypes.some((pattern) => takes(pattern, type))} opened={testing} onClose={test.close} />
    </Page>
  );
}

const pillsUpTo = 60;

function Takes({ webhook: { eventTypes, filter, filterErrors } }: { webhook: Webhook }) {
  return (
    <Paper withBorder p="md" component="section" aria-label="What it takes">
      <Title order={2} size="h5" mb="sm">
        What it takes
      </Title>
      <Stack gap="sm">
        <Group gap={6}>
          {eventTypes.slice(0, pillsUpTo).map((type) => (
            <Badge key={type} variant="default" tt="none" fw={500} size="lg" maw="100%">
              {type}
            </Badge>
          ))}
          {eventTypes.length > pillsUpTo && <Text size="sm">and {eventTypes.length - pillsUpTo} more</Text>}
        </Group>
        {filter ? (
          <div>
            <Text size="sm" c="dimmed" mb={4}>
              Of these, only events for which this holds
            </Text>
            <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
              {filter}
            </Code>
          </div>
        ) : (
          <Text size="sm" c="dimmed">
            Every event of these types; there is no filter.
          </Text>
        )}
        {filterErrors > 0 && (
          <Alert variant="default" title={`The filter failed on ${filterErrors.toLocaleString('en')} ${filterErrors === 1 ? 'event' : 'events'}`}>
            They were not delivered. A filter fails where it reads a field that the event lacks, or compares things of different kinds. Ask first, as in <Code>has(data.total) && data.total &gt; 100</Code>. The count begins anew
            when the filter is changed.
          </Alert>
        )}
      </Stack>
    </Paper>
  );
}

function About({ webhook }: { webhook: Webhook }) {
  const { admin } = useSession();
  return (
    <Paper withBorder p="md" component="section" aria-label="About">
      <Title order={2} size="h5" mb="sm">
        About
      </Title>
      <Facts
        facts={[
          ['Id', <Id key="id" id={webhook.id} />],
          ['Tenant', admin && webhook.tenant.name],
          ['Made', <When key="made" at={webhook.createdAt} />],
          ['Changed', <When key="changed" at={webhook.updatedAt} />],
        ]}
      />
    </Paper>
  );
}

function Routes({ webhook: { routes } }: { webhook: Webhook }) {
  return (
    <section aria-label="Routes">
      <Title order={2} size="h4" mb="xs">
        Routes
      </Title>
      <Rows
        label="Routes"
        rows={routes}
        id={({ channel }) => channel.id}
        to={({ channel }) => `/channels/${channel.id}`}
        columns={[
          { header: 'Channel', cell: ({ channel }) => <Kind kind={channel.kind} name={channel.name} /> },
          {
            header: 'Template',
            from: 'sm',
            cell: ({ template }) => (
              <Anchor component={Link} to={`/templates/${template.id}`} size="sm" onClick={(event) => event.stopPropagation()}>
                {template.name}
              </Anchor>
            ),
          },
          { header: 'Channel status', cell: ({ channel }) => <Status value={channel.status} /> },
        ]}
      />
    </section>
  );
}
