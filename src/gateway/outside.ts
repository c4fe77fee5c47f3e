/**
 * What this server fetches from the Internet because somebody's mail names it: pictures, and the addresses that end a subscription. Strangers
 * choose these addresses, so the guard is stricter than that of the proxies: nothing but the public Internet, whatever `gateway.reachable`
 * opens for the people of the house, through upstream proxies too, and only ports on which web servers stand.
 */
import { type Posted, TooMuch } from "../net/http/get.ts";
import { Malformed } from "../net/http/malformed.ts";
import { Refusal } from "../refusal.ts";
import { type AddressJudge, Dialler, type DialOptions } from "./dial.ts";
import { fetchThrough } from "./fetch.ts";
import { Guard, type GuardOptions } from "./guard.ts";
import { GateRefusal } from "./visit.ts";

export interface OutsideOptions extends Omit<DialOptions, "guard">, Omit<GuardOptions, "reachable"> {
  /** Networks besides the public Internet; none but in tests. */
  readonly reachable?: readonly string[] | undefined;
}

/** What is wanted from an address. */
export interface Errand {
  readonly accept: string;
  /** Octets that are read at most. */
  readonly most: number;
  readonly onPiece: (piece: Uint8Array) => void | Promise<void>;
  readonly signal: AbortSignal;
  /** What is posted, instead of only asking. */
  readonly post?: Posted;
  /** More fields, `Name: value`. */
  readonly fields?: readonly string[];
}

/** A name that only an upstream proxy knows is none of the Internet's. */
const judge: AddressJudge = (address) =>
  address === null ? new GateRefusal("unresolved", "There is no such host on the Internet.") : undefined;

/** Web servers, and what people put above the reserved ports; nothing of mail, files or shells is asked for pictures. */
const isWebPort = (port: number): boolean => port === 80 || port === 443 || port > 1023;

export class Outside {
  readonly #dialler: Dialler;

  constructor({ reachable = [], ...options }: OutsideOptions) {
    const guard = new Guard({ ...options, reachable: () => reachable });
    // An upstream proxy may stand where it reaches more than the Internet: names are looked up here first, whatever holds for people.
    const upstreamFor: DialOptions["upstreamFor"] = (target) => {
      const upstream = options.upstreamFor(target);
      return upstream && { ...upstream, checkNames: true };
    };
    this.#dialler = new Dialler({ ...options, upstreamFor, guard });
  }

  /**
   * Fetches what is at an address; gives the status of the answer. Nothing is sent along that tells who reads the mail.
   * @throws Refusal "invalid", "temporary", "tooLarge" with a sentence that says what went wrong
   */
  async run(url: string, errand: Errand): Promise<number> {
    try {
      const { status } = await fetchThrough(url, { ...errand, dialler: this.#dialler, ports: isWebPort, judge });
      return status;
    } catch (error) {
      if (error instanceof TooMuch) throw new Refusal("tooLarge", "What is there is too large.");
      if (error instanceof GateRefusal) {
        const sentence = error.kind === "special" ? "That address is not of the public Internet." : error.sentence;
        throw new Refusal("temporary", sentence, { cause: error });
      }
      if (error instanceof Malformed) throw new Refusal("temporary", error.sentence, { cause: error });
      throw error;
    }
  }
}
