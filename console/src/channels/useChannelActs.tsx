import { Anchor, List, Stack, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { Link, useNavigate } from 'react-router';
import { useMutation } from 'urql';
import { graphql } from '../gql';
import { confirm } from '../parts/confirm';
import { done, failed } from '../parts/notify';

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
  const [pausing, pauseIt] = useMutation(pauseMutation);
  const [resuming, resumeIt] = useMutation(resumeMutation);
  const [, deleteIt] = useMutation(deleteMutation);
  const { id, name, webhooks } = channel;

  const pause = async () => {
    const { error } = await pauseIt({ id });
    if (error) return failed(error);
    done('Paused. Deliveries wait until you resume it; nothing is lost.');
    changed();
  };
  const resume = async () => {
    const { error } = await resumeIt({ id });
    if (error) return failed(error);
    done('Resumed. What waited is sent now.');
    changed();
  };
  const remove = async () => {
    const { error } = await deleteIt({ id });
    if (error) return failed(error);
    done(`${name} is deleted.`);
    void navigate('/channels');
  };
  const askToDelete = () => {
    if (webhooks.length > 0) return explainUse(name, webhooks);
    confirm({
      title: `Delete ${name}?`,
      body: 'Its configuration and its secrets are deleted, and deliveries that still wait for it are canceled. Attempts that were made stay in the log. This cannot be undone.',
      action: 'Delete the channel',
      danger: true,
      onConfirm: () => void remove(),
    });
  };
  return { pause, resume, askToDelete, busy: pausing.fetching || resuming.fetching };
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
