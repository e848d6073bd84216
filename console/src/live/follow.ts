import { CombinedError, stringifyDocument } from 'urql';
import type { Api } from '../api/client';
import { problems } from '../api/errors';
import type { DeliveryAttemptFilter } from '../gql/graphql';
import { liveAttempts, liveAttemptsQuery, liveAnchorQuery, type LiveAttempt } from './documents';

export type Connection = 'starting' | 'live' | 'reconnecting';

export interface Follower {
  /** The list begins (anew) with these, newest first. */
  begin(rows: LiveAttempt[]): void;
  /** One more, in the order of the server's log. */
  next(row: LiveAttempt): void;
  connection(now: Connection): void;
  /** What ends it for good. */
  failed(error: CombinedError): void;
}

type Source = { client: Pick<Api['client'], 'query'>; socket: Pick<Api['socket'], 'subscribe' | 'on'> };

/**
 * Brings the last fifty attempts that the filter takes, and all that follow, without a gap,
 * over lost connections and restarts of the server. Returns what stops it.
 */
export function follow(api: Source, filter: DeliveryAttemptFilter, to: Follower): () => void {
  const follower = new Following(api, filter, to);
  void follower.begin();
  return () => follower.stop();
}

class Following {
  private stopped = false;
  private last: string | undefined; // the attempt behind which to go on
  private empty = false; // there was nothing at all to go on behind
  private failures = 0; // in a row
  private timer: ReturnType<typeof setTimeout> | undefined;
  private unsubscribe = () => {};
  private readonly unlisten: () => void;

  constructor(
    private readonly api: Source,
    private readonly filter: DeliveryAttemptFilter,
    private readonly to: Follower,
  ) {
    this.unlisten = api.socket.on('closed', () => {
      if (!this.stopped && this.last) to.connection('reconnecting');
    });
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    this.unlisten();
    this.unsubscribe();
  }

  // The anchor is read before the rows: whatever is made after it comes by the subscription,
  // and what came by both is left out by its id. It is of any attempt, so that a filter
  // which takes few does not make the server search a long history.
  async begin() {
    this.last = undefined;
    const everything: DeliveryAttemptFilter = { tenantId: this.filter.tenantId, includeTests: true };
    const anchor = await this.api.client.query(liveAnchorQuery, { filter: everything }, { requestPolicy: 'network-only' }).toPromise();
    if (this.stopped) return;
    const shown = await this.api.client.query(liveAttemptsQuery, { filter: this.filter }, { requestPolicy: 'network-only' }).toPromise();
    if (this.stopped) return;
    const error = anchor.error ?? shown.error;
    if (error || !anchor.data || !shown.data) return this.unread(error ?? new CombinedError({}));
    const { nodes } = shown.data.deliveryAttempts;
    if (this.empty) for (const row of nodes.toReversed()) this.to.next(row);
    else this.to.begin(nodes);
    this.last = anchor.data.deliveryAttempts.nodes[0]?.id;
    this.empty = !this.last;
    if (!this.empty) return this.subscribe();
    // Of a server without any attempt there is none to go on behind: look again soon.
    this.to.connection('live');
    this.later(() => void this.begin(), 1000);
  }

  private unread(error: CombinedError) {
    if (problems(error).some((one) => one.code !== 'NETWORK' && one.code !== 'INTERNAL' && one.code !== 'RATE_LIMITED')) {
      return this.to.failed(error);
    }
    this.to.connection('reconnecting');
    this.later(() => void this.begin(), this.pause());
  }

  // The socket connects again by itself, and sends the payload anew. It reads it each time
  // that it does: so the variables name the last attempt seen by then, and reading them
  // tells that the connection stands.
  private subscribe() {
    const following = this;
    const payload = {
      query: stringifyDocument(liveAttempts),
      get variables() {
        following.to.connection('live');
        return { filter: following.filter, after: following.last };
      },
    };
    let over = false;
    const ended = (errors: unknown) => {
      if (over || this.stopped) return;
      over = true;
      this.ended(errors);
    };
    this.unsubscribe = this.api.socket.subscribe<{ deliveryAttempts?: LiveAttempt }>(payload, {
      next: ({ data }) => {
        if (over || this.stopped || !data?.deliveryAttempts) return;
        this.failures = 0;
        this.last = data.deliveryAttempts.id;
        this.to.next(data.deliveryAttempts);
      },
      error: ended,
      complete: () => ended(undefined),
    });
  }

  // A reader that was too slow and a server that stops or fails go on behind the last attempt.
  // Everything else begins anew by HTTP, which tells what is wrong: the key has expired, the
  // last attempt is gone with its tenant, the protocol was not kept.
  private ended(errors: unknown) {
    this.to.connection('reconnecting');
    const [first] = Array.isArray(errors) ? (errors as { extensions?: { code?: string; retryAfter?: number } }[]) : [];
    const code = first?.extensions?.code;
    if (code === 'RATE_LIMITED') return this.later(() => this.subscribe(), (first?.extensions?.retryAfter ?? 1) * 1000);
    if (errors === undefined || code === 'INTERNAL') return this.later(() => this.subscribe(), this.pause());
    this.later(() => void this.begin(), this.pause());
  }

  private pause() {
    return Math.min(10_000, 500 * 2 ** this.failures++);
  }

  private later(act: () => void, ms: number) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => !this.stopped && act(), ms);
  }
}
