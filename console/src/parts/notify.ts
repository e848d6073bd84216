import { notifications } from '@mantine/notifications';
import type { CombinedError } from 'urql';
import { sentence } from '../api/errors';

const closeButtonProps = { 'aria-label': 'Close' };

/** Says that something was done. */
export function done(message: string) {
  notifications.show({ message, color: 'teal', autoClose: 4000, closeButtonProps });
}

/** Says what failed; stays until it is read. */
export function failed(error: CombinedError | string) {
  notifications.show({ title: 'That did not work', message: typeof error === 'string' ? error : sentence(error), color: 'red', autoClose: 15_000, closeButtonProps });
}
