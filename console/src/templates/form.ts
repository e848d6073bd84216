import { useCallback, useEffect, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { useMutation } from 'urql';
import { byField } from '../api/errors';
import type { TemplatePartName } from '../gql/graphql';
import { done, failed } from '../parts/notify';
import { useOwner } from '../fields/TenantField';
import { partInputs, partNames, same, sameParts, type Draft, type Parts } from './draft';
import type { EditorHandle } from './editor/Editor';
import type { Mistake } from './editor/mistake';
import { drop, keep, kept } from './kept';
import { createMutation, mistakesOf, updateMutation, type Stored } from './store';

const keptAs = (stored: Stored | undefined) => stored?.id ?? 'new';

/** The state of an editor's page: what the author has, what is saved, and how it gets there. */
export function useTemplateForm(initial: Stored | undefined, start: Draft, readOnly: boolean) {
  const navigate = useNavigate();
  const owner = useOwner();
  const [stored, setStored] = useState(initial);
  const [baseline, setBaseline] = useState(start);
  const [restored, setRestored] = useState(() => restorable(initial, start, readOnly));
  const [draft, setDraft] = useState(restored ?? start);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [refused, setRefused] = useState<Mistake[]>([]);
  const [created, create] = useMutation(createMutation);
  const [updated, update] = useMutation(updateMutation);
  const handles = useRef(new Map<TemplatePartName, EditorHandle>());
  const saving = created.fetching || updated.fetching;
  const dirty = !readOnly && !same(draft, baseline);
  const place = keptAs(stored);

  useEffect(() => {
    if (readOnly) return;
    if (dirty) keep(place, draft);
    else drop(place);
  }, [dirty, draft, place, readOnly]);

  const change = useCallback((part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part })), []);
  const changePart = useCallback((part: TemplatePartName, text: string) => {
    setRefused((before) => (before.length > 0 ? [] : before));
    setDraft((before) => ({ ...before, parts: { ...before.parts, [part]: text } }));
  }, []);

  /** Puts other parts into the editors, as a change that can be undone. */
  const replaceParts = useCallback((parts: Parts) => {
    setDraft((before) => ({ ...before, parts }));
    for (const [part, handle] of handles.current) handle.replace(parts[part] ?? '');
  }, []);

  const discard = () => {
    // At once: the page may be gone before an effect could.
    drop(place);
    setDraft(baseline);
    setRestored(undefined);
    setErrors({});
    setRefused([]);
    for (const [part, handle] of handles.current) handle.replace(baseline.parts[part] ?? '');
  };

  const save = async () => {
    if (readOnly || saving || (stored && !dirty)) return;
    if (!draft.name.trim()) return setErrors({ name: 'Give the template a name' });
    if (!stored && owner.missing) return setErrors({ tenantId: 'Choose whose template it is' });
    const { name, description, kind } = draft;
    const parts = partInputs(draft);
    const { data, error } = stored
      ? await update({ input: { id: stored.id, name, description, ...(!sameParts(draft, baseline) && { parts }) } })
      : await create({ input: { tenantId: owner.tenantId, name, description, kind, parts } });
    if (error) {
      const mistakes = mistakesOf(error);
      const { fields, rest } = byField(error, ['name', 'description', 'tenantId', 'parts']);
      setErrors(fields);
      setRefused(mistakes);
      if (mistakes.length > 0) failed('The template has mistakes. They are listed under the editor.');
      else if (rest || fields.parts) failed(rest || fields.parts || '');
      return;
    }
    const now = data && ('updateTemplate' in data ? data.updateTemplate : data.createTemplate);
    if (!now) return;
    drop(place);
    setErrors({});
    setRefused([]);
    setRestored(undefined);
    // What was typed while it was being saved stays, as a change.
    setBaseline(draft);
    setStored(now);
    done(stored ? (now.version === stored.version ? 'Saved' : `Saved as version ${now.version}`) : 'Saved');
    if (!stored) void navigate({ pathname: `/templates/${now.id}`, search: location.search.replace(/([?&])(kind|from)=[^&]*/g, '$1').replace(/[?&]+$/, '') }, { replace: true });
  };

  return { stored, draft, dirty, saving, errors, refused, restored: restored !== undefined, owner, handles, change, changePart, replaceParts, discard, save };
}

// restorable are changes of before, if they are not what is saved by now.
function restorable(stored: Stored | undefined, start: Draft, readOnly: boolean): Draft | undefined {
  if (readOnly) return undefined;
  const before = kept(keptAs(stored));
  if (!before || same(before, start) || before.kind !== start.kind) return undefined;
  if (!stored && start.name !== '') return undefined; // a copy was asked for
  return before;
}

/** The part whose mistakes an author should see first. */
export function firstLongPart(kind: Draft['kind']): TemplatePartName {
  return partNames(kind).find((name) => name !== 'SUBJECT' && name !== 'CONTENT_TYPE') ?? 'BODY';
}

