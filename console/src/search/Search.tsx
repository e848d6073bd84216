import { Modal } from '@mantine/core';
import { useHotkeys, useWindowEvent } from '@mantine/hooks';
import { useState } from 'react';
import type { sections } from '../app/pages';
import { SearchPanel } from './SearchPanel';

const asked = 'carillon:search';

/** Opens the search from anywhere. */
export function openSearch() {
  window.dispatchEvent(new Event(asked));
}

/** Ctrl-K: every section, every thing by its name or its id, and what one does most. */
export function Search({ sections: shown }: { sections: typeof sections }) {
  const [opened, setOpened] = useState(false);
  // Each opening begins empty, also while the one before is still fading.
  const [opening, setOpening] = useState(0);
  const close = () => setOpened(false);
  const open = () => {
    setOpened(true);
    setOpening((now) => now + 1);
  };
  useHotkeys([['mod+K', () => (opened ? close() : open())]], [], true);
  useWindowEvent(asked, open);
  return (
    <Modal.Root opened={opened} onClose={close} size={640} yOffset="10dvh" transitionProps={{ duration: 100 }}>
      <Modal.Overlay />
      <Modal.Content aria-label="Search">
        <Modal.Body p={0} pos="relative" mih={120}>
          <SearchPanel key={opening} shown={shown} onDone={close} />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
