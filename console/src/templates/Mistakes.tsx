import { Button, Group, Paper, Stack, Text, UnstyledButton } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { partLabel } from './draft';
import type { Mistake } from './editor/mistake';
import { mend } from './language/near';
import { offsetOf } from './language/place';
import { scopeAt } from './language/scope';
import styles from './Mistakes.module.css';

interface Props {
  /** Undefined while nothing is known yet. */
  mistakes: Mistake[] | undefined;
  sources: Partial<Record<Mistake['part'], string>>;
  root: unknown;
  readOnly: boolean;
  onGo: (mistake: Mistake) => void;
  onCorrect: (mistake: Mistake) => void;
}

/** What keeps the template from being used, in words. A click goes to the place. */
export function Mistakes({ mistakes, sources, root, readOnly, onGo, onCorrect }: Props) {
  if (!mistakes || mistakes.length === 0) {
    return (
      <Group gap={6} mih={34} role="status">
        {mistakes && (
          <>
            <IconCircleCheck size={16} className={styles.good} aria-hidden />
            <Text size="sm">No mistakes with this event.</Text>
            {!readOnly && (
              <Text size="sm" c="dimmed">
                Type <code className={styles.code}>{'{{ .'}</code> for its fields.
              </Text>
            )}
          </>
        )}
      </Group>
    );
  }
  return (
    <Paper withBorder p={6} role="region" aria-label="Mistakes">
      <Stack gap={2} component="ul" className={styles.list}>
        {mistakes.map((one, place) => {
          const near = nearOf(one, sources[one.part] ?? '', root);
          const [told, rest] = one.message.split(/; (.*)/s);
          return (
            <li key={place} className={styles.mistake}>
              <UnstyledButton className={styles.go} onClick={() => onGo(one)}>
                <IconAlertTriangle size={16} className={styles.bad} aria-hidden />
                <Text size="sm" component="span">
                  <Text span inherit fw={600}>
                    {partLabel(one.part)}, line {one.line}, column {one.column}:
                  </Text>{' '}
                  {near ? (
                    <>
                      {told}. Did you mean <code className={styles.code}>{near.right}</code>?{rest && ` ${sentenceCase(rest)}.`}
                    </>
                  ) : (
                    one.message
                  )}
                </Text>
              </UnstyledButton>
              {near && !readOnly && (
                <Button size="compact-sm" variant="default" className={styles.mend} onClick={() => onCorrect(one)}>
                  Write {near.right}
                </Button>
              )}
            </li>
          );
        })}
      </Stack>
    </Paper>
  );
}

function nearOf({ line, column, message }: Mistake, source: string, root: unknown) {
  return mend(message, scopeAt(source, offsetOf(source, line, column), root));
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
