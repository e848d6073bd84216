import { Box, Group, Stack, Text } from '@mantine/core';
import type { ChannelKind } from '../gql/graphql';
import { EmailPreview } from '../messages/EmailPreview';
import { Payload } from '../parts/Payload';
import { SlackMessage } from '../messages/SlackMessage';
import { SmsPreview } from '../messages/SmsPreview';
import type { Outputs, Rendered } from './render';
import styles from './Result.module.css';

/** What the template makes of the event, as its receiver sees it. What is from before a mistake has no colours and a broken line around it. */
export function Result({ kind, rendered }: { kind: ChannelKind; rendered: Rendered }) {
  const { outputs, failure } = rendered;
  const all = Object.values(outputs);
  const old = all.some((one) => one.old);
  return (
    <Stack gap="xs">
      <Text size="sm" mih={20} role="status" c={failure ? 'var(--mantine-color-error)' : 'dimmed'}>
        {failure || state(rendered, old)}
      </Text>
      {all.length > 0 && (
        <Box className={old ? styles.old : undefined} aria-label={old ? 'The last result that could be made' : 'The result'} role="group">
          <Drawn kind={kind} outputs={outputs} />
        </Box>
      )}
    </Stack>
  );
}

function state({ mistakes, outputs }: Rendered, old: boolean): string {
  if (old) return 'From before the mistake.';
  if (mistakes === undefined) return 'Rendering…';
  if (Object.keys(outputs).length === 0) return 'The result is shown here when the template is right.';
  return mistakes.length > 0 ? 'A part of it cannot be shown yet.' : 'It follows as you type. Nothing is sent.';
}

function Drawn({ kind, outputs }: { kind: ChannelKind; outputs: Outputs }) {
  const { BODY, CONTENT_TYPE, SUBJECT, TEXT, HTML } = outputs;
  switch (kind) {
    case 'SLACK':
      return BODY && <SlackMessage text={BODY.text} />;
    case 'EMAIL':
      return <EmailPreview subject={SUBJECT?.text} html={HTML?.text} text={TEXT?.text} height={Math.max(320, window.innerHeight - 500)} />;
    case 'SMS':
      return TEXT && <SmsPreview text={TEXT.text} />;
    case 'HTTP':
      return (
        BODY && (
          <Stack gap={6}>
            <Group gap="lg">
              <Text size="sm">
                <Text span inherit c="dimmed">
                  Content-Type:{' '}
                </Text>
                {CONTENT_TYPE?.text || 'application/json'}
              </Text>
              <Text size="sm">
                <Text span inherit c="dimmed">
                  Size:{' '}
                </Text>
                {bytes(BODY.text)}
              </Text>
            </Group>
            <Payload label="The body" text={BODY.text} height="calc(100dvh - 380px)" />
          </Stack>
        )
      );
  }
}

function bytes(text: string): string {
  const size = new TextEncoder().encode(text).length;
  return size < 1024 ? `${size} bytes` : `${(size / 1024).toFixed(1)} KiB`;
}
