import { Anchor, Group, Stack, Text, Title } from '@mantine/core';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { EmailPreview } from '../messages/EmailPreview';
import { Failure } from '../parts/Failure';
import { readLetter } from '../messages/letter';
import { Payload } from '../parts/Payload';
import { SlackMessage } from '../messages/SlackMessage';
import { SmsPreview } from '../messages/SmsPreview';
import { sentQuery } from './pageDocuments';

/** What an attempt sent, as its reader sees it. */
export function Sent({ attemptId, number }: { attemptId: string; number: number }) {
  const [{ data, error }] = useQuery({ query: sentQuery, variables: { id: attemptId } });
  const attempt = data?.deliveryAttempt;
  if (error && !attempt) return <Failure error={error} />;
  if (!attempt?.requestBody) return null;
  const { requestBody: body, requestHeaders: headers, channel, target } = attempt;
  return (
    <Stack gap="xs" component="section" aria-label="What was sent" mt="lg">
      <Group gap="xs" align="baseline">
        <Title order={2} size="h4">
          What was sent
        </Title>
        <Text size="sm" c="dimmed">
          <Anchor component={Link} to={`?attempt=${attemptId}`} inherit>
            attempt {number}
          </Anchor>{' '}
          · {target}
        </Text>
      </Group>
      {channel.kind === 'HTTP' && <Payload text={body} label="Request body" />}
      {channel.kind === 'SLACK' && <SlackMessage text={body} />}
      {channel.kind === 'EMAIL' && <EmailPreview {...readLetter(body, headers)} />}
      {channel.kind === 'SMS' && <SmsPreview text={body} />}
    </Stack>
  );
}
