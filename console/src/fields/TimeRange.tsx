import { Select, TextInput } from '@mantine/core';
import { localField, moments, ranges, type Range } from './range';

interface Props {
  value: Range;
  onChange: (change: { range: string | null; from: string | null; to: string | null }) => void;
}

/** Which time a list is about: a length until now, or two moments in local time. It stands in a Group of filters. */
export function TimeRange({ value, onChange }: Props) {
  const own = value.range === 'custom' || (!value.range && Boolean(value.from || value.to));
  const field = (name: 'from' | 'to', label: string) => (
    <TextInput
      type="datetime-local"
      aria-label={label}
      w={{ base: 'calc(50% - 5px)', xs: 200 }}
      key={`${name}${value[name] ?? ''}`}
      defaultValue={localField(value[name])}
      onBlur={(event) => {
        const text = event.currentTarget.value;
        if (text !== localField(value[name])) onChange({ range: 'custom', from: value.from ?? null, to: value.to ?? null, [name]: text ? new Date(text).toISOString() : null });
      }}
      error={name === 'to' ? moments({ from: value.from, to: value.to }, 0).problem : undefined}
    />
  );
  return (
    <>
      <Select
        aria-label="Time"
        w={{ base: 'calc(50% - 5px)', xs: 165 }}
        allowDeselect={false}
        value={own ? 'custom' : (value.range ?? '')}
        data={[{ value: '', label: 'Any time' }, ...ranges.map(({ value: range, label }) => ({ value: range as string, label: label as string })), { value: 'custom', label: 'From … to …' }]}
        onChange={(range) => onChange({ range: range || null, from: null, to: null })}
      />
      {own && field('from', 'From')}
      {own && field('to', 'To')}
    </>
  );
}
