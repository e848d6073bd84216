import { expect, test } from 'vitest';
import { cutData } from './cutData';

test('the data come out to the digit', () => expect(cutData('{"data":{"event":{"data":{"id":12345678901234567890,"b":1.0,"a":{}}}}}\n')).toBe('{"id":12345678901234567890,"b":1.0,"a":{}}'));

test.each(['', '{"data":{"event":null}}', '{"errors":[],"data":null}', '{"data":{"event":{"data":1}},"extensions":{}}'])('%s has none', (answer) => expect(cutData(answer)).toBeNull());
