import { Text } from '@mantine/core';
import type { Entry } from './documents';

/** Who acted, in words. */
export function actorWords({ actorKind, actorName, actor }: Pick<Entry, 'actorKind' | 'actorName' | 'actor'>): string {
  switch (actorKind) {
    case 'PORTAL':
      return actor ? `a portal session, made with “${actor.name}”` : 'a portal session';
    case 'KEY':
      return `the key “${actorName}”`;
    case 'SERVER':
      return actorName === 'command line' ? 'the command line' : 'the server at its start';
  }
  return actorName === 'administrator' || actorName === 'administrator session' ? 'an administrator' : `the administrator’s key “${actorName}”`;
}

/** Who acted, in a row of the list. */
export function Who({ entry }: { entry: Entry }) {
  const text = actorWords(entry);
  return (
    <Text size="sm" lineClamp={2} dir="auto" style={{ overflowWrap: 'anywhere' }} title={text}>
      {text}
    </Text>
  );
}
