import { Anchor, Badge, Group, Paper, Stack, Tabs, Text } from '@mantine/core';
import { IconShieldCheck, IconShieldOff } from '@tabler/icons-react';
import { Link } from 'react-router';
import { Kind } from '../parts/Kind';
import { EmailPreview } from '../messages/EmailPreview';
import { readLetter } from '../messages/letter';
import { Payload } from '../parts/Payload';
import { SlackMessage } from '../messages/SlackMessage';
import { SmsPreview } from '../messages/SmsPreview';
import { exact } from '../parts/time';
import { Outcome } from './Outcome';
import { checked, sourceOf, type Message } from './received';
import styles from './Receivers.module.css';

/** One message as its reader sees it, and as it came. */
export function MessageDetail({ message }: { message: Message }) {
  const source = sourceOf(message);
  return (
    <Paper withBorder p="md" role="region" aria-label="Message">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Text fw={600} component="div">
            <Kind kind={message.kind} name={message.receiver} />
          </Text>
          <Group gap="xs">
            <Badge variant="default" tt="none" fw={500} leftSection={message.verified ? <IconShieldCheck size={14} aria-hidden /> : <IconShieldOff size={14} aria-hidden />}>
              {checked(message)}
            </Badge>
            <Outcome message={message} />
          </Group>
        </Group>
        <Text size="xs" c="dimmed">
          {exact(message.receivedAt)} · number {message.seq}
          {message.thread && ' · in a thread'}
          {source && (
            <>
              {' · '}
              <Anchor component={Link} to={source.to} inherit>
                {source.label}
              </Anchor>
            </>
          )}
        </Text>
        {message.kind === 'HTTP' ? (
          <Request message={message} />
        ) : (
          <Tabs defaultValue="seen" keepMounted={false}>
            <Tabs.List mb="sm">
              <Tabs.Tab value="seen">As it looks</Tabs.Tab>
              <Tabs.Tab value="raw">As it came</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="seen">
              <Drawn message={message} />
            </Tabs.Panel>
            <Tabs.Panel value="raw">
              <Request message={message} />
            </Tabs.Panel>
          </Tabs>
        )}
      </Stack>
    </Paper>
  );
}

function Drawn({ message }: { message: Message }) {
  const { kind, body, html, from, to, summary } = message;
  switch (kind) {
    case 'SLACK':
      return <SlackMessage text={body} username={from} />;
    case 'SMS':
      return <SmsPreview text={body} from={from} to={to} />;
    default:
      // What could not be taken apart came whole.
      if (message.contentType.startsWith('message/rfc822')) return <EmailPreview {...readLetter(body, message.headers)} height={420} />;
      return message.contentType.startsWith('text/html') ? (
        <EmailPreview subject={summary} from={from} to={to} html={body} height={420} />
      ) : (
        <EmailPreview subject={summary} from={from} to={to} text={body} html={html} height={420} />
      );
  }
}

function Request({ message }: { message: Message }) {
  return (
    <Stack gap="sm">
      {message.kind === 'HTTP' && (
        <Text size="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
          POST {message.to}
        </Text>
      )}
      <table className={styles.headers} aria-label="Headers">
        <tbody>
          {message.headers.map(({ name, value }, place) => (
            <tr key={place}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {message.body ? <Payload text={message.body} label="Body" /> : <Text size="sm">No body</Text>}
    </Stack>
  );
}
