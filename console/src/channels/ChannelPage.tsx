import { Anchor, Button, Group, Menu, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconPencil, IconPlayerPause, IconPlayerPlay, IconSend, IconTrash } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import type { ChannelPageQuery } from '../gql/graphql';
import { Id } from '../parts/Copy';
import { Empty } from '../parts/Empty';
import { Facts } from '../parts/Facts';
import { Failure } from '../parts/Failure';
import { Kind } from '../parts/Kind';
import { Page } from '../parts/Page';
import { RecentAttempts } from '../attempts/RecentAttempts';
import { Rows } from '../parts/Rows';
import { SendTest } from '../parts/SendTest';
import { Status } from '../parts/Status';
import { Waiting } from '../parts/Waiting';
import { When } from '../parts/When';
import { useSession } from '../session/SessionProvider';
import { ConfigFacts, PaceFacts } from './ChannelConfig';
import { ChannelHealth } from './ChannelHealth';
import { ChannelNotice } from './ChannelNotice';
import { SigningSecret } from './SigningSecret';
import { Suppressions } from './Suppressions';
import { useChannelActs } from './useChannelActs';

const channelQuery = graphql(`
  query ChannelPage($id: ID!) {
    channel(id: $id) {
      ...ChannelSettings
      status
      statusReason
      consecutiveFailures
      failingSince
      heldUntil
      createdAt
      updatedAt
      suppressions {
        address
        reason
        createdAt
      }
      webhooks {
        id
        name
        status
        eventTypes
      }
      health {
        attempts
        succeeded
        failed
        successRate
        latencyP50
        latencyP95
        backlog
        oldestPending
      }
    }
  }
`);

type Channel = NonNullable<ChannelPageQuery['channel']>;

const above = [{ label: 'Channels', to: '/channels' }];

export default function ChannelPage() {
  const { id = '' } = useParams();
  const [{ data, error }, again] = useQuery({ query: channelQuery, variables: { id } });
  const refresh = () => again({ requestPolicy: 'network-only' });
  if (data?.channel) return <Found key={id} channel={data.channel} refresh={refresh} />;
  if (error) return <Failure error={error} onRetry={refresh} />;
  if (!data) return <Waiting />;
  return (
    <Page title="Channel" above={above}>
      <Empty title="There is no such channel">It may have been deleted.</Empty>
    </Page>
  );
}

function Found({ channel, refresh }: { channel: Channel; refresh: () => void }) {
  const { can, admin } = useSession();
  const manages = can('MANAGE');
  const acts = useChannelActs(channel, refresh);
  const [testing, test] = useDisclosure(false);
  const { id, name, kind, config, status } = channel;
  const quiet = status !== 'ACTIVE' || channel.heldUntil !== null;
  return (
    <Page
      title={name}
      above={above}
      beside={
        <Group gap="md">
          <Kind kind={kind} />
          <Status value={status} />
        </Group>
      }
      actions={
        manages && (
          <>
            <Button leftSection={<IconSend size={16} />} onClick={test.open}>
              Send a test
            </Button>
            <Button
              variant="default"
              loading={acts.busy}
              leftSection={quiet ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
              onClick={() => void (quiet ? acts.resume() : acts.pause())}
            >
              {quiet ? 'Resume' : 'Pause'}
            </Button>
            <Button variant="default" component={Link} to={`/channels/${id}/edit`} leftSection={<IconPencil size={16} />}>
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
                  Delete the channel
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </>
        )
      }
    >
      <ChannelNotice channel={channel} resume={manages ? () => void acts.resume() : undefined} />
      <Stack gap="xl">
        <ChannelHealth {...channel} />
        <Section
          title="Newest attempts"
          beside={
            <Group gap="md">
              <Anchor component={Link} to={`/live?channel=${id}`} size="sm">
                Watch live
              </Anchor>
              <Anchor component={Link} to={`/deliveries?statuses=FAILED&channelId=${id}`} size="sm">
                Failed deliveries
              </Anchor>
            </Group>
          }
        >
          <RecentAttempts filter={{ channelId: id }} empty="Send a test, or publish an event that one of its webhooks takes." onNew={refresh} />
        </Section>
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
          <Card title="Configuration">
            <ConfigFacts channel={channel} />
          </Card>
          <Card title="Delivery">
            <PaceFacts channel={channel} />
          </Card>
          {config.__typename === 'HttpConfig' && (
            <Card title="Signing secret">
              <SigningSecret id={id} signing={config.signing} changed={refresh} />
            </Card>
          )}
          <Card title="About">
            <Facts
              facts={[
                ['Id', <Id key="id" id={id} />],
                ['Tenant', admin && channel.tenant.name],
                ['Made', <When key="made" at={channel.createdAt} />],
                ['Changed', <When key="changed" at={channel.updatedAt} />],
              ]}
            />
          </Card>
        </SimpleGrid>
        <Section title="Webhooks that route to it">
          <Rows
            label="Webhooks"
            rows={channel.webhooks}
            id={(webhook) => webhook.id}
            to={(webhook) => `/webhooks/${webhook.id}`}
            columns={[
              { header: 'Name', cell: (webhook) => webhook.name },
              { header: 'Event types', from: 'sm', cell: (webhook) => <Text size="sm" lineClamp={1}>{webhook.eventTypes.join(', ')}</Text> },
              { header: 'Status', cell: (webhook) => <Status value={webhook.status} /> },
            ]}
            empty={
              <Empty
                title="No webhook routes to it"
                action={
                  manages && (
                    <Button component={Link} to={`/webhooks/new?channel=${id}`} variant="default">
                      New webhook to this channel
                    </Button>
                  )
                }
              >
                Nothing is sent until a webhook names this channel in its routes.
              </Empty>
            }
          />
        </Section>
        {(channel.suppressions.length > 0 || kind === 'EMAIL' || kind === 'SMS') && (
          <Section title="Suppressed recipients">
            <Suppressions channelId={id} list={channel.suppressions} changed={refresh} />
          </Section>
        )}
      </Stack>
      <SendTest to={{ channelId: id }} name={name} opened={testing} onClose={test.close} />
    </Page>
  );
}

function Section({ title, beside, children }: { title: string; beside?: ReactNode; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          {title}
        </Title>
        {beside}
      </Group>
      {children}
    </section>
  );
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Title order={2} size="h5" mb="sm">
        {title}
      </Title>
      {children}
    </Paper>
  );
}
