import { expect, test } from 'vitest';
import { merge } from './merge';

test('rows take what is known of them, and stay where they are', () => {
  const { rows, unseen } = merge(
    [
      { id: 'c', status: 'old' },
      { id: 'b', status: 'old' },
    ],
    [
      { id: 'e', status: 'new' },
      { id: 'd', status: 'new' },
      { id: 'c', status: 'new' },
      { id: 'a', status: 'new' },
    ],
  );
  expect(rows).toEqual([
    { id: 'c', status: 'new' },
    { id: 'b', status: 'old' },
  ]);
  expect(unseen).toBe(2);
});

test('an empty list has everything before it', () => expect(merge([], [{ id: 'a' }])).toEqual({ rows: [], unseen: 1 }));
