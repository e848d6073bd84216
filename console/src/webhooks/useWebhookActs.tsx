import { useNavigate } from 'react-router';
import { useMutation } from 'urql';
import { graphql } from '../gql';
import { confirm } from '../parts/confirm';
import { done, failed } from '../parts/notify';

const pauseMutation = graphql(`
  mutation WebhookPause($id: ID!) {
    pauseWebhook(id: $id) {
      id
      status
    }
  }
`);

const resumeMutation = graphql(`
  mutation WebhookResume($id: ID!) {
    resumeWebhook(id: $id) {
      id
      status
    }
  }
`);

const deleteMutation = graphql(`
  mutation WebhookDelete($id: ID!) {
    deleteWebhook(id: $id)
  }
`);

/** What can be done to a webhook, each told in the end. */
export function useWebhookActs({ id, name }: { id: string; name: string }, changed: () => void) {
  const navigate = useNavigate();
  const [pausing, pauseIt] = useMutation(pauseMutation);
  const [resuming, resumeIt] = useMutation(resumeMutation);
  const [, deleteIt] = useMutation(deleteMutation);

  const pause = async () => {
    const { error } = await pauseIt({ id });
    if (error) return failed(error);
    done('Paused. It still takes events; their deliveries wait until you resume it.');
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
    void navigate('/webhooks');
  };
  const askToDelete = () =>
    confirm({
      title: `Delete ${name}?`,
      body: 'Deliveries that still wait for it, retries among them, are canceled. Its channels stay, and so do the attempts that were made. This cannot be undone.',
      action: 'Delete the webhook',
      danger: true,
      onConfirm: () => void remove(),
    });
  return { pause, resume, askToDelete, busy: pausing.fetching || resuming.fetching };
}
