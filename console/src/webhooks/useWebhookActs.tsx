import { useNavigate } from 'react-router';
import { graphql } from '../gql';
import { useAct } from '../parts/act';
import { confirm } from '../parts/confirm';

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
  const [pause, pausing] = useAct(pauseMutation);
  const [resume, resuming] = useAct(resumeMutation);
  const [remove] = useAct(deleteMutation);

  const askToDelete = () =>
    confirm({
      title: `Delete ${name}?`,
      body: 'Deliveries that still wait for it, retries among them, are canceled. Its channels stay, and so do the attempts that were made. This cannot be undone.',
      action: 'Delete the webhook',
      danger: true,
      onConfirm: () => void remove(id, `${name} is deleted.`, () => void navigate('/webhooks')),
    });
  return {
    pause: () => pause(id, 'Paused. It still takes events; their deliveries wait until you resume it.', changed),
    resume: () => resume(id, 'Resumed. What waited is sent now.', changed),
    askToDelete,
    busy: pausing || resuming,
  };
}
