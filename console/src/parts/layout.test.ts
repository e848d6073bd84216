import { expect, test } from 'vitest';
import { layOut } from './layout';

test('JSON is laid out without changing a number, a key or their order', () => {
  const sent = '{"b":1.0,"a":12345678901234567890,"e":[],"o":{},"l":[1,{"x":"a,b:{\\"}"}],"b":2}';
  expect(layOut(sent)).toEqual({
    json: true,
    text: '{\n  "b": 1.0,\n  "a": 12345678901234567890,\n  "e": [],\n  "o": {},\n  "l": [\n    1,\n    {\n      "x": "a,b:{\\"}"\n    }\n  ],\n  "b": 2\n}',
  });
});

test.each(['', 'plain text', '{"cut":', '<p>{}</p>', '12'])('%j stays as it is', (text) => expect(layOut(text)).toEqual({ json: false, text }));
