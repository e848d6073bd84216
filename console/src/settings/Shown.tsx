import { Alert, Button, CopyButton, Group } from '@mantine/core';
import { IconCheck, IconCopy, IconEyeOff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import styles from './Settings.module.css';

/** A secret that is shown this once, and a button that copies it. */
export function Shown({ secret, label, children }: { secret: string; label: string; children: ReactNode }) {
  return (
    <>
      <Alert icon={<IconEyeOff aria-hidden />} color="yellow" variant="outline" mb="sm">
        {children}
      </Alert>
      <Group gap="xs" wrap="nowrap" align="stretch">
        <code className={styles.secret} aria-label={label}>
          {secret}
        </code>
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button onClick={copy} h="auto" mih={36} leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />} style={{ flex: 'none' }}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </Group>
    </>
  );
}
