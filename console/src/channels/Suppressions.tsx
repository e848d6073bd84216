import { Button, Text } from '@mantine/core';
import { useMutation } from 'urql';
import { graphql } from '../gql';
import { confirm } from '../parts/confirm';
import { done, failed } from '../parts/notify';
import { Rows } from '../parts/Rows';
import { When } from '../parts/When';
import { useSession } from '../session/SessionProvider';

const liftMutation = graphql(`
  mutation ChannelLiftSuppression($input: LiftSuppressionInput!) {
    liftSuppression(input: $input) {
      id
    }
  }
`);

interface Suppression {
  address: string;
  reason: string;
  createdAt: string;
}

/** Recipients that get nothing any more, because they said so. */
export function Suppressions({ channelId, list, changed }: { channelId: string; list: Suppression[]; changed: () => void }) {
  const { can } = useSession();
  const [, liftIt] = useMutation(liftMutation);
  const lift = (address: string) =>
    confirm({
      title: `Send to ${address} again?`,
      body: 'They asked for no more messages. Do this only when they have asked for them again.',
      action: 'Send to them again',
      onConfirm: async () => {
        const { error } = await liftIt({ input: { channelId, address } });
        if (error) return failed(error);
        done(`${address} gets messages again.`);
        changed();
      },
    });
  return (
    <Rows
      label="Suppressed recipients"
      rows={list}
      id={({ address }) => address}
      columns={[
        { header: 'Recipient', cell: ({ address }) => address },
        { header: 'What the provider said', from: 'sm', cell: ({ reason }) => reason },
        { header: 'Since', cell: ({ createdAt }) => <When at={createdAt} /> },
        ...(can('MANAGE')
          ? [
              {
                header: 'Action',
                align: 'right' as const,
                cell: ({ address }: Suppression) => (
                  <Button size="compact-xs" variant="default" aria-label={`Lift the suppression of ${address}`} onClick={() => lift(address)}>
                    Lift
                  </Button>
                ),
              },
            ]
          : []),
      ]}
      empty={
        <Text size="sm" c="dimmed">
          Nobody is suppressed.
        </Text>
      }
    />
  );
}
