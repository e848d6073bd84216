import type { AttemptStatus, ChannelStatus, DeliveryStatus, WebhookStatus } from '../gql/graphql';
import styles from './Status.module.css';

type Any = AttemptStatus | ChannelStatus | DeliveryStatus | WebhookStatus;

const shown: Record<Any, [label: string, tone: 'good' | 'bad' | 'waiting' | 'moving' | 'still']> = {
  SUCCEEDED: ['Succeeded', 'good'],
  FAILED: ['Failed', 'bad'],
  PENDING: ['Pending', 'still'],
  DELIVERING: ['Delivering', 'moving'],
  RETRYING: ['Retrying', 'waiting'],
  SENT: ['Sent', 'moving'],
  CANCELED: ['Canceled', 'still'],
  ACTIVE: ['Active', 'good'],
  PAUSED: ['Paused', 'waiting'],
  DISABLED: ['Disabled', 'bad'],
};

/** The state of a delivery, an attempt, a channel or a webhook: never by colour alone. */
export function Status({ value }: { value: Any }) {
  const [label, tone] = shown[value];
  return (
    <span className={`${styles.status} ${styles[tone]}`}>
      <span className={styles.dot} aria-hidden />
      {label}
    </span>
  );
}

/** The words of every state, for filters. */
export function statusLabel(value: Any): string {
  return shown[value][0];
}
