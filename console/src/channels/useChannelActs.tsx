import { Anchor, List, Stack, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { Link, useNavigate } from 'react-router';
import { graphql } from '../gql';
import { useAct } from '../parts/act';
import { confirm } from '../parts/confirm';

const pauseMutation = graphql(`
  mutation ChannelPause($id: ID!) {
    pauseChannel(id: $id) {
      id
      status
    }
  }
`);

const resumeMutation = graphql(`
  mutation ChannelResume($id: ID!) {
    resumeChannel(id: $id) {
      id
      status
    }
  }
`);

const deleteMutation = graphql(`
  mutation ChannelDelete($id: ID!) {
    deleteChannel(id: $id)
  }
`);

interface Channel {
  id: string;
  name: string;
  webhooks: readonly { id: string; name: string }[];
}

/** What can be done to a channel, each told in the end. */
export function useChannelActs(channel: Channel, changed: () => void) {
  const navigate = useNavigate();
  const [pause, pausing] = useAct(pauseMutation);
  const [resume, resuming] = useAct(resumeMutation);
  const [remove] = useAct(deleteMutation);
  const { id, name, webhooks } = channel;

  const askToDelete = () => {
    if (webhooks.length > 0) return explainUse(name, webhooks);
    confirm({
      title: `Delete ${name}?`,
      body: 'Its configuration and its secrets are deleted, and deliveries that still wait for it are canceled. Attempts that were made stay in the log. This cannot be undone.',
      action: 'Delete the channel',
      danger: true,
      onConfirm: () => void remove(id, `${name} is deleted.`, () => void navigate('/channels')),
    });
  };
  return {
    pause: () => pause(id, 'Paused. Deliveries wait until you resume it; nothing is lost.', changed),
    resume: () => resume(id, 'Resumed. What waited is sent now.', changed),
    askToDelete,
    busy: pausing || resuming,
  };
}

// The server would answer CONFLICT; this says the same before, with the way out.
function explainUse(name: string, webhooks: Channel['webhooks']) {
  modals.open({
    title: `${name} is in use`,
    children: (
      <Stack gap="xs">
        <Text size="sm">
          {webhooks.length === 1 ? 'This webhook routes' : `These ${webhooks.length} webhooks route`} to the channel. Take it out of {webhooks.length === 1 ? 'its' : 'their'} routes first; then it can be deleted.
        </Text>
        <List size="sm">
          {webhooks.map((one) => (
            <List.Item key={one.id}>
              <Anchor component={Link} to={`/webhooks/${one.id}/edit`} onClick={() => modals.closeAll()} style={{ overflowWrap: 'anywhere' }}>
                {one.name}
              </Anchor>
            </List.Item>
          ))}
        </List>
      </Stack>
    ),
  });
}
