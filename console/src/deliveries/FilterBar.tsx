import { Button, Group, SegmentedControl, Stack } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { FindField } from '../fields/FindField';
import { ChannelSelect, WebhookSelect } from '../fields/ThingSelect';
import { TimeRange } from '../fields/TimeRange';
import { TypeFilter } from '../fields/TypeFilter';
import { statusesOf, viewLabel, views, type Filters } from './filter';
import styles from './deliveries.module.css';

interface Props {
  value: Filters;
  onChange: (change: { [name in keyof Filters]: string | null }) => void;
}

/** Which deliveries the list shows. */
export function FilterBar({ value, onChange }: Props) {
  const statuses = statusesOf(value.statuses);
  const current = statuses.join();
  const known = views.some((one) => one.statuses.join() === current);
  const some = Boolean(value.channelId || value.webhookId || value.eventType || value.eventId || value.range || value.from || value.to);
  return (
    <Stack gap="xs" mb="sm">
      <div className={styles.views}>
        <SegmentedControl
          aria-label="State"
          value={current}
          onChange={(chosen) => onChange({ statuses: chosen || null })}
          data={[...views.map(({ label, statuses: of }) => ({ value: of.join(), label })), ...(known ? [] : [{ value: current, label: viewLabel(statuses) }])]}
        />
      </div>
      <Group gap="xs" align="flex-start">
        <TimeRange value={value} onChange={onChange} />
        <ChannelSelect value={value.channelId} onChange={(channelId) => onChange({ channelId })} />
        <WebhookSelect value={value.webhookId} onChange={(webhookId) => onChange({ webhookId })} />
        <TypeFilter value={value.eventType} onChange={(eventType) => onChange({ eventType })} />
        <FindField label="Event id" value={value.eventId ?? ''} width={180} onChange={(eventId) => onChange({ eventId: eventId || null })} />
        {some && (
          <Button
            variant="subtle"
            color="gray"
            leftSection={<IconX size={14} aria-hidden />}
            onClick={() => onChange({ channelId: null, webhookId: null, eventType: null, eventId: null, range: null, from: null, to: null })}
          >
            Clear
          </Button>
        )}
      </Group>
    </Stack>
  );
}
