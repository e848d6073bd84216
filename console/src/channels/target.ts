import type { ChannelSettingsFragment } from '../gql/graphql';

type Config = Partial<ChannelSettingsFragment['config']> & Pick<ChannelSettingsFragment['config'], '__typename'>;

/** Where a channel sends, in short; never more than the API shows of a secret. */
export function targetOf(config: Config): string {
  switch (config.__typename) {
    case 'HttpConfig':
      return config.url?.replace(/^https:\/\//, '') ?? '';
    case 'SlackConfig':
      return config.channel ?? 'Incoming webhook';
    case 'EmailConfig':
    case 'SmsConfig':
      return first(config.to ?? []);
  }
}

function first(list: readonly string[]): string {
  return list.length > 1 ? `${list[0]} and ${list.length - 1} more` : (list[0] ?? '');
}

/** A share of successes as people read it: never 100 % while something failed. */
export function percent(rate: number): string {
  if (rate > 0.99 && rate < 1) return `${Math.min(99.9, Math.floor(rate * 1000) / 10)} %`;
  if (rate > 0 && rate < 0.01) return '< 1 %';
  return `${Math.round(rate * 100)} %`;
}
