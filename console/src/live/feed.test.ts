import { expect, test } from 'vitest';
import { Feed } from './feed';

const row = (n: number) => ({ id: `att_${n}` });
const ids = (feed: Feed<{ id: string }>) => feed.state().rows.map((one) => Number(one.id.slice(4)));

function setup(limit = 5) {
  const feed = new Feed<{ id: string }>(limit);
  feed.reset([row(2), row(1)]);
  return feed;
}

test('the newest stand on top, each once, and the oldest leave', () => {
  const feed = setup();
  for (const n of [1, 2, 3, 3, 4]) feed.take(row(n));
  expect(ids(feed)).toEqual([2, 1]); // nothing moves before the flush
  feed.flush();
  expect(ids(feed)).toEqual([4, 3, 2, 1]);
  for (const n of [5, 6, 4]) feed.take(row(n));
  feed.flush();
  expect(ids(feed)).toEqual([6, 5, 4, 3, 2]);
});

test('without anything new the state is the same, so that nothing is drawn', () => {
  const feed = setup();
  feed.take(row(3));
  const first = feed.flush();
  expect(feed.flush()).toBe(first);
  feed.pause();
  const paused = feed.flush();
  expect(feed.flush()).toBe(paused);
});

test('a pause counts, and the resumption shows all that waited', () => {
  const feed = setup();
  feed.take(row(3));
  feed.pause();
  expect(ids(feed)).toEqual([3, 2, 1]); // what had come is shown
  for (const n of [4, 5]) feed.take(row(n));
  expect(feed.flush()).toMatchObject({ paused: true, waiting: 2, dropped: 0 });
  expect(ids(feed)).toEqual([3, 2, 1]);
  feed.resume();
  expect(ids(feed)).toEqual([5, 4, 3, 2, 1]);
  expect(feed.state()).toMatchObject({ paused: false, waiting: 0, dropped: 0 });
});

test('a pause that lasts too long says how many it lost, and leaves no hole in the middle', () => {
  const feed = setup();
  feed.pause();
  for (let n = 3; n < 30; n++) {
    feed.take(row(n));
    if (n % 4 === 0) feed.flush();
  }
  expect(feed.flush()).toMatchObject({ waiting: 5, dropped: 22 });
  feed.resume();
  expect(ids(feed)).toEqual([29, 28, 27, 26, 25]);
  expect(feed.state()).toMatchObject({ waiting: 0, dropped: 22 });
  feed.take(row(30));
  feed.pause();
  expect(feed.state().dropped).toBe(0); // the next pause counts anew
});

test('a burst without a flush, as in a hidden tab, stays within bounds and is no loss of a pause', () => {
  const feed = setup();
  for (let n = 3; n < 10_000; n++) feed.take(row(n));
  expect(feed.flush()).toMatchObject({ dropped: 0, waiting: 0 });
  expect(ids(feed)).toEqual([9999, 9998, 9997, 9996, 9995]);
});

test('beginning anew forgets what was known, and stays paused', () => {
  const feed = setup();
  feed.pause();
  feed.take(row(3));
  feed.reset([row(9)]);
  expect(feed.flush()).toMatchObject({ paused: true, waiting: 0 });
  feed.resume();
  feed.take(row(2));
  feed.flush();
  expect(ids(feed)).toEqual([2, 9]);
});
