import { Anchor, Code, Stack, Text, Textarea } from '@mantine/core';
import { useRef } from 'react';
import { placeOf } from './draft';

/** A condition in CEL, with the place that the server does not understand. */
export function FilterField({ value, onChange, error, tried }: { value: string; onChange: (text: string) => void; error?: string; tried: string }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const place = error ? placeOf(error) : undefined;
  const line = place && tried.split('\n')[place.line - 1];
  const goThere = () => {
    if (!place) return;
    const at = tried.split('\n').slice(0, place.line - 1).reduce((sum, one) => sum + one.length + 1, 0) + place.column - 1;
    field.current?.focus();
    field.current?.setSelectionRange(at, at + 1);
  };
  return (
    <Stack gap={6}>
      <Textarea
        ref={field}
        label="Filter"
        description={
          <>
            Optional. A condition in <Anchor href="https://cel.dev" target="_blank" rel="noreferrer" inherit>CEL</Anchor> over type, version, entityId, tags and data, such as <Code>data.total &gt; 100 && 'vip' in tags</Code>
          </>
        }
        placeholder="Empty: every event of these types"
        autosize
        minRows={2}
        maxRows={12}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        error={error}
      />
      {place && line !== undefined && (
        <div>
          <Code block aria-hidden>
            {line}
            {'\n'}
            {/* A tab before the mark stays one, so that it stands under its character. */}
            {line.slice(0, place.column - 1).replace(/[^\t]/g, ' ')}^
          </Code>
          <Anchor component="button" type="button" size="sm" mt={4} onClick={goThere}>
            Go to line {place.line}, column {place.column}
          </Anchor>
        </div>
      )}
      {!error && value.trim() && (
        <Text size="xs" c="dimmed">
          An event that lacks a field that the filter reads does not match; has(data.total) asks whether it is there.
        </Text>
      )}
    </Stack>
  );
}
