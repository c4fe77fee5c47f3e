/** Cache-Control and Pragma as values (RFC 9111 §5.2, §5.4). Pure. */
import type { Fields } from "../../../net/http/fields.ts";

/** RFC 9111 §1.2.2: what a number of seconds too large to be kept counts as. */
const FOREVER = 2_147_483_648;

/** One member with the comma or the end behind it: a token, and an argument as token or quoted string. */
const MEMBER = /[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?:=(?:([^\s",;]*)|"((?:[^"\\]|\\.)*)"))?[ \t]*(?:,|$)/y;
const NOTHING = /[ \t]*(?:,|$)/y;

/** The directives of one message. */
export class Directives {
  readonly #arguments = new Map<string, string>();
  /** Directives that stand there twice and differ. */
  readonly #contradicted = new Set<string>();
  /**
   * Whether all of it could be read. What cannot be read could be a restriction: a cache that goes by the rest alone might share what it
   * was told not to.
   */
  readonly sound: boolean;

  /** @param value the field's lines as one list, or undefined where there is no field */
  constructor(value: string | undefined) {
    this.sound = value === undefined || this.#read(value);
  }

  #read(value: string): boolean {
    for (let at = 0; at < value.length; ) {
      NOTHING.lastIndex = at;
      if (NOTHING.test(value)) {
        at = NOTHING.lastIndex;
        continue;
      }
      MEMBER.lastIndex = at;
      const member = MEMBER.exec(value);
      if (member === null) return false;
      at = MEMBER.lastIndex;
      // RFC 9111 §5.2: an argument is understood as token and as quoted string, whichever form its directive asks for.
      this.#add((member[1] as string).toLowerCase(), member[2] ?? member[3]?.replace(/\\(.)/g, "$1") ?? "");
    }
    return true;
  }

  #add(name: string, argument: string): void {
    const before = this.#arguments.get(name);
    if (before !== undefined && before !== argument) this.#contradicted.add(name);
    else this.#arguments.set(name, argument);
  }

  has(name: string): boolean {
    return this.#arguments.has(name);
  }

  /**
   * The seconds of a directive; undefined where it is not there. RFC 9111 §4.2.1: information that is not valid, or contradicts itself, makes
   * a response stale, so it counts as 0.
   */
  seconds(name: string): number | undefined {
    const argument = this.#arguments.get(name);
    if (argument === undefined) return undefined;
    if (this.#contradicted.has(name) || !/^\d+$/.test(argument)) return 0;
    return Math.min(Number(argument), FOREVER);
  }

  /** Whether a directive stands there without an argument, or with one that names nothing: it holds for the whole message. */
  whole(name: string): boolean {
    return this.has(name) && (this.#contradicted.has(name) || this.fields(name).length === 0);
  }

  /** The fields that a directive names, in lower case (RFC 9111 §5.2.2.4, §5.2.2.7). */
  fields(name: string): string[] {
    const argument = this.#arguments.get(name) ?? "";
    return argument
      .split(",")
      .map((field) => field.trim().toLowerCase())
      .filter((field) => field !== "");
  }
}

/** The directives of a response. */
export function responseDirectives(fields: Fields): Directives {
  return new Directives(fields.get("cache-control"));
}

/** The directives of a request; where there are none, Pragma: no-cache means what it means there (RFC 9111 §5.4). */
export function requestDirectives(fields: Fields): Directives {
  const value = fields.get("cache-control");
  if (value === undefined && fields.tokens("pragma").includes("no-cache")) return NO_CACHE;
  return value === undefined ? NONE : new Directives(value);
}

const NONE = new Directives(undefined);
const NO_CACHE = new Directives("no-cache");
