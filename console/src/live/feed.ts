/** How many rows are kept; the oldest go first. */
export const kept = 2000;

export interface Shown<T> {
  /** Newest first. */
  rows: T[];
  paused: boolean;
  /** How many wait while paused. */
  waiting: number;
  /** How many went by unseen, for the pause lasted longer than there is room for. */
  dropped: number;
}

/**
 * What Live shows: each row once, newest first, in bounded memory. Rows are taken as fast as
 * they come; what is shown changes by flush alone, once for all that came.
 */
export class Feed<T extends { id: string }> {
  private incoming: T[] = []; // oldest first
  private known = new Set<string>();
  private unseen = 0; // what went by since the last flush
  private shown: Shown<T> = { rows: [], paused: false, waiting: 0, dropped: 0 };

  constructor(private readonly limit = kept) {}

  /** Begins anew with what is there already, newest first. A pause stays. */
  reset(rows: T[]) {
    this.incoming = [];
    this.unseen = 0;
    this.known = new Set(rows.map((row) => row.id));
    this.shown = { rows: rows.slice(0, this.limit), paused: this.shown.paused, waiting: 0, dropped: 0 };
  }

  /** Takes the next row; one that is known already is left out. */
  take(row: T) {
    if (this.known.has(row.id)) return;
    this.known.add(row.id);
    this.incoming.push(row);
    // Trimming at twice the limit costs each row the same, however many come.
    if (this.incoming.length >= 2 * this.limit) this.trim();
  }

  pause() {
    this.flush();
    this.shown = { ...this.shown, paused: true, waiting: 0, dropped: 0 };
  }

  resume() {
    this.shown = { ...this.shown, paused: false };
    this.flush();
  }

  /** Shows what came since the last time; while paused, how much it is. The same state where nothing did. */
  flush(): Shown<T> {
    this.trim();
    const { rows, paused, waiting } = this.shown;
    if (paused) {
      if (waiting !== this.incoming.length || this.unseen > 0) this.count();
      return this.shown;
    }
    if (this.incoming.length === 0 && waiting === 0) return this.shown;
    const all = [...this.incoming.reverse(), ...rows];
    for (const row of all.splice(this.limit)) this.known.delete(row.id);
    // A tab in the background drops too, but nobody was promised those.
    this.unseen = 0;
    this.incoming = [];
    this.shown = { ...this.shown, rows: all, waiting: 0 };
    return this.shown;
  }

  state(): Shown<T> {
    return this.shown;
  }

  private trim() {
    const over = this.incoming.length - this.limit;
    if (over <= 0) return;
    for (const row of this.incoming.splice(0, over)) this.known.delete(row.id);
    this.unseen += over;
  }

  private count() {
    this.shown = { ...this.shown, waiting: this.incoming.length, dropped: this.shown.dropped + this.unseen };
    this.unseen = 0;
  }
}
