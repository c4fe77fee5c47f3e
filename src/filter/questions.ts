/**
 * What the checks of one message ask the DNS. While the message still comes nobody waits for answers; once it is complete all of them
 * together have one deadline. What is not answered by then counts as a name server that does not answer, so that no sender waits longer,
 * no mail is lost for it, and whoever sends slowly makes nothing uncertain.
 */
import { DnsError, type Mx, type Resolver } from "../net/dns.ts";

/** The side of the resolver that the filter sees. */
export type Lookups = Pick<Resolver, "txt" | "mx" | "ptr" | "addressesOf">;

export class Questions implements Lookups {
  readonly #late = Promise.withResolvers<never>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly lookups: Lookups) {
    // Nobody may be waiting when it comes.
    this.#late.promise.catch(() => {});
  }

  /** The message is complete: everything must be answered so many milliseconds from now. */
  hurry(withinMs: number): void {
    const late = new DnsError("temporary", "The name servers took too long");
    this.#timer ??= setTimeout(() => this.#late.reject(late), withinMs);
  }

  /** The text records of a name, each with its strings joined. @throws DnsError */
  txt(name: string): Promise<string[]> {
    return this.#inTime(this.lookups.txt(name));
  }

  /** The mail exchangers of a domain. @throws DnsError */
  mx(name: string): Promise<Mx[]> {
    return this.#inTime(this.lookups.mx(name));
  }

  /** The names an address has in reverse. @throws DnsError temporary */
  ptr(address: string): Promise<string[]> {
    return this.#inTime(this.lookups.ptr(address));
  }

  /** The addresses of one kind that a name has. @throws DnsError */
  addressesOf(name: string, type: "A" | "AAAA"): Promise<string[]> {
    return this.#inTime(this.lookups.addressesOf(name, type));
  }

  /** The message is done with: nothing is waited for any more. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #inTime<T>(answer: Promise<T>): Promise<T> {
    return Promise.race([answer, this.#late.promise]);
  }
}

/** Whether a failed question says that there is no such name, rather than that nobody could say. */
export function isNotFound(error: unknown): boolean {
  return error instanceof DnsError && error.kind === "notFound";
}
