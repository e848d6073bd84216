import type { DeliveryStatus } from '../gql/graphql';

/** Whether it can be sent now, and what that is called. SENT is the provider's, DELIVERING is under way. */
export function retryLabel(status: DeliveryStatus): string | null {
  switch (status) {
    case 'PENDING':
    case 'RETRYING':
      return 'Send now';
    case 'FAILED':
    case 'CANCELED':
      return 'Retry';
    case 'SUCCEEDED':
      return 'Send again';
    default:
      return null;
  }
}

/** Whether it can be called back. */
export function cancelable(status: DeliveryStatus): boolean {
  return status === 'PENDING' || status === 'RETRYING' || status === 'DELIVERING';
}

/** Whether nothing more happens to it by itself. */
export function over(status: DeliveryStatus): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED' || status === 'CANCELED';
}
