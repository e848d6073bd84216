import { CloseButton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';

/** A text to search by. It is told on once the typing rests. */
export function FindField({ label, value, onChange, width = 240 }: { label: string; value: string; onChange: (text: string) => void; width?: number }) {
  const [text, setText] = useState(value);
  const tell = useDebouncedCallback(onChange, 250);
  // Back, or a link, changes the address under the field.
  useEffect(() => setText((now) => (now.trim() === value ? now : value)), [value]);
  const change = (now: string) => {
    setText(now);
    tell(now.trim());
  };
  return (
    <TextInput
      aria-label={label}
      placeholder={label}
      w={{ base: '100%', xs: width }}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={text && <CloseButton size="sm" aria-label="Clear the search" onClick={() => change('')} />}
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}
