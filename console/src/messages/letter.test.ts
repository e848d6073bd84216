import { expect, test } from 'vitest';
import { readLetter } from './letter';

const mail = (...lines: string[]) => lines.join('\r\n');

test('what an attempt recorded', () => {
  const headers = [
    { name: 'Subject', value: 'Grüße' },
    { name: 'From', value: 'Shop <shop@example.com>' },
    { name: 'To', value: 'ada@example.com' },
  ];
  expect(readLetter('{"subject":"Order 1","text":"plain","html":"<p>rich</p>"}', headers)).toEqual({
    subject: 'Order 1',
    from: 'Shop <shop@example.com>',
    to: 'ada@example.com',
    cc: '',
    text: 'plain',
    html: '<p>rich</p>',
  });
});

test('a message of two parts, encoded in every way', () => {
  const letter = readLetter(
    mail(
      'From: =?utf-8?q?Caf=C3=A9_Z=C3=BCrich?= <shop@example.com>',
      'To: ada@example.com,',
      ' bob@example.com',
      'Subject: =?UTF-8?B?R3LDvMOf?=',
      ' =?UTF-8?B?ZQ==?=',
      'Content-Type: multipart/alternative; boundary="b=1"',
      '',
      'for old readers',
      '--b=1',
      'Content-Type: text/plain; charset=UTF-8',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'Gr=C3=BC=C3=9Fe, a long =',
      'line =3D one',
      '--b=1',
      'Content-Type: text/html; charset=iso-8859-1',
      'Content-Transfer-Encoding: base64',
      '',
      'PHA+R3L832U8L3A+',
      '--b=1--',
      'and nothing more',
    ),
  );
  expect(letter).toEqual({
    subject: 'Grüße',
    from: 'Café Zürich <shop@example.com>',
    to: 'ada@example.com, bob@example.com',
    cc: '',
    text: 'Grüße, a long line = one',
    html: '<p>Grüße</p>',
  });
});

test('an attachment is not the text', () => {
  const letter = readLetter(
    mail('Content-Type: multipart/mixed; boundary=x', '', '--x', 'Content-Type: text/plain', 'Content-Disposition: attachment', '', 'attached', '--x', '', 'the text', '--x--'),
  );
  expect(letter.text).toBe('the text');
});

test.each([
  ['', ''],
  ['just words', 'just words'],
  ['{"cut":', '{"cut":'],
  [mail('Subject: a', '', 'body'), 'body'],
  [mail('Content-Type: multipart/mixed', '', 'no boundary'), ''],
  [mail('Content-Type: multipart/mixed; boundary=x', '', '--x', '--x', '--x'), ''],
  [mail('Content-Type: text/plain; charset=klingon', 'Content-Transfer-Encoding: base64', '', 'aGk='), 'hi'],
  [mail('Content-Transfer-Encoding: base64', '', '%%%'), '%%%'],
  [mail('Content-Transfer-Encoding: quoted-printable', '', '=ZZ=4'), '=ZZ=4'],
])('%j is read without a fault', (source, text) => expect(readLetter(source).text).toBe(text));

test.each([
  ['parts within parts', Array.from({ length: 5000 }, (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`).join('')],
  ['many parts', `Content-Type: multipart/mixed; boundary=x\r\n\r\n${'--x\r\n\r\na\r\n'.repeat(100_000)}`],
  ['a long header', `Subject: ${'=?utf-8?q?'.repeat(100_000)}\r\n\r\nx`],
  ['a million line breaks', '\r\n'.repeat(1_000_000)],
  ['a million spaces', `Subject: a\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${' '.repeat(100_000)}`],
])('%s do not take long', (_, source) => {
  const before = performance.now();
  readLetter(source);
  expect(performance.now() - before).toBeLessThan(3000);
});
