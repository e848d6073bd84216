import { useState } from 'react';
import { useMutation } from 'urql';
import type { DeliveryRowFragment } from '../gql/graphql';
import { confirm } from '../parts/confirm';
import { done, failed } from '../parts/notify';
import { useSession } from '../session/SessionProvider';
import { cancelMutation, retryMutation } from './documents';
import { cancelable, retryLabel } from './states';

type Acted = Pick<DeliveryRowFragment, 'id' | 'status'> & { event: { type: string }; channel: { name: string } };

export interface Acts {
  /** Undefined where it cannot be done, or may not be. */
  retry: (() => void) | undefined;
  retryLabel: string | null;
  cancel: (() => void) | undefined;
  busy: boolean;
}

/** What can be done about a delivery. `after` gets it as it is then. */
export function useActs(after: (delivery: DeliveryRowFragment) => void): (delivery: Acted) => Acts {
  const { can } = useSession();
  const [, retry] = useMutation(retryMutation);
  const [, cancel] = useMutation(cancelMutation);
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  const run = async (id: string, act: () => Promise<{ delivery: DeliveryRowFragment | undefined; error: Parameters<typeof failed>[0] | undefined }>, said: string) => {
    setBusy((now) => new Set(now).add(id));
    const { delivery, error } = await act();
    setBusy((now) => new Set([...now].filter((one) => one !== id)));
    if (error) failed(error);
    if (!delivery) return;
    done(said);
    after(delivery);
  };
  const retryNow = ({ id, event, channel }: Acted) =>
    run(id, () => retry({ id }).then(({ data, error }) => ({ delivery: data?.retryDelivery, error })), `${event.type} is on its way to ${channel.name}.`);
  const cancelNow = ({ id, event, channel }: Acted) =>
    run(id, () => cancel({ id }).then(({ data, error }) => ({ delivery: data?.cancelDelivery, error })), `${event.type} does not go to ${channel.name} any more.`);
  return (delivery) => {
    const label = can('MANAGE') ? retryLabel(delivery.status) : null;
    return {
      busy: busy.has(delivery.id),
      retryLabel: label,
      retry: label === null ? undefined : () => (delivery.status === 'SUCCEEDED' ? askAgain(delivery, () => void retryNow(delivery)) : void retryNow(delivery)),
      cancel: can('MANAGE') && cancelable(delivery.status) ? () => askCancel(delivery, () => void cancelNow(delivery)) : undefined,
    };
  };
}

function askAgain({ event, channel }: Acted, onConfirm: () => void) {
  confirm({
    title: 'Send it again?',
    body: `${channel.name} has taken this ${event.type} already. It gets it once more, with the same webhook-id, so that a receiver that drops doubles drops it.`,
    action: 'Send again',
    onConfirm,
  });
}

function askCancel({ event, channel }: Acted, onConfirm: () => void) {
  confirm({
    title: 'Cancel the delivery?',
    body: `${event.type} is not sent to ${channel.name} any more. What is under way right now may still arrive. You can retry it later.`,
    action: 'Cancel the delivery',
    danger: true,
    onConfirm,
  });
}
