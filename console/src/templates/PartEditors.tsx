import { Badge, Input, Stack, Tabs, TextInput } from '@mantine/core';
import { useMemo, type RefObject } from 'react';
import type { TemplatePartName } from '../gql/graphql';
import { outsideOf, partHint, partLabel, partNames, type Draft } from './draft';
import { Editor, type EditorHandle } from './editor/Editor';
import type { Mistake } from './editor/mistake';

interface Props {
  draft: Draft;
  onPart: (part: TemplatePartName, text: string) => void;
  onSave: () => void;
  readOnly: boolean;
  root: unknown;
  mistakes: Mistake[];
  handles: RefObject<Map<TemplatePartName, EditorHandle>>;
  /** The part whose tab is open. */
  open: TemplatePartName;
  onOpen: (part: TemplatePartName) => void;
  onFocus: (part: TemplatePartName) => void;
}

/** The editors of a template's parts: short ones above, a tab for each long one. */
export function PartEditors({ draft, onPart, onSave, readOnly, root, mistakes, handles, open, onOpen, onFocus }: Props) {
  const { kind, parts } = draft;
  const names = partNames(kind);
  const long = names.filter((name) => name !== 'SUBJECT' && name !== 'CONTENT_TYPE');
  const byPart = useMemo(() => grouped(mistakes), [mistakes]);
  const editor = (part: TemplatePartName, label: string, height?: string) => (
    <Editor
      key={`${kind} ${part}`}
      onFocus={() => onFocus(part)}
      ref={(handle) => {
        if (handle) handles.current.set(part, handle);
        return () => void handles.current.delete(part);
      }}
      label={label}
      value={parts[part] ?? ''}
      onChange={(text) => onPart(part, text)}
      onSave={onSave}
      outside={outsideOf(kind, part, parts)}
      readOnly={readOnly}
      single={part === 'SUBJECT'}
      height={height}
      root={root}
      mistakes={byPart[part]}
    />
  );
  const height = kind === 'EMAIL' || kind === 'HTTP' ? 'clamp(260px, calc(100dvh - 480px), 900px)' : 'clamp(260px, calc(100dvh - 410px), 900px)';
  return (
    <Stack gap="sm">
      {names.includes('CONTENT_TYPE') && (
        <TextInput
          label={partLabel('CONTENT_TYPE')}
          placeholder="application/json"
          description={partHint(kind, 'CONTENT_TYPE')}
          value={parts.CONTENT_TYPE ?? ''}
          onChange={(event) => onPart('CONTENT_TYPE', event.currentTarget.value)}
          readOnly={readOnly}
          error={byPart.CONTENT_TYPE?.map((one) => one.message).join('; ')}
        />
      )}
      {names.includes('SUBJECT') && <Input.Wrapper label="Subject" labelElement="div">{editor('SUBJECT', 'Subject')}</Input.Wrapper>}
      {long.length === 1 ? (
        <Input.Wrapper label={partLabel(long[0]!)} labelElement="div" description={partHint(kind, long[0]!)} styles={{ description: { marginBottom: 6 } }}>
          {editor(long[0]!, partLabel(long[0]!), height)}
        </Input.Wrapper>
      ) : (
        <Tabs value={open} onChange={(part) => onOpen(part as TemplatePartName)} keepMounted>
          <Tabs.List mb="xs">
            {long.map((part) => (
              <Tabs.Tab key={part} value={part} rightSection={<Count n={byPart[part]?.length ?? 0} />}>
                {partLabel(part)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {long.map((part) => (
            <Tabs.Panel key={part} value={part} tabIndex={-1}>
              {editor(part, partLabel(part), height)}
            </Tabs.Panel>
          ))}
        </Tabs>
      )}
    </Stack>
  );
}

function grouped(mistakes: Mistake[]): Partial<Record<TemplatePartName, Mistake[]>> {
  const groups: Partial<Record<TemplatePartName, Mistake[]>> = {};
  for (const one of mistakes) (groups[one.part] ??= []).push(one);
  return groups;
}

function Count({ n }: { n: number }) {
  if (n === 0) return null;
  return (
    <Badge size="sm" color="red.9" circle={n < 10} aria-label={n === 1 ? '1 mistake' : `${n} mistakes`}>
      {n}
    </Badge>
  );
}
