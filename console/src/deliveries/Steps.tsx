import { Anchor, Button, Group, Text, Timeline } from '@mantine/core';
import { IconCheck, IconClock, IconHourglass, IconPlus, IconSend, IconX } from '@tabler/icons-react';
import { useEffect, useState, type ReactNode } from 'react';
import { Link, useLocation } from 'react-router';
import { answered, explained, triggers } from '../attempts/attemptwords';
import { exact, exactMs, milliseconds, span } from '../parts/time';
import { When } from '../parts/When';
import { countdown, type Attempt, type Step } from './steps';
import styles from './deliveries.module.css';

/** A delivery's way so far, the newest first. Each attempt opens beside the page. */
export function Steps({ steps, waitsFor, more, loading }: { steps: Step[]; waitsFor: ReactNode; more?: () => void; loading?: boolean }) {
  return (
    <>
      <Timeline bulletSize={26} lineWidth={2} aria-label="What happened, newest first" role="list">
        {steps.map((step, place) => (
          <Timeline.Item key={step.kind === 'attempt' ? step.attempt.id : step.kind} role="listitem" {...looks(step)} lineVariant={step.kind === 'attempt' || place === steps.length - 1 ? 'solid' : 'dashed'}>
            <Said step={step} waitsFor={waitsFor} />
          </Timeline.Item>
        ))}
      </Timeline>
      {more && (
        <Button variant="default" size="xs" onClick={more} loading={loading} mt="sm">
          Show earlier attempts
        </Button>
      )}
    </>
  );
}

function looks(step: Step): { bullet: ReactNode; color?: string; active?: boolean } {
  switch (step.kind) {
    case 'attempt': {
      const good = step.attempt.status === 'SUCCEEDED';
      return { bullet: good ? <IconCheck size={15} stroke={2.5} aria-hidden /> : <IconX size={15} stroke={2.5} aria-hidden /> };
    }
    case 'next':
    case 'waits':
      return { bullet: <IconClock size={15} aria-hidden /> };
    case 'now':
      return { bullet: <IconSend size={14} aria-hidden /> };
    case 'report':
      return { bullet: <IconHourglass size={14} aria-hidden /> };
    case 'created':
      return { bullet: <IconPlus size={15} aria-hidden /> };
  }
}

function Said({ step, waitsFor }: { step: Step; waitsFor: ReactNode }) {
  switch (step.kind) {
    case 'attempt':
      return <Tried attempt={step.attempt} waited={step.waited} />;
    case 'next':
      return (
        <>
          <Text size="sm" fw={600}>
            Next attempt <Countdown at={step.at} />
          </Text>
          <Text size="xs" c="dimmed">
            {exact(step.at)}
          </Text>
          {waitsFor}
        </>
      );
    case 'waits':
      return (
        <>
          <Text size="sm" fw={600}>
            It waits
          </Text>
          {waitsFor ?? (
            <Text size="xs" c="dimmed">
              For its turn in the channel.
            </Text>
          )}
        </>
      );
    case 'now':
      return (
        <Text size="sm" fw={600}>
          An attempt is under way
        </Text>
      );
    case 'report':
      return (
        <Text size="sm" fw={600}>
          Taken by the provider, whose delivery report is awaited
        </Text>
      );
    case 'created':
      return (
        <>
          <Text size="sm" fw={600}>
            Created
          </Text>
          <Text size="xs" c="dimmed">
            {exactMs(step.at)} · <When at={step.at} />
          </Text>
        </>
      );
  }
}

function Tried({ attempt, waited }: { attempt: Attempt; waited: number | null }) {
  const { search } = useLocation();
  const to = new URLSearchParams(search);
  to.set('attempt', attempt.id);
  const good = attempt.status === 'SUCCEEDED';
  return (
    <>
      <Group gap={6}>
        <Anchor component={Link} to={`?${to}`} size="sm" fw={600}>
          Attempt {attempt.number} {good ? 'succeeded' : 'failed'}
        </Anchor>
        {attempt.trigger !== 'AUTOMATIC' && (
          <Text size="xs" c="dimmed">
            {triggers[attempt.trigger].toLowerCase()}
          </Text>
        )}
      </Group>
      <Text size="xs" c="dimmed">
        {attempt.responseCode !== null && `${answered(attempt.responseCode, attempt.channel.kind)} · `}
        took {span(milliseconds(attempt.latency))} · {exactMs(attempt.startedAt)} · <When at={attempt.startedAt} />
      </Text>
      {attempt.error && (
        <Text size="sm" mt={2} className={styles.told}>
          {explained[attempt.error.code].title}: {attempt.error.message}
        </Text>
      )}
      {waited !== null && waited >= 50 && (
        <Text size="xs" c="dimmed" className={styles.waited}>
          after a wait of {span(waited)}
        </Text>
      )}
    </>
  );
}

function Countdown({ at }: { at: string }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const left = Date.parse(at) - now;
  return <span className={styles.countdown}>{left > 0 ? `in ${countdown(left)}` : 'now, or as soon as there is room'}</span>;
}
