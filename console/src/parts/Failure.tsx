import { Alert, Button, Group, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { CombinedError } from 'urql';
import { sentence } from '../api/errors';

/** What went wrong, in place of what was asked for. Nothing without an error. */
export function Failure({ error, onRetry }: { error?: CombinedError | string | null; onRetry?: () => void }) {
  if (!error) return null;
  return (
    <Alert color="red" role="alert" icon={<IconAlertTriangle aria-hidden />} my="sm">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Text size="sm">{typeof error === 'string' ? error : sentence(error)}</Text>
        {onRetry && (
          <Button size="compact-sm" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}
