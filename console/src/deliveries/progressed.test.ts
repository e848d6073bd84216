import { expect, test } from 'vitest';
import { progressed } from './progressed';

const at = (done: number, completedAt: string | null = null) => ({ done, completedAt, canceledAt: null });

test('a recovery never goes back', () => {
  expect(progressed(null, at(1))).toEqual(at(1));
  expect(progressed(at(1), at(2))).toEqual(at(2));
  expect(progressed(at(2), at(1))).toEqual(at(2));
  expect(progressed(at(3, 'now'), at(3))).toEqual(at(3, 'now'));
  expect(progressed(at(1), at(3, 'now'))).toEqual(at(3, 'now'));
});
