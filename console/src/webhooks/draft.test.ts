import { expect, test } from 'vitest';
import type { WebhookSettingsFragment } from '../gql/graphql';
import { createInput, draftOf, emptyDraft, placeOf, updateInput } from './draft';

const builtIn = { id: 'tpl_http', name: 'Built in', builtIn: true };
const own = { id: 'tpl_own', name: 'Own', builtIn: false };
const channel = (id: string, template: { id: string } | null) => ({ id, name: id, kind: 'HTTP' as const, status: 'ACTIVE' as const, template });

const stored: WebhookSettingsFragment = {
  id: 'whk_1',
  name: 'contacts',
  description: '',
  eventTypes: ['contact.*'],
  filter: null,
  tenant: { id: 'tnt_1', name: 'Acme' },
  routes: [
    { channel: channel('chn_1', null), template: builtIn },
    { channel: channel('chn_2', { id: 'tpl_own' }), template: own },
    { channel: channel('chn_3', { id: 'tpl_own' }), template: builtIn },
    { channel: channel('chn_4', null), template: own },
  ],
};

test('a route names a template only where it is not what the channel has anyway', () => {
  expect(draftOf(stored).routes.map(({ templateId }) => templateId)).toEqual([null, null, 'tpl_http', 'tpl_own']);
});

test('only what was changed is sent', () => {
  const before = draftOf(stored);
  expect(updateInput('whk_1', before, before)).toEqual({ id: 'whk_1' });
  expect(updateInput('whk_1', { ...before, filter: 'data.x == 1' }, before)).toEqual({ id: 'whk_1', filter: 'data.x == 1' });
  expect(updateInput('whk_1', { ...before, filter: ' \n' }, { ...before, filter: 'true' })).toEqual({ id: 'whk_1', filter: null });
  expect(updateInput('whk_1', { ...before, routes: before.routes.slice(2) }, before).routes).toEqual([
    { channelId: 'chn_3', templateId: 'tpl_http' },
    { channelId: 'chn_4', templateId: 'tpl_own' },
  ]);
});

test('an empty filter is none', () => {
  expect(createInput({ ...emptyDraft(), name: 'a' }, 'tnt_1')).toMatchObject({ tenantId: 'tnt_1', filter: null, routes: [] });
});

test('the place of an error in a filter is found', () => {
  expect(placeOf('Line 2, column 14: "=" is not expected here; write ==')).toEqual({ line: 2, column: 14 });
  expect(placeOf('is empty')).toBeUndefined();
});
