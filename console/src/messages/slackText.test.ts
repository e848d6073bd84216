import { expect, test } from 'vitest';
import { plainLines, readMrkdwn, type Span } from './slackText';

const text = (text: string): Span => ({ kind: 'text', text });
const only = (source: string) => {
  const [line, ...rest] = readMrkdwn(source);
  expect(rest).toEqual([]);
  return line && 'spans' in line ? line.spans : line;
};

test('bold, italic, strike and code', () => {
  expect(only('a *b* _c_ ~d~ `e *f*`!')).toEqual([
    text('a '),
    { kind: 'bold', spans: [text('b')] },
    text(' '),
    { kind: 'italic', spans: [text('c')] },
    text(' '),
    { kind: 'strike', spans: [text('d')] },
    text(' '),
    { kind: 'code', text: 'e *f*' },
    text('!'),
  ]);
  expect(only('*_both_*')).toEqual([{ kind: 'bold', spans: [{ kind: 'italic', spans: [text('both')] }] }]);
});

test.each(['2*3*4', 'snake_case_name', '* not bold *', '*open', '**', 'a * b', '5 < 6', ':tada:'])('%j has no marks', (source) => expect(only(source)).toEqual([text(source)]));

test('links, names and moments', () => {
  expect(only('<https://example.com/a?b=1&amp;c=2|the page>')).toEqual([{ kind: 'link', text: 'the page', to: 'https://example.com/a?b=1&c=2' }]);
  expect(only('<https://example.com>')).toEqual([{ kind: 'link', text: 'https://example.com', to: 'https://example.com' }]);
  expect(only('<@U12> <#C3|general> <!here>')).toEqual([{ kind: 'mention', text: '@U12' }, text(' '), { kind: 'mention', text: '#general' }, text(' '), { kind: 'mention', text: '@here' }]);
  expect(only('<!date^1700000000^{date}|14 Nov 2023>')).toEqual([text('14 Nov 2023')]);
});

test('what looks like HTML or a script stays text', () => {
  expect(only('<script>alert(1)')).toEqual([text('<script>'), text('alert(1)')]);
  expect(only('<javascript:alert(1)|click>')).toEqual([text('<javascript:alert(1)|click>')]);
  expect(only('&lt;b&gt; &amp;lt; &quot;')).toEqual([text('<b> &lt; &quot;')]);
});

test('quotes and blocks of code', () => {
  expect(readMrkdwn('one\n&gt; two\n```\n*three*\n```\nfour')).toEqual([
    { kind: 'line', spans: [text('one')] },
    { kind: 'quote', spans: [text('two')] },
    { kind: 'code', text: '*three*' },
    { kind: 'line', spans: [text('four')] },
  ]);
  expect(only('```open')).toEqual([text('```open')]);
});

test('plain text has no markup at all', () => expect(plainLines('*a* <b>')).toEqual([{ kind: 'line', spans: [text('*a* <b>')] }]));

test.each(['*a ', '`', '<', '_*~`', '*', '```', '<@'])('a million times %j does not take long', (source) => {
  const before = performance.now();
  readMrkdwn(source.repeat(1_000_000 / source.length));
  expect(performance.now() - before).toBeLessThan(2000);
});
