/**
 * What was done a moment ago and can be taken back: moves, marks, deletions, whatever offers its reversal. Kept in memory for somewhat
 * longer than the page shows its button; after a restart nothing can be taken back, and nothing is half taken back either.
 */
import { newToken } from "../../auth/tokens.ts";
import { Refusal } from "../../refusal.ts";

/** How a piece of work is taken back. */
export interface Reversal {
  /** Does it, and says in a sentence what was done. @throws Refusal where its doer may no longer */
  readonly reverse: () => Promise<string>;
  /** It is not going to be taken back. */
  readonly settle?: () => Promise<void>;
}

interface Offer extends Reversal {
  readonly user: number;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** The button is there for ten seconds; whoever reads without a script, or is slow to press, has a little more. */
const OFFERED_MS = 30_000;
/** Offers to one user that are kept; the oldest go first. */
const MOST_EACH = 20;

/** Where a reversal is asked for. */
export const undoHref = (token: string): string => `/mail/undo/${token}`;

export class Undo {
  readonly #offers = new Map<string, Offer>();

  /** @param failed hears of what could not be settled */
  constructor(private readonly failed: (fault: unknown) => void) {}

  /** Keeps a reversal for a while; gives its token. */
  offer(user: number, reversal: Reversal): string {
    const token = newToken();
    const timer = setTimeout(() => this.#drop(token), OFFERED_MS);
    timer.unref();
    this.#offers.set(token, { ...reversal, user, timer });
    const mine = [...this.#offers].filter(([, offer]) => offer.user === user);
    for (const [old] of mine.slice(0, Math.max(0, mine.length - MOST_EACH))) this.#drop(old);
    return token;
  }

  /** Takes back what was done; once. @throws Refusal "notFound" where it is too late, or somebody else's */
  async take(user: number, token: string): Promise<string> {
    const offer = this.#offers.get(token);
    if (offer === undefined || offer.user !== user)
      throw new Refusal("notFound", "That can no longer be undone. Look for the messages where they went.");
    clearTimeout(offer.timer);
    this.#offers.delete(token);
    return await offer.reverse();
  }

  #drop(token: string): void {
    const offer = this.#offers.get(token);
    if (offer === undefined) return;
    clearTimeout(offer.timer);
    this.#offers.delete(token);
    offer.settle?.().catch(this.failed);
  }
}
