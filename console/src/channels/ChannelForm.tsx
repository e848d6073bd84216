import { Button, Fieldset, Group, Paper, SegmentedControl, Stack, TextInput, Title } from '@mantine/core';
import { useEffect, useRef, useState, type ComponentType, type SubmitEvent } from 'react';
import { Link } from 'react-router';
import type { CombinedError } from 'urql';
import { byField } from '../api/errors';
import type { ChannelKind } from '../gql/graphql';
import { Failure } from '../parts/Failure';
import { focusFirstWrong } from '../fields/firstWrong';
import { kindLabel, kinds } from '../parts/Kind';
import { TenantField, type Owner } from '../fields/TenantField';
import type { Draft } from './draft';
import { EmailFields } from './EmailFields';
import type { Fields } from './form';
import { HttpFields } from './HttpFields';
import { PaceFields } from './PaceFields';
import { missing, paths } from './paths';
import { SlackFields } from './SlackFields';
import { SmsFields } from './SmsFields';
import { TemplateSelect } from './TemplateSelect';

const fieldsOf: Record<ChannelKind, ComponentType<Fields>> = { HTTP: HttpFields, SLACK: SlackFields, EMAIL: EmailFields, SMS: SmsFields };

interface Props {
  start: Draft;
  /** The channel as it is stored; undefined for a new one, whose kind can be chosen. */
  before?: Draft;
  owner: Owner;
  cancel: string;
  /** Saves; answers with the error that kept it from that. */
  save: (draft: Draft) => Promise<CombinedError | undefined>;
}

/** The form of a channel of any kind. */
export function ChannelForm({ start, before, owner, cancel, save }: Props) {
  const [draft, setDraft] = useState(start);
  const [wrong, setWrong] = useState<{ fields: Record<string, string>; rest: string }>({ fields: {}, rest: '' });
  const [open, setOpen] = useState<string[]>([]);
  const [saving, setSaving] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (Object.keys(wrong.fields).length > 0) focusFirstWrong(form.current);
  }, [wrong]);

  const refuse = (found: typeof wrong) => {
    setOpen((now) => [...new Set([...now, ...Object.keys(found.fields).map((path) => path.split('.')[0]!)])]);
    setWrong(found);
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const empty = { ...(owner.missing && { tenantId: 'Choose whose channel it is' }), ...missing(draft, before) };
    if (Object.keys(empty).length > 0) return refuse({ fields: empty, rest: '' });
    setSaving(true);
    const error = await save(draft);
    setSaving(false);
    if (error) refuse(byField(error, paths(draft)));
  };
  const fields: Fields = {
    draft,
    before,
    change: (part, values) => setDraft((now) => ({ ...now, [part]: { ...now[part], ...values } })),
    error: (path) => wrong.fields[path],
  };
  const OfKind = fieldsOf[draft.kind];
  return (
    <form ref={form} onSubmit={(event) => void submit(event)} noValidate>
      <Stack maw={820}>
        <TenantField owner={owner} error={wrong.fields.tenantId} />
        {!before && (
          <SegmentedControl
            aria-label="Kind of channel"
            w="fit-content"
            data={kinds.map((kind) => ({ value: kind, label: kindLabel(kind) }))}
            value={draft.kind}
            onChange={(kind) => {
              setDraft({ ...draft, kind: kind as ChannelKind, templateId: null });
              setWrong({ fields: {}, rest: '' });
            }}
          />
        )}
        <TextInput
          label="Name"
          required
          description="How you will find it: the receiver and what it is for."
          value={draft.name}
          onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
          error={wrong.fields.name}
        />
        <OfKind key={draft.kind} {...fields} />
        <Fieldset legend="Message">
          <TemplateSelect
            key={draft.kind}
            kind={draft.kind}
            tenantId={owner.tenantId}
            label="Template"
            description="What its messages look like. A route of a webhook may choose another."
            otherwise="The built-in one, which takes any event"
            value={draft.templateId}
            onChange={(templateId) => setDraft({ ...draft, templateId })}
            error={wrong.fields.templateId}
          />
        </Fieldset>
        <Title order={2} size="h4">
          Delivery
        </Title>
        <PaceFields {...fields} open={open} onOpen={setOpen} />
        <Failure error={wrong.rest} />
        <Paper pos="sticky" bottom={0} py="sm" radius={0} style={{ zIndex: 1, borderTop: '1px solid var(--mantine-color-default-border)' }}>
          <Group>
            <Button type="submit" loading={saving}>
              {before ? 'Save' : 'Create the channel'}
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
