import { Group, NumberInput, PasswordInput, SegmentedControl, Stack, Switch, TagsInput, TextInput } from '@mantine/core';
import type { SmsProvider } from '../gql/graphql';
import { storedSecret, type Fields } from './form';

export function SmsFields({ draft, change, error, before }: Fields) {
  const { sms } = draft;
  const twilio = sms.provider === 'TWILIO';
  const same = before && before.sms.provider === sms.provider && before.sms.accountId === sms.accountId && before.sms.baseUrl === sms.baseUrl;
  return (
    <Stack>
      <SegmentedControl
        aria-label="Provider"
        w="fit-content"
        data={[
          { value: 'TWILIO', label: 'Twilio' },
          { value: 'SMPP', label: 'SMPP' },
        ]}
        value={sms.provider}
        onChange={(provider) => change('sms', { provider: provider as SmsProvider })}
      />
      <Group align="flex-start" gap="sm">
        <TextInput
          label={twilio ? 'Account SID' : 'System id'}
          required
          flex="1 1 220px"
          placeholder={twilio ? 'AC…' : 'acme'}
          value={sms.accountId}
          onChange={(event) => change('sms', { accountId: event.currentTarget.value })}
          error={error('config.sms.accountId')}
        />
        <PasswordInput
          label={twilio ? 'Auth token' : 'Password'}
          required={!same}
          flex="1 1 220px"
          autoComplete="off"
          placeholder={same ? storedSecret : undefined}
          value={sms.authToken}
          onChange={(event) => change('sms', { authToken: event.currentTarget.value })}
          error={error('config.sms.authToken')}
        />
      </Group>
      <TextInput
        label={twilio ? 'Base address' : 'SMPP server'}
        required={!twilio}
        description={twilio ? 'Only for another provider with the API of Twilio.' : 'smpps:// is with TLS.'}
        placeholder={twilio ? 'https://api.twilio.com' : 'smpps://smsc.example.com:3550'}
        value={sms.baseUrl}
        onChange={(event) => change('sms', { baseUrl: event.currentTarget.value })}
        error={error('config.sms.baseUrl')}
      />
      <TextInput
        label="From"
        required
        description={`A number, a short code, or up to 11 letters and digits${twilio ? '; or a messaging service (MG…)' : ''}.`}
        placeholder="+14155550100"
        value={sms.from}
        onChange={(event) => change('sms', { from: event.currentTarget.value })}
        error={error('config.sms.from')}
      />
      <TagsInput
        label="To"
        required
        description="Numbers with + and the country code, such as +14155550123. Press Enter after each; at most 50."
        placeholder={sms.to.length === 0 ? '+14155550123' : undefined}
        inputMode="tel"
        splitChars={[',', ';']}
        acceptValueOnBlur
        value={sms.to}
        onChange={(to) => change('sms', { to })}
        error={error('config.sms.to')}
      />
      <NumberInput
        label="Segments at most"
        description="A longer text is an error, not a bill. A segment holds 160 characters, or 70 with emoji and many scripts."
        min={1}
        max={10}
        allowDecimal={false}
        maw={420}
        value={sms.maxSegments}
        onChange={(maxSegments) => change('sms', { maxSegments })}
        error={error('config.sms.maxSegments')}
      />
      <Switch
        label="Wait for the delivery receipt"
        description="A message counts as delivered when the carrier says that the phone has it, not when the provider takes it."
        checked={sms.awaitReceipt}
        onChange={(event) => change('sms', { awaitReceipt: event.currentTarget.checked })}
        error={error('config.sms.awaitReceipt')}
      />
    </Stack>
  );
}
