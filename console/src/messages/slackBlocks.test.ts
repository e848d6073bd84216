import { expect, test } from 'vitest';
import { readSlack, type SlackContent } from './slackBlocks';

const read = (message: unknown) => readSlack(JSON.stringify(message)) as SlackContent;
const line = (text: string) => ({ kind: 'line', spans: [{ kind: 'text', text }] });

test('blocks of every kind that is drawn', () => {
  const { blocks, text, username } = read({
    text: 'all',
    username: 'Shop',
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: 'Order *1*' } },
      { type: 'section', fields: [{ type: 'mrkdwn', text: '*a*' }], accessory: { type: 'button', text: { type: 'plain_text', text: 'Open' }, style: 'danger', url: 'https://example.com' } },
      { type: 'context', elements: [{ type: 'plain_text', text: 'p' }, { type: 'image', image_url: 'https://example.com/x.png', alt_text: 'a cat' }] },
      { type: 'divider' },
      { type: 'actions', elements: [{ type: 'static_select', placeholder: { type: 'plain_text', text: 'Choose' } }] },
      { type: 'image', image_url: 'https://example.com/x.png', alt_text: 'a dog', title: { type: 'plain_text', text: 'Dog' } },
      { type: 'video' },
    ],
  });
  expect([text, username]).toEqual(['all', 'Shop']);
  expect(blocks).toEqual([
    { kind: 'header', text: 'Order *1*' },
    { kind: 'section', text: [], fields: [[{ kind: 'line', spans: [{ kind: 'bold', spans: [{ kind: 'text', text: 'a' }] }] }]], beside: { kind: 'button', label: 'Open', tone: 'danger' } },
    { kind: 'context', parts: [[line('p')], { kind: 'picture', label: 'a cat' }] },
    { kind: 'divider' },
    { kind: 'actions', controls: [{ kind: 'menu', label: 'Choose' }] },
    { kind: 'image', alt: 'a dog', title: 'Dog' },
    { kind: 'unknown', type: 'video' },
  ]);
  expect(JSON.stringify(blocks)).not.toContain('example.com'); // nothing that could be loaded
});

test('rich text', () => {
  const [rich] = read({
    blocks: [
      {
        type: 'rich_text',
        elements: [
          { type: 'rich_text_section', elements: [{ type: 'text', text: 'x', style: { bold: true } }, { type: 'emoji', name: 'tada' }, { type: 'user', user_id: 'U1' }] },
          { type: 'rich_text_list', style: 'ordered', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'one' }] }] },
          { type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'code' }] },
        ],
      },
    ],
  }).blocks;
  expect(rich).toEqual({
    kind: 'rich',
    rows: [
      { kind: 'line', spans: [{ kind: 'bold', spans: [{ kind: 'text', text: 'x' }] }, { kind: 'text', text: ':tada:' }, { kind: 'mention', text: '@U1' }] },
      { kind: 'line', spans: [{ kind: 'text', text: 'one' }], sign: '1.', indent: 0 },
      { kind: 'code', text: 'code' },
    ],
  });
});

test('a colour of an attachment is a colour or nothing', () => {
  const colors = ['#FF0000', '00ff00', 'good', 'url(https://example.com)', 'red;background:url(x)'].map((color) => ({ color, text: 'x' }));
  expect(read({ attachments: colors }).attachments.map((one) => one.color)).toEqual(['#FF0000', '#00ff00', '#2eb67d', '', '']);
});

test.each(['', 'hello', '{"text":', '[]', 'null', '"text"', '7'])('%j is no message', (source) => expect(typeof readSlack(source)).toBe('string'));

test.each([
  { blocks: 'x' },
  { blocks: [null, 1, [], { type: 7 }, { type: 'section', text: 'bare', fields: {} }, { type: 'context', elements: [null] }, { type: 'actions' }, { type: 'rich_text', elements: [null, { elements: [[]] }] }] },
  { attachments: [null, { fields: [null], blocks: [{}] }] },
  { text: { a: 1 } },
])('%j is read without a fault', (message) => expect(read(message)).toBeTypeOf('object'));

test('a huge message is cut', () => expect(read({ blocks: Array(100_000).fill({ type: 'divider' }) }).blocks).toHaveLength(50));
