import { Button, Code, Group, Modal, Select, Stack, Text } from '@mantine/core';
import { IconEye, IconEyeOff, IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import { useClient, useMutation, type CombinedError } from 'urql';
import { graphql } from '../gql';
import type { ChannelSettingsFragment } from '../gql/graphql';
import { Copy } from '../parts/Copy';
import { Facts } from '../parts/Facts';
import { Failure } from '../parts/Failure';
import { exact } from '../parts/time';
import { useSession } from '../session/SessionProvider';
import { schemes } from './signing';

const secretQuery = graphql(`
  query ChannelSecret($id: ID!) {
    channelSecret(id: $id)
  }
`);

const rotateMutation = graphql(`
  mutation ChannelSecretRotate($input: RotateChannelSecretInput!) {
    rotateChannelSecret(input: $input)
  }
`);

type Signing = Extract<ChannelSettingsFragment['config'], { __typename: 'HttpConfig' }>['signing'];

/** The secret that receivers check signatures with: hidden until somebody asks. */
export function SigningSecret({ id, signing, changed }: { id: string; signing: Signing; changed: () => void }) {
  const client = useClient();
  const { can } = useSession();
  const [secret, setSecret] = useState<string>();
  const [error, setError] = useState<CombinedError>();
  const [rotating, setRotating] = useState(false);
  const { scheme, previousSecretExpiresAt, publicKey } = signing;
  if (scheme === 'NONE') return <Text size="sm">{schemes.NONE.says}</Text>;
  const show = async () => {
    // Sent as mutations are, whose answers no cache keeps.
    const answer = await client.mutation(secretQuery, { id }).toPromise();
    setSecret(answer.data?.channelSecret);
    setError(answer.error);
  };
  return (
    <Stack gap="sm">
      <Facts
        facts={[
          ['Public key', publicKey && <Shown text={publicKey} what="Copy the public key" />],
          ['Secret', secret ? <Shown text={secret} what="Copy the secret" /> : '********'],
          ['Old secret', previousSecretExpiresAt && `signs beside the new one until ${exact(previousSecretExpiresAt)}`],
        ]}
      />
      <Failure error={error} />
      {can('MANAGE') && (
        <Group gap="xs">
          {secret ? (
            <Button size="xs" variant="default" leftSection={<IconEyeOff size={15} />} onClick={() => setSecret(undefined)}>
              Hide it
            </Button>
          ) : (
            <Button size="xs" variant="default" leftSection={<IconEye size={15} />} onClick={() => void show()}>
              Show the secret
            </Button>
          )}
          <Button size="xs" variant="default" leftSection={<IconRefresh size={15} />} onClick={() => setRotating(true)}>
            Rotate
          </Button>
          <Text size="xs" c="dimmed">
            Showing and rotating are written to the audit log.
          </Text>
        </Group>
      )}
      <Modal opened={rotating} onClose={() => setRotating(false)} title="Rotate the signing secret" styles={{ title: { fontWeight: 600 } }} closeButtonProps={{ 'aria-label': 'Close' }}>
        <Rotate
          id={id}
          done={() => setRotating(false)}
          changed={() => {
            setSecret(undefined);
            changed();
          }}
        />
      </Modal>
    </Stack>
  );
}

function Shown({ text, what }: { text: string; what: string }) {
  return (
    <Group gap={4} wrap="nowrap" align="flex-start">
      <Code style={{ overflowWrap: 'anywhere' }}>{text}</Code>
      <Copy text={text} what={what} />
    </Group>
  );
}

const overlaps = [
  { value: '0s', label: 'None: the old secret leaked' },
  { value: '1h', label: '1 hour' },
  { value: '24h', label: '24 hours' },
  { value: '168h', label: '7 days' },
  { value: '720h', label: '30 days' },
];

function Rotate({ id, done, changed }: { id: string; done: () => void; changed: () => void }) {
  const [overlap, setOverlap] = useState('24h');
  const [{ fetching, error }, rotate] = useMutation(rotateMutation);
  const [made, setMade] = useState<string>();
  if (made) {
    return (
      <Stack>
        <Text size="sm">This is the new secret. Give it to the receiver {overlap === '0s' ? 'now: the old one signs nothing any more.' : 'before the old one ends; until then both sign each message.'}</Text>
        <Shown text={made} what="Copy the new secret" />
        <Group>
          <Button onClick={done}>I have stored it</Button>
        </Group>
      </Stack>
    );
  }
  return (
    <Stack>
      <Text size="sm">The server makes a new secret. The old one signs beside it for a while, so that the receiver can be changed in its own time.</Text>
      <Select label="The old secret signs for another" allowDeselect={false} data={overlaps} value={overlap} onChange={(value) => value && setOverlap(value)} />
      <Failure error={error} />
      <Group>
        <Button
          loading={fetching}
          onClick={async () => {
            const { data } = await rotate({ input: { id, overlap } });
            if (!data) return;
            setMade(data.rotateChannelSecret);
            changed();
          }}
        >
          Rotate the secret
        </Button>
        <Button variant="default" onClick={done}>
          Cancel
        </Button>
      </Group>
    </Stack>
  );
}
