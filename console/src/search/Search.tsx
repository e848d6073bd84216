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
  const close = () => setOpened(false);
  useHotkeys([['mod+K', () => setOpened(!opened)]], [], true);
  useWindowEvent(asked, () => setOpened(true));
  // Nothing fades in: frames would pass before the field is there, and what is typed meanwhile would be lost.
  return (
    <Modal.Root opened={opened} onClose={close} size={640} yOffset="10dvh" transitionProps={{ duration: 0 }}>
      <Modal.Overlay />
      <Modal.Content aria-label="Search">
        <Modal.Body p={0} pos="relative" mih={120}>
          <SearchPanel shown={shown} onDone={close} />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
