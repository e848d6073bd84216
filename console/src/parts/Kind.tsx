import { Group, Text } from '@mantine/core';
import { IconBrandSlack, IconMail, IconMessage, IconWebhook } from '@tabler/icons-react';
import type { ChannelKind } from '../gql/graphql';

export const kinds: ChannelKind[] = ['HTTP', 'SLACK', 'EMAIL', 'SMS'];

const shown = {
  HTTP: ['HTTP', IconWebhook],
  SLACK: ['Slack', IconBrandSlack],
  EMAIL: ['Email', IconMail],
  SMS: ['SMS', IconMessage],
} as const;

export function kindLabel(kind: ChannelKind): string {
  return shown[kind][0];
}

export function KindIcon({ kind, size = 18 }: { kind: ChannelKind; size?: number }) {
  const [label, Icon] = shown[kind];
  return <Icon size={size} role="img" aria-label={label} style={{ flex: 'none' }} />;
}

/** The kind's picture and a name, a channel's for instance. */
export function Kind({ kind, name }: { kind: ChannelKind; name?: string }) {
  return (
    <Group gap={6} wrap="nowrap" component="span" display="inline-flex" maw="100%">
      <KindIcon kind={kind} />
      <Text span inherit truncate>
        {name ?? kindLabel(kind)}
      </Text>
    </Group>
  );
}
