import { Anchor, Code, List, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { ChannelSettingsFragment } from '../gql/graphql';
import { Facts } from '../parts/Facts';
import { batchingWords, limitsWords, orderingWords } from './pace';
import { disableWords, lengthWords, retryWords } from './retry';
import { schemes } from './signing';

type Config = ChannelSettingsFragment['config'];
type Of<Name extends Config['__typename']> = Extract<Config, { __typename: Name }>;

const stars = '********';

/** What the channel is set to, kind by kind; of secrets no more than stars. */
export function ConfigFacts({ channel: { config, template } }: { channel: ChannelSettingsFragment }) {
  const message: [string, ReactNode] = [
    'Template',
    template ? (
      <Anchor key="template" component={Link} to={`/templates/${template.id}`} inherit>
        {template.name}
      </Anchor>
    ) : (
      'Built in'
    ),
  ];
  return <Facts facts={[...factsOf(config), message]} />;
}

function factsOf(config: Config): [string, ReactNode][] {
  switch (config.__typename) {
    case 'HttpConfig':
      return http(config);
    case 'SlackConfig':
      return slack(config);
    case 'EmailConfig':
      return email(config);
    case 'SmsConfig':
      return sms(config);
  }
}

function http({ method, url, timeout, headers, signing }: Of<'HttpConfig'>): [string, ReactNode][] {
  return [
    ['Sends', `${method} ${url}`],
    ['Timeout', lengthWords(timeout)],
    [
      'Headers',
      headers.length > 0 && (
        <List listStyleType="none" size="sm">
          {headers.map(({ name, value }) => (
            <List.Item key={name}>
              <Code>
                {name}: {value ?? stars}
              </Code>
            </List.Item>
          ))}
        </List>
      ),
    ],
    ['Signature', `${schemes[signing.scheme].label}${signing.parameter ? `: ${signing.parameter}` : ''}`],
  ].map(([name, value]) => [name as string, value || null]);
}

function slack({ mode, channel, username, iconEmoji, threadByEntity }: Of<'SlackConfig'>): [string, ReactNode][] {
  return [
    ['Posts by', mode === 'BOT_TOKEN' ? `a bot token, ${stars}` : `an incoming webhook, ${stars}`],
    ['Slack channel', channel],
    ['Shown as', username],
    ['Icon', iconEmoji],
    ['Threads', mode === 'BOT_TOKEN' ? (threadByEntity ? 'One for each entity' : 'None') : null],
  ];
}

const tlsWords = { IMPLICIT: 'TLS from the first byte', STARTTLS: 'STARTTLS', NONE: 'no TLS' };

function email({ smtpServer, tls, username, from, to, cc, bcc, replyTo, listUnsubscribe }: Of<'EmailConfig'>): [string, ReactNode][] {
  return [
    ['SMTP server', smtpServer ? `${smtpServer}${tls ? `, ${tlsWords[tls]}` : ''}` : 'The server-wide one'],
    ['Login', username && `${username}, ${stars}`],
    ['From', from],
    ['To', <Addresses key="to" list={to} />],
    ['Cc', cc.length > 0 && <Addresses key="cc" list={cc} />],
    ['Bcc', bcc.length > 0 && <Addresses key="bcc" list={bcc} />],
    ['Reply to', replyTo],
    ['List-Unsubscribe', listUnsubscribe],
  ].map(([name, value]) => [name as string, value || null]);
}

function sms({ provider, accountId, baseUrl, from, to, maxSegments, awaitReceipt }: Of<'SmsConfig'>): [string, ReactNode][] {
  return [
    ['Provider', provider === 'TWILIO' ? 'Twilio' : 'SMPP'],
    [provider === 'TWILIO' ? 'Account' : 'System id', `${accountId ?? ''}, ${stars}`],
    ['Address', baseUrl],
    ['From', from],
    ['To', <Addresses key="to" list={to} />],
    ['Segments', `At most ${maxSegments}`],
    ['Delivered when', awaitReceipt ? 'the carrier says that the phone has it' : 'the provider takes it'],
  ];
}

function Addresses({ list }: { list: readonly string[] }) {
  return (
    <>
      {list.map((one) => (
        <Text key={one} size="sm">
          {one}
        </Text>
      ))}
    </>
  );
}

/** When and how its messages leave, in words. */
export function PaceFacts({ channel: { kind, retryPolicy, limits, batching, ordering } }: { channel: ChannelSettingsFragment }) {
  const { schedule, jitter, disableAfter, disableAfterFailures } = retryPolicy;
  return (
    <Facts
      facts={[
        ['Retries', `${retryWords(schedule)}.${schedule.length > 0 && jitter > 0 ? ` Each wait is spread by up to ${Math.round(jitter * 1000) / 10} %.` : ''}`],
        ['Disabling', disableWords(disableAfterFailures, disableAfter)],
        ['Limits', limitsWords(limits.rate, limits.concurrency, kind)],
        ['Batching', batchingWords(batching)],
        ['Order', orderingWords(ordering)],
      ]}
    />
  );
}
