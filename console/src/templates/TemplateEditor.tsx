import { Alert, Button, Grid, Group, Stack, Text } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useCallback, useMemo, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { TemplatePartName } from '../gql/graphql';
import { useSession } from '../session/SessionProvider';
import { useTenant } from '../session/tenant';
import { Id } from '../parts/Copy';
import { Kind } from '../parts/Kind';
import { Page } from '../parts/Page';
import { When } from '../parts/When';
import type { Draft } from './draft';
import { EditorActions } from './EditorActions';
import type { Mistake } from './editor/mistake';
import { firstLongPart, useTemplateForm } from './form';
import { Head } from './Head';
import { envelope } from './language/envelope';
import { useLeaveGuard } from './leave';
import { Mistakes } from './Mistakes';
import { PartEditors } from './PartEditors';
import { useRendered } from './render';
import { useSample } from './sample';
import { Side } from './Side';
import { together, type Stored } from './store';
import { Used } from './Used';
import { useUses } from './uses';

/** Where a template is written, beside what it makes of an event. */
export function TemplateEditor({ stored: initial, start }: { stored?: Stored; start: Draft }) {
  const session = useSession();
  const readOnly = !session.can('MANAGE') || Boolean(initial?.builtIn);
  const form = useTemplateForm(initial, start, readOnly);
  const { stored, draft, dirty, handles } = form;
  const { tenantId: looked } = useTenant();
  const tenantId = stored?.tenant && session.admin ? stored.tenant.id : stored ? looked : form.owner.tenantId;
  const uses = useUses(tenantId);
  const used = useMemo(() => uses && (stored ? uses.of(stored.id).webhooks.flatMap((one) => one.eventTypes) : []), [uses, stored]);
  const sample = useSample(stored ? used : nothing, tenantId);
  const { event } = sample;
  const root = useMemo(() => event && envelope(draft.kind, event), [draft.kind, event]);
  const rendered = useRendered(draft, sample.source);
  const mistakes = useMemo(() => together(rendered.mistakes, form.refused), [rendered.mistakes, form.refused]);
  const [part, setPart] = useState(firstLongPart(draft.kind));
  const open = draft.kind === 'EMAIL' || part === firstLongPart(draft.kind) ? part : firstLongPart(draft.kind);
  const { save, discard } = form;
  useHotkeys([['mod+S', () => void save()]], []);
  useLeaveGuard(dirty, discard);

  const at = useCallback(
    (mistake: Mistake, act: 'goTo' | 'correct') => {
      // The tab of the part is shown first: what is hidden takes no focus. Nothing waits
      // for a frame, or what is typed at once after the click would go elsewhere.
      if (mistake.part !== 'SUBJECT') flushSync(() => setPart(mistake.part));
      handles.current.get(mistake.part)?.[act](mistake);
    },
    [handles],
  );
  // Fields and functions are written where the cursor was last.
  const written = useRef<TemplatePartName>(open);
  const target = () => handles.current.get(written.current) ?? handles.current.get(open);
  const openPart = (next: TemplatePartName) => {
    written.current = next;
    setPart(next);
  };

  return (
    <Page
      title={stored?.name ?? 'New template'}
      above={[{ label: 'Templates', to: '/templates' }]}
      beside={stored && <Beside stored={stored} dirty={dirty} />}
      actions={<EditorActions form={form} readOnly={readOnly} users={stored && uses?.of(stored.id)} />}
    >
      {form.restored && (
        <Alert color="yellow" mb="md" title="Your changes from before are here">
          <Group justify="space-between">
            <Text size="sm">They are not saved yet.</Text>
            <Button size="compact-sm" variant="default" onClick={discard}>
              Discard them
            </Button>
          </Group>
        </Alert>
      )}
      {stored?.builtIn && (
        <Text size="sm" mb="md">
          {stored.description} It is built in and never changes. Make a copy to change it.
        </Text>
      )}
      {!stored?.builtIn && <Head form={form} readOnly={readOnly} />}
      <Grid gap="lg" mt="md">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack gap="xs">
            <PartEditors draft={draft} onPart={form.changePart} onSave={() => void save()} readOnly={readOnly} root={root} mistakes={mistakes ?? none} handles={handles} open={open} onOpen={openPart} onFocus={(one) => (written.current = one)} />
            <Mistakes mistakes={mistakes} sources={draft.parts} root={root} readOnly={readOnly} onGo={(one) => at(one, 'goTo')} onCorrect={(one) => at(one, 'correct')} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Side kind={draft.kind} sample={sample} rendered={rendered} root={root} onSave={() => void save()} onField={readOnly ? undefined : (field) => target()?.insertField(field)} onCall={readOnly ? undefined : (usage) => target()?.insertCall(usage)} />
        </Grid.Col>
      </Grid>
      {stored && uses && <Used users={uses.of(stored.id)} partial={uses.partial} />}
    </Page>
  );
}

const none: Mistake[] = [];
const nothing: string[] = [];

function Beside({ stored, dirty }: { stored: Stored; dirty: boolean }) {
  return (
    <Group gap="md">
      <Kind kind={stored.kind} />
      <Id id={stored.id} />
      {!stored.builtIn && (
        <Text size="sm" c="dimmed" component="div">
          {dirty ? (
            'Changes not saved'
          ) : (
            <>
              Version {stored.version}, <When at={stored.updatedAt} />
            </>
          )}
        </Text>
      )}
    </Group>
  );
}
