import { graphql } from '../gql';

/** All that can be changed of a channel. */
export const channelSettings = graphql(`
  fragment ChannelSettings on Channel {
    id
    name
    kind
    tenant {
      id
      name
    }
    template {
      id
      name
    }
    config {
      __typename
      ... on HttpConfig {
        url
        method
        headers {
          name
          value
          secret
        }
        timeout
        signing {
          scheme
          parameter
          previousSecretExpiresAt
          publicKey
        }
      }
      ... on SlackConfig {
        mode
        channel
        username
        iconEmoji
        threadByEntity
      }
      ... on EmailConfig {
        smtpServer
        tls
        username
        from
        to
        cc
        bcc
        replyTo
        listUnsubscribe
      }
      ... on SmsConfig {
        provider
        accountId
        baseUrl
        from
        to
        maxSegments
        awaitReceipt
      }
    }
    retryPolicy {
      schedule
      jitter
      disableAfterFailures
      disableAfter
    }
    limits {
      rate
      concurrency
    }
    batching {
      maxEvents
      maxWait
    }
    ordering
  }
`);
