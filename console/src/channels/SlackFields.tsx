import { Group, PasswordInput, SegmentedControl, Stack, Switch, Text, TextInput } from '@mantine/core';
import type { SlackMode } from '../gql/graphql';
import { storedSecret, type Fields } from './form';

const ways: { value: SlackMode; label: string; says: string }[] = [
  { value: 'INCOMING_WEBHOOK', label: 'Incoming webhook', says: 'Posts to the one channel that the webhook was made for. Make one in Slack under “Incoming Webhooks” of your app.' },
  { value: 'BOT_TOKEN', label: 'Bot token', says: 'Posts as a bot, which can thread. It needs the scope chat:write, and must be a member of the channel.' },
];

export function SlackFields({ draft, change, error, before }: Fields) {
  const { slack } = draft;
  const stored = before?.slack.mode === slack.mode ? storedSecret : undefined;
  return (
    <Stack>
      <div>
        <SegmentedControl aria-label="How it posts to Slack" data={ways.map(({ value, label }) => ({ value, label }))} value={slack.mode} onChange={(mode) => change('slack', { mode: mode as SlackMode })} />
        <Text size="sm" c="dimmed" mt={6}>
          {ways.find(({ value }) => value === slack.mode)?.says}
        </Text>
      </div>
      {slack.mode === 'INCOMING_WEBHOOK' ? (
        <PasswordInput
          label="Webhook URL"
          required={!stored}
          autoComplete="off"
          description="Whoever has it can post, so it is kept like a password."
          placeholder={stored ?? 'https://hooks.slack.com/services/T…/B…/…'}
          value={slack.webhookUrl}
          onChange={(event) => change('slack', { webhookUrl: event.currentTarget.value })}
          error={error('config.slack.webhookUrl')}
        />
      ) : (
        <>
          <PasswordInput
            label="Bot token"
            required={!stored}
            autoComplete="off"
            placeholder={stored ?? 'xoxb-…'}
            value={slack.botToken}
            onChange={(event) => change('slack', { botToken: event.currentTarget.value })}
            error={error('config.slack.botToken')}
          />
          <TextInput
            label="Slack channel"
            required
            description="Its name, or its id, which stays when it is renamed."
            placeholder="#alerts or C012AB3CD"
            value={slack.channel}
            onChange={(event) => change('slack', { channel: event.currentTarget.value })}
            error={error('config.slack.channel')}
          />
          <Switch
            label="Keep the messages of one entity in one thread"
            description="The first message of an entity id begins the thread; later ones answer it."
            checked={slack.threadByEntity}
            onChange={(event) => change('slack', { threadByEntity: event.currentTarget.checked })}
            error={error('config.slack.threadByEntity')}
          />
        </>
      )}
      <Group grow align="flex-start" preventGrowOverflow={false}>
        <TextInput
          label="Shown as"
          description="Empty for the app's own name."
          placeholder="Carillon"
          miw={180}
          value={slack.username}
          onChange={(event) => change('slack', { username: event.currentTarget.value })}
          error={error('config.slack.username')}
        />
        <TextInput
          label="Icon"
          description="The code of an emoji. Empty for the app's own."
          placeholder=":bell:"
          miw={180}
          value={slack.iconEmoji}
          onChange={(event) => change('slack', { iconEmoji: event.currentTarget.value })}
          error={error('config.slack.iconEmoji')}
        />
      </Group>
    </Stack>
  );
}
