import { Anchor, Box, Code, Paper, Text, Title } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { OverviewStepsQuery } from '../gql/graphql';
import { Payload } from '../parts/Payload';
import { useTenant } from '../session/tenant';
import styles from './Overview.module.css';

/** True once everything is there that a first delivery needs. */
export function started(data: OverviewStepsQuery): boolean {
  return [data.channels, data.webhooks, data.events].every((one) => one.nodes.length > 0);
}

/** What a newcomer does first; each step ticks itself off. */
export function Steps({ data, manage, portal }: { data: OverviewStepsQuery; manage: boolean; portal: boolean }) {
  const { tenant } = useTenant();
  const has = (one: { nodes: unknown[] } | undefined) => Boolean(one && one.nodes.length > 0);
  const link = (to: string, label: string) => (manage ? <Anchor component={Link} to={to}>{label}</Anchor> : label);
  const before = data.tenants ? 1 : 0;
  return (
    <Paper withBorder p="lg" component="section" aria-label="First steps">
      <Title order={2} size="h4">
        From an event to a delivery
      </Title>
      <Text size="sm" c="dimmed" mt={2} maw={640}>
        {portal ? 'Events of the platform go' : 'Your application publishes events. Each goes'} through every webhook that takes its type, and from there to the webhook's channels: an HTTP endpoint, Slack, email or SMS.
      </Text>
      <ol className={styles.list}>
        {data.tenants && (
          <Step number={1} done={has(data.tenants)} title={link('/settings/tenants', 'Create a tenant')}>
            A tenant is one customer of yours. Channels, webhooks and events belong to it.
          </Step>
        )}
        <Step number={before + 1} done={has(data.channels)} title={link('/channels/new', 'Create a channel')}>
          Where messages go, and how: the address, the secret, the retries.
        </Step>
        <Step number={before + 2} done={has(data.webhooks)} title={link('/webhooks/new', 'Create a webhook')}>
          Which events go to which channels, and what the messages look like.
        </Step>
        {portal ? (
          <Step number={before + 3} done={has(data.events)} title="Wait for the first event">
            A test event, sent from the page of a webhook or a channel, shows what will arrive.
          </Step>
        ) : (
          <Step number={before + 3} done={has(data.events)} title="Publish an event">
            From your application by GraphQL, or from a terminal. Then watch it <Anchor component={Link} to="/live" inherit>live</Anchor>.
            {!has(data.events) && (
              <Box mt="xs">
                <Payload text={command(tenant?.id)} label="A command that publishes an event" />
                <Text size="xs" c="dimmed" mt={4}>
                  Put a key in the place of <Code>YOUR_KEY</Code>{!tenant && <>, and the id of a tenant in the place of <Code>YOUR_TENANT</Code></>}.
                </Text>
              </Box>
            )}
          </Step>
        )}
      </ol>
    </Paper>
  );
}

function command(tenantId: string | undefined) {
  const query = `mutation { publishEvent(input: {tenantId: "${tenantId ?? 'YOUR_TENANT'}", type: "order.created", data: {number: 1}}) { id } }`;
  return `curl ${location.origin}/graphql \\
  -H 'Authorization: Bearer YOUR_KEY' -H 'Content-Type: application/json' \\
  -d '${JSON.stringify({ query })}'`;
}

function Step({ number, done, title, children }: { number: number; done: boolean; title: ReactNode; children: ReactNode }) {
  return (
    <li className={done ? `${styles.step} ${styles.done}` : styles.step}>
      <span className={styles.mark} role="img" aria-label={done ? 'Done' : 'To do'}>
        {done ? <IconCheck size={16} aria-hidden /> : number}
      </span>
      <Box miw={0} flex={1}>
        <Text fw={600} component="div">
          {title}
        </Text>
        <Text size="sm" c="dimmed" component="div">
          {children}
        </Text>
      </Box>
    </li>
  );
}
