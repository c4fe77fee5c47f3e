/**
 * The way on after a rule's warning. The page with the warning stands in place of what was asked for, on its host; its form is sent to a
 * path of that host which the proxy keeps for itself and never passes on. So it works however the browser reaches the proxy, without
 * another name or port. The token says that this user, or this guest's address, was shown the warning for this host: pages elsewhere cannot
 * make it up, and a page of the host itself is not fetched before it was used.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Visitor } from "../../gateway/visit.ts";

/** The path that is kept on every host. RFC 8615: under /.well-known/ nobody's own pages are in the way. */
export const GO_ON_PATH = "/.well-known/gatepost-go-on";

/** How long a page may stand open, in milliseconds. */
const GOOD_FOR = 3_600_000;

/** Makes tokens and knows them again, as long as the server runs. */
export class Warnings {
  readonly #secret = randomBytes(32);

  constructor(private readonly now: () => number) {}

  /** A token for a page shown to somebody about a host. */
  token(visitor: Visitor, host: string): string {
    const until = (this.now() + GOOD_FOR).toString(36);
    return `${until}.${this.#sign(visitor, host, until)}`;
  }

  /** Whether a token was made for him and this host, not too long ago. */
  isGood(token: string, visitor: Visitor, host: string): boolean {
    const [until = "", signature = "", ...rest] = token.split(".");
    const expected = Buffer.from(this.#sign(visitor, host, until));
    const given = Buffer.from(signature);
    const same = given.length === expected.length && timingSafeEqual(given, expected);
    return same && rest.length === 0 && Number.parseInt(until, 36) > this.now();
  }

  #sign({ user, remote }: Visitor, host: string, until: string): string {
    const who = user === null ? `guest ${remote}` : `user ${user.id}`;
    return createHmac("sha256", this.#secret).update(`${who}\n${host}\n${until}`).digest("base64url");
  }
}
