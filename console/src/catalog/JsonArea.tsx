import { Textarea } from '@mantine/core';

interface Props {
  label: string;
  description?: string;
  value: string;
  onChange: (text: string) => void;
  error?: string;
  required?: boolean;
}

/** A field for JSON or YAML: as wide as letters of one width, without a spelling check. */
export function JsonArea({ label, description, value, onChange, error, required }: Props) {
  return (
    <Textarea
      label={label}
      description={description}
      required={required}
      autosize
      minRows={6}
      maxRows={18}
      spellCheck={false}
      autoCapitalize="off"
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 'var(--mantine-font-size-xs)', lineHeight: 1.55 } }}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
    />
  );
}
