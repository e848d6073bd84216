import { Button, Group, Paper, Stack, Textarea, TextInput } from '@mantine/core';
import { useEffect, useRef, useState, type SubmitEvent } from 'react';
import { Link } from 'react-router';
import type { CombinedError } from 'urql';
import { byField } from '../api/errors';
import { EventTypePicker } from '../fields/EventTypePicker';
import { Failure } from '../parts/Failure';
import { focusFirstWrong } from '../fields/firstWrong';
import { isPattern } from '../fields/pattern';
import { TenantField, type Owner } from '../fields/TenantField';
import type { Draft } from './draft';
import { FilterField } from './FilterField';
import { RouteFields } from './RouteFields';

interface Props {
  start: Draft;
  owner: Owner;
  /** What the chief button says. */
  action: string;
  cancel: string;
  /** Saves; answers with the error that kept it from that. */
  save: (draft: Draft) => Promise<CombinedError | undefined>;
}

export function WebhookForm({ start, owner, action, cancel, save }: Props) {
  const [draft, setDraft] = useState(start);
  const [wrong, setWrong] = useState<{ fields: Record<string, string>; rest: string }>({ fields: {}, rest: '' });
  const [tried, setTried] = useState('');
  const [saving, setSaving] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (Object.keys(wrong.fields).length > 0) focusFirstWrong(form.current);
  }, [wrong]);
  const change = (values: Partial<Draft>) => setDraft((now) => ({ ...now, ...values }));
  const error = (path: string) => wrong.fields[path];

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const empty = missing(draft, owner.missing);
    if (Object.keys(empty).length > 0 || !draft.eventTypes.every(isPattern)) return setWrong({ fields: empty, rest: '' });
    setSaving(true);
    setTried(draft.filter);
    const failure = await save(draft);
    setSaving(false);
    if (failure) setWrong(byField(failure, paths(draft)));
  };
  return (
    <form ref={form} onSubmit={(event) => void submit(event)} noValidate>
      <Stack maw={820}>
        <TenantField
          owner={{
            ...owner,
            choose: (id) => {
              owner.choose(id);
              // Channels of another tenant cannot be routed to.
              change({ routes: draft.routes.map((route) => ({ ...route, channel: null, templateId: null })) });
            },
          }}
          error={error('tenantId')}
        />
        <TextInput label="Name" required value={draft.name} onChange={(event) => change({ name: event.currentTarget.value })} error={error('name')} />
        <Textarea
          label="Description"
          description="Optional. Why it is there, for whoever finds it later."
          autosize
          minRows={1}
          maxRows={6}
          value={draft.description}
          onChange={(event) => change({ description: event.currentTarget.value })}
          error={error('description')}
        />
        <EventTypePicker value={draft.eventTypes} onChange={(eventTypes) => change({ eventTypes })} error={error('eventTypes')} />
        <FilterField value={draft.filter} onChange={(filter) => change({ filter })} error={error('filter')} tried={tried} />
        <RouteFields routes={draft.routes} onChange={(routes) => change({ routes })} tenantId={owner.tenantId} error={error} />
        <Failure error={wrong.rest} />
        <Paper pos="sticky" bottom={0} py="sm" radius={0} style={{ zIndex: 1, borderTop: '1px solid var(--mantine-color-default-border)' }}>
          <Group>
            <Button type="submit" loading={saving}>
              {action}
            </Button>
            <Button component={Link} to={cancel} variant="default">
              Cancel
            </Button>
          </Group>
        </Paper>
      </Stack>
    </form>
  );
}

function paths({ routes }: Draft): string[] {
  return ['tenantId', 'name', 'description', 'eventTypes', 'filter', 'routes', ...routes.flatMap((_, place) => [`routes.${place}.channelId`, `routes.${place}.templateId`])];
}

function missing({ name, eventTypes, routes }: Draft, owner: boolean): Record<string, string> {
  const empty: Record<string, string> = {};
  if (owner) empty.tenantId = 'Choose whose webhook it is';
  if (!name.trim()) empty.name = 'Is needed';
  if (eventTypes.length === 0) empty.eventTypes = 'Choose at least one, or * for every event';
  // Each line stands for a route, so that the server's errors keep their places.
  for (const [place, { channel }] of routes.entries()) if (!channel) empty[`routes.${place}.channelId`] = 'Choose a channel, or remove this line';
  return empty;
}
