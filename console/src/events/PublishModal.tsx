import { Modal } from '@mantine/core';
import { useState } from 'react';
import { Published } from './Published';
import { PublishForm } from './PublishForm';

interface Props {
  opened: boolean;
  /** The type that the form begins with. */
  type: string;
  onPublished: () => void;
  onClose: () => void;
}

/** Asks for an event, publishes it, and shows where it goes. */
export function PublishModal({ opened, type, onPublished, onClose }: Props) {
  const [published, setPublished] = useState<string | null>(null);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      onExitTransitionEnd={() => setPublished(null)}
      title={published ? 'Published' : 'Publish an event'}
      size={760}
      closeButtonProps={{ 'aria-label': 'Close' }}
      styles={{ title: { fontWeight: 600 } }}
    >
      {published ? (
        <Published id={published} onMore={() => setPublished(null)} onClose={onClose} />
      ) : (
        <PublishForm
          type={type}
          onPublished={(id) => {
            setPublished(id);
            onPublished();
          }}
        />
      )}
    </Modal>
  );
}
