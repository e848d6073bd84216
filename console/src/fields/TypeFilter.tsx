import { Autocomplete } from '@mantine/core';
import { useState } from 'react';
import { useCatalog, useOwnTypes } from './catalog';

/** An event type of the catalog, or one that is typed. It holds once it is chosen or the field is left. */
export function TypeFilter({ value = '', onChange }: { value?: string; onChange: (type: string | null) => void }) {
  const { types } = useCatalog();
  const own = useOwnTypes();
  const [draft, setDraft] = useState<string | null>(null);
  const settle = (text: string) => {
    setDraft(null);
    if (text.trim() !== value) onChange(text.trim() || null);
  };
  return (
    <Autocomplete
      aria-label="Event type"
      placeholder="All event types"
      w={{ base: 'calc(50% - 5px)', xs: 185 }}
      limit={30}
      clearable
      clearButtonProps={{ 'aria-label': 'All event types' }}
      data={[...new Set([...(types ?? []), ...own].map((one) => one.name))]}
      value={draft ?? value}
      onChange={setDraft}
      onOptionSubmit={settle}
      onClear={() => settle('')}
      onBlur={() => settle(draft ?? value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && !event.currentTarget.getAttribute('aria-activedescendant')) settle(draft ?? value);
      }}
    />
  );
}
