import { expect, test } from 'vitest';
import { countSegments } from './segments';

// The rows of TestSegments in models/segments_test.go.
test.each([
  ['', 0, 'GSM-7'],
  ['a', 1, 'GSM-7'],
  ['a'.repeat(160), 1, 'GSM-7'],
  ['a'.repeat(161), 2, 'GSM-7'],
  ['a'.repeat(306), 2, 'GSM-7'],
  ['a'.repeat(307), 3, 'GSM-7'],
  ['я'.repeat(70), 1, 'UCS-2'],
  ['я'.repeat(71), 2, 'UCS-2'],
  ['я'.repeat(134), 2, 'UCS-2'],
  ['я'.repeat(135), 3, 'UCS-2'],
  ['€'.repeat(80), 1, 'GSM-7'],
  ['€'.repeat(81), 2, 'GSM-7'],
  ['€'.repeat(153), 3, 'GSM-7'],
  ['^{}[]~\\|€\f'.repeat(8), 1, 'GSM-7'],
  ['^{}[]~\\|€\f'.repeat(8) + 'a', 2, 'GSM-7'],
  ['a'.repeat(152) + '€' + 'a'.repeat(152), 3, 'GSM-7'],
  ['😀'.repeat(35), 1, 'UCS-2'],
  ['😀'.repeat(36), 2, 'UCS-2'],
  ['😀'.repeat(67), 3, 'UCS-2'],
  ['a'.repeat(69) + '😀', 2, 'UCS-2'],
  ['a'.repeat(69) + '`', 1, 'UCS-2'],
  ['\x1b', 1, 'UCS-2'],
  ['@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà', 1, 'GSM-7'],
])('%j', (text, segments, encoding) => expect(countSegments(text)).toMatchObject({ segments, encoding }));

test('what is left, and what costs so much', () => {
  expect(countSegments('a'.repeat(150))).toEqual({ characters: 150, encoding: 'GSM-7', segments: 1, left: 10, odd: null });
  expect(countSegments('a'.repeat(161))).toMatchObject({ segments: 2, left: 145 });
  expect(countSegments('Caf\u00e9 “x”')).toMatchObject({ encoding: 'UCS-2', odd: '“', left: 62 });
});
