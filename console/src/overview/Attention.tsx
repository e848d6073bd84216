import { Anchor, Box, Button, Group, Paper, Text, Title } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { useMutation } from 'urql';
import { KindIcon } from '../parts/Kind';
import { done, failed } from '../parts/notify';
import { Status } from '../parts/Status';
import { useSession } from '../session/SessionProvider';
import type { Concern } from './concerns';
import { resumeMutation } from './documents';
import styles from './Overview.module.css';

interface Props {
  /** Undefined while they are on their way. */
  concerns: Concern[] | undefined;
  /** Not all channels were looked at. */
  some: boolean;
  tenants: boolean;
}

const shownAtFirst = 3;

/** The channels that somebody should look at, and what is wrong with each. */
export function Attention({ concerns, some, tenants }: Props) {
  const [all, setAll] = useState(false);
  return (
    <Paper withBorder p="md" component="section" aria-label="Needs attention" pb="xs">
      <Title order={2} size="h4">
        Needs attention{concerns && concerns.length > 0 && ` (${concerns.length})`}
      </Title>
      {some && (
        <Text size="xs" c="dimmed" mt={2}>
          Of more than 200 channels, the first 200, the disabled ones and those that failed last were looked at.
        </Text>
      )}
      {concerns?.length === 0 && (
        <Group gap={8} mt="sm" wrap="nowrap">
          <IconCircleCheck size={20} color="var(--mantine-color-teal-6)" aria-hidden style={{ flex: 'none' }} />
          <Text size="sm">All is well: no channel is disabled, failing, slow or behind.</Text>
        </Group>
      )}
      <ul className={styles.list}>
        {concerns?.slice(0, all ? undefined : shownAtFirst).map((one) => (
          <li key={one.channel.id}>
            <One concern={one} tenants={tenants} />
          </li>
        ))}
      </ul>
      {concerns && concerns.length > shownAtFirst && (
        <Button variant="subtle" size="compact-sm" onClick={() => setAll(!all)}>
          {all ? 'Show fewer' : `Show all ${concerns.length}`}
        </Button>
      )}
    </Paper>
  );
}

function One({ concern: { channel, reasons, resumable, failing }, tenants }: { concern: Concern; tenants: boolean }) {
  const { can } = useSession();
  const [{ fetching }, resume] = useMutation(resumeMutation);
  const onResume = async () => {
    const { error } = await resume({ id: channel.id });
    if (error) return failed(error);
    const { backlog } = channel.health;
    done(`${channel.name} is active again. ${backlog === 0 ? 'Nothing had waited.' : backlog === 1 ? '1 delivery that waited is sent now.' : `${backlog} deliveries that waited are sent now.`}`);
  };
  return (
    <div className={styles.concern}>
      <Box miw={0} flex="1 1 240px">
        <Group gap="4px 10px">
          <Group gap={8} wrap="nowrap">
            <KindIcon kind={channel.kind} />
            <Text inherit component="div" lineClamp={2} title={channel.name} style={{ overflowWrap: 'anywhere' }}>
              <Link to={`/channels/${channel.id}`} className={styles.channel}>
                {channel.name}
              </Link>
            </Text>
          </Group>
          <Text span size="sm">
            <Status value={channel.status} />
          </Text>
          {tenants && (
            <Text span size="sm" c="dimmed">
              {channel.tenant.name}
            </Text>
          )}
        </Group>
        {reasons.map((reason) => (
          <Text key={reason} size="sm" mt={2} style={{ overflowWrap: 'anywhere' }}>
            {reason}
          </Text>
        ))}
      </Box>
      <Group gap="xs" wrap="nowrap" style={{ flex: 'none' }}>
        {(failing || channel.status === 'DISABLED') && (
          <Anchor component={Link} to={`/live?status=FAILED&channel=${channel.id}`} size="sm" aria-label={`Failures of ${channel.name}`}>
            Failures
          </Anchor>
        )}
        {resumable && can('MANAGE') && (
          <Button variant="default" size="compact-md" onClick={onResume} loading={fetching} aria-label={`Resume ${channel.name}`}>
            Resume
          </Button>
        )}
      </Group>
    </div>
  );
}
