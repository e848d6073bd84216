import { Accordion, Group, NumberInput, SegmentedControl, Stack, Switch, Text, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Fields } from './form';
import { batchingWords, limitsWords, orderingWords } from './pace';
import { RetryFields } from './RetryFields';
import { disableWords, retryWords, scheduleFault, scheduleOf } from './retry';

interface Props extends Fields {
  /** Which sections are open. */
  open: string[];
  onOpen: (sections: string[]) => void;
}

/** When and how messages leave: sections that say in a line what holds, until they are opened. */
export function PaceFields({ open, onOpen, ...fields }: Props) {
  const { pace, kind } = fields.draft;
  const failures = pace.disableAfterFailures === '' ? null : Number(pace.disableAfterFailures);
  const retries = scheduleFault(pace.schedule)
    ? 'The schedule has a mistake'
    : `${retryWords(scheduleOf(pace.schedule))}. ${disableWords(failures, pace.disableAfter || null)}.`;
  return (
    <Accordion multiple variant="contained" order={3} value={open} onChange={onOpen}>
      <Section name="retryPolicy" title="Retries" summary={retries}>
        <RetryFields {...fields} />
      </Section>
      <Section name="limits" title="Limits" summary={limitsWords(pace.rate === '' ? null : Number(pace.rate), Number(pace.concurrency || 100), kind)}>
        <LimitFields {...fields} />
      </Section>
      <Section name="batching" title="Batching" summary={batchingWords(pace.batches ? { maxEvents: Number(pace.maxEvents), maxWait: pace.maxWait } : null)}>
        <BatchFields {...fields} />
      </Section>
      <Section name="ordering" title="Order" summary={orderingWords(pace.ordering)}>
        <Stack gap="xs">
          <SegmentedControl
            aria-label="Order"
            w="fit-content"
            data={[
              { value: 'NONE', label: 'As fast as possible' },
              { value: 'PER_ENTITY', label: 'In order for each entity' },
            ]}
            value={pace.ordering}
            onChange={(ordering) => fields.change('pace', { ordering: ordering as typeof pace.ordering })}
          />
          <Text size="sm" c="dimmed">
            In order: events of one entity id arrive as they were published. One that fails holds back those behind it until it is delivered or given up.
          </Text>
        </Stack>
      </Section>
    </Accordion>
  );
}

function Section({ name, title, summary, children }: { name: string; title: string; summary: string; children: ReactNode }) {
  return (
    <Accordion.Item value={name}>
      <Accordion.Control>
        <Text span fw={600} size="sm" display="block">
          {title}
        </Text>
        <Text span size="sm" c="dimmed" display="block">
          {summary}
        </Text>
      </Accordion.Control>
      <Accordion.Panel>{children}</Accordion.Panel>
    </Accordion.Item>
  );
}

function LimitFields({ draft, change, error }: Fields) {
  const { pace, kind } = draft;
  return (
    <Group align="flex-start" gap="sm">
      <NumberInput
        label="Messages a second"
        description={kind === 'SLACK' ? 'Empty: 1, which is what Slack takes.' : 'Empty: as many as there are.'}
        flex="1 1 200px"
        min={0.001}
        max={100_000}
        clampBehavior="none"
        value={pace.rate}
        onChange={(rate) => change('pace', { rate })}
        error={error('limits.rate')}
      />
      <NumberInput
        label="Messages under way at once"
        description="On all nodes together. Empty: 100."
        flex="1 1 200px"
        min={1}
        max={10_000}
        clampBehavior="none"
        allowDecimal={false}
        value={pace.concurrency}
        onChange={(concurrency) => change('pace', { concurrency })}
        error={error('limits.concurrency')}
      />
    </Group>
  );
}

function BatchFields({ draft, change, error }: Fields) {
  const { pace } = draft;
  return (
    <Stack gap="sm">
      <Switch label="Send several events in one message" checked={pace.batches} onChange={(event) => change('pace', { batches: event.currentTarget.checked })} />
      {pace.batches && (
        <Group align="flex-start" gap="sm">
          <NumberInput
            label="Events in a message at most"
            description="More of them go into the next message."
            flex="1 1 200px"
            min={1}
            max={1000}
            clampBehavior="none"
            allowDecimal={false}
            value={pace.maxEvents}
            onChange={(maxEvents) => change('pace', { maxEvents })}
            error={error('batching.maxEvents')}
          />
          <TextInput
            label="Waits at most"
            description="For more events, from the oldest: 10s, 5m."
            flex="1 1 200px"
            value={pace.maxWait}
            onChange={(event) => change('pace', { maxWait: event.currentTarget.value })}
            error={error('batching.maxWait')}
          />
        </Group>
      )}
    </Stack>
  );
}
