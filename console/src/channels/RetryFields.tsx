import { Badge, Group, NumberInput, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Fields } from './form';
import { moments, presetOf, presets, scheduleFault, scheduleOf, scheduleText } from './retry';

/** When a failed delivery is tried again, and when the server gives the channel up. */
export function RetryFields({ draft, change, error }: Fields) {
  const { pace } = draft;
  const schedule = scheduleOf(pace.schedule);
  const fault = scheduleFault(pace.schedule);
  const [custom, setCustom] = useState(() => presetOf(schedule) === 'custom');
  const chosen = custom ? 'custom' : presetOf(schedule);
  return (
    <Stack gap="sm">
      <SegmentedControl
        aria-label="When it is tried again"
        w="fit-content"
        maw="100%"
        data={[...presets.map(({ value, label }) => ({ value, label })), { value: 'custom', label: 'Custom' }]}
        value={chosen}
        onChange={(value) => {
          const preset = presets.find((one) => one.value === value);
          setCustom(!preset);
          if (preset) change('pace', { schedule: scheduleText(preset.schedule) });
        }}
      />
      <Text size="sm" c="dimmed">
        {presets.find(({ value }) => value === chosen)?.says ?? 'The wait before each retry, one after the other.'}
      </Text>
      {custom && (
        <TextInput
          label="Waits"
          description="Such as 10s, 5m, 2h; at most 50 of them, each 30 days at most (720h)."
          value={pace.schedule}
          onChange={(event) => change('pace', { schedule: event.currentTarget.value })}
          error={fault ?? error('retryPolicy.schedule')}
        />
      )}
      {!fault && (
        <Group gap={6} role="list" aria-label="When each attempt is made">
          {moments(schedule).map((moment, place) => (
            <Badge key={place} variant="default" tt="none" fw={500} role="listitem">
              {place + 1} · {moment}
            </Badge>
          ))}
        </Group>
      )}
      <Group align="flex-start" gap="sm">
        <NumberInput
          label="Spread"
          description="Of each wait, so that many do not come back at once."
          suffix=" %"
          flex="1 1 180px"
          min={0}
          max={100}
          clampBehavior="none"
          value={pace.jitter}
          onChange={(jitter) => change('pace', { jitter })}
          error={error('retryPolicy.jitter')}
        />
        <NumberInput
          label="Disable after failed attempts"
          description="In a row. Empty: never."
          flex="1 1 180px"
          min={1}
          clampBehavior="none"
          allowDecimal={false}
          value={pace.disableAfterFailures}
          onChange={(disableAfterFailures) => change('pace', { disableAfterFailures })}
          error={error('retryPolicy.disableAfterFailures')}
        />
        <TextInput
          label="Disable after failing for"
          description="Such as 48h. Empty: never."
          flex="1 1 180px"
          value={pace.disableAfter}
          onChange={(event) => change('pace', { disableAfter: event.currentTarget.value })}
          error={error('retryPolicy.disableAfter')}
        />
      </Group>
    </Stack>
  );
}
