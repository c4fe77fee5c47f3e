/**
 * One connection to one directory server: reaching it, protecting it, binding (RFC 4513 §5.1), searching (RFC 4511 §4.5) with pages
 * (RFC 2696). The LDAP library is loaded when the first connection is made. Referrals are never followed.
 */
import { lookup } from "node:dns/promises";
import type { connect as netConnect } from "node:net";
import type { Client, Entry, Filter } from "ldapts";
import { AddressSet, normaliseAddress, parseAddress } from "../../net/access.ts";
import { connect } from "../../net/connect.ts";
import { ConnectFailed, type Connection, DeadlineExceeded, TlsFailed } from "../../net/connection.ts";
import { certificatesIn, type DatabaseProperties } from "./database.ts";
import { describeResult, type LdapResult } from "./results.ts";
import type { ServerPlace } from "./server-url.ts";
import { LdapSocket, requestStartTls, WireError } from "./wire.ts";

/** Nothing can be learned from a server now, or as things are set. */
export class DirectoryAway extends Error {
  override readonly name = "DirectoryAway";
  /** The server answered that there is nothing under the base of the search. */
  readonly noSuchEntry: boolean;

  constructor(
    /** What is wrong, in plain words without a full stop. */
    readonly why: string,
    /** It is not the server that is away: something is set wrongly, and trying another server will not help. */
    readonly misconfigured = false,
    options?: ErrorOptions & { readonly noSuchEntry?: boolean },
  ) {
    super(why, options);
    this.noSuchEntry = options?.noSuchEntry ?? false;
  }
}

/** An entry: attributes by lower-case name. */
export interface LdapEntry {
  readonly dn: string;
  readonly attributes: ReadonlyMap<string, readonly (string | Buffer)[]>;
}

/** One search. */
export interface SearchRequest {
  readonly base: string;
  readonly scope?: "base" | "sub";
  /** RFC 4515. */
  readonly filter: string;
  readonly attributes: readonly string[];
  /** A further condition whose value is octets. */
  readonly and?: { readonly attribute: string; readonly value: string | Buffer };
  /** The attribute that holds octets, if one does. */
  readonly octets?: string;
  /** Entries at most; 0 for no limit. */
  readonly most?: number;
}

const LOOPBACK = new AddressSet(["127.0.0.0/8", "::1"]);

/** What connections of a database have in common. */
export interface LinkOptions {
  readonly properties: DatabaseProperties;
  readonly bindPassword: string;
  readonly isLan: (address: string) => boolean;
}

/** The addresses of a server, in the order the system names them. @throws DirectoryAway */
export async function addressesOf(place: ServerPlace, seconds: number): Promise<string[]> {
  if (parseAddress(place.host) !== undefined) return [place.host];
  try {
    const found = await within(seconds * 1000, lookup(place.host, { all: true }));
    if (found.length > 0) return found.map(({ address }) => normaliseAddress(address));
  } catch (error) {
    if (error instanceof DirectoryAway) throw new DirectoryAway(`looking up the name ${place.host} took too long`);
  }
  throw new DirectoryAway(`there is no address for the name ${place.host}`);
}

/** Connects to a server; nothing is said yet. @throws DirectoryAway */
export async function reach(
  place: ServerPlace,
  addresses: readonly string[],
  { properties }: LinkOptions,
  signal?: AbortSignal,
): Promise<Connection> {
  const timeoutMs = properties.connectSeconds * 1000;
  try {
    const connection = await connect({
      ...{ host: place.host, addresses, port: place.port, timeoutMs, overlapMs: Math.min(1_000, timeoutMs / 2) },
      ...(signal && { signal }),
    });
    connection.deadline(timeoutMs);
    return connection;
  } catch (error) {
    if (!(error instanceof ConnectFailed)) throw error;
    const reasons = error.attempts.map(({ address, reason }) => `${address}: ${reason}`).join("; ");
    throw new DirectoryAway(`port ${place.port} cannot be reached (${reasons})`, false, { cause: error });
  }
}

/** Whether a connection to an address stays without TLS; otherwise servers named ldap:// get STARTTLS. */
function staysPlain(address: string, { plaintext }: DatabaseProperties, isLan: (address: string) => boolean): boolean {
  if (plaintext === "never") return false;
  return LOOPBACK.has(address) || (plaintext === "lan" && isLan(address));
}

/**
 * Protects a connection as it is set, and judges the certificate before anything secret is sent.
 * @throws DirectoryAway
 */
export async function protect(
  connection: Connection,
  place: ServerPlace,
  { properties, isLan }: LinkOptions,
): Promise<void> {
  if (!place.implicitTls) {
    if (staysPlain(connection.remote.address, properties, isLan)) return;
    const code = await answered(requestStartTls(connection));
    if (code !== 0) {
      const why = describeResult({ code, message: "" });
      throw new DirectoryAway(`${place.url} refuses STARTTLS: ${why}; try ldaps://`, true);
    }
  }
  await shakeHands(connection, place, properties);
}

async function shakeHands(connection: Connection, place: ServerPlace, properties: DatabaseProperties): Promise<void> {
  const name = properties.tlsName || place.host;
  const authorities = certificatesIn(properties.certificate);
  try {
    await connection.startTls({
      ...(parseAddress(name) === undefined && { serverName: name }),
      names: [name],
      verify: "none",
      ...(authorities.length > 0 && { authorities }),
    });
  } catch (error) {
    if (!(error instanceof TlsFailed)) throw error;
    throw new DirectoryAway(`TLS with ${place.url} failed: ${error.message}`, false, { cause: error });
  }
  const problem = distrust(connection, properties);
  if (problem === undefined) return;
  throw new DirectoryAway(problem, true);
}

/** Why the certificate of a connection is not trusted; undefined if it is. */
function distrust(connection: Connection, { fingerprints }: DatabaseProperties): string | undefined {
  const { tls } = connection;
  if (fingerprints.length === 0)
    return tls?.verified === true
      ? undefined
      : `the certificate is not trusted: ${tls?.verifyError ?? "there is none"}`;
  const shown = connection.peerCertificate()?.fingerprint256;
  if (shown !== undefined && fingerprints.includes(shown)) return undefined;
  return `the certificate has another fingerprint than set: ${shown ?? "there is none"}`;
}

/** A protected connection on which requests are made, one at a time. */
export class LdapLink {
  /** As whom it was bound last; undefined for nobody. */
  boundAs: string | undefined;

  private constructor(
    private readonly client: Client,
    readonly connection: Connection,
    private readonly library: typeof import("ldapts"),
  ) {}

  /** Reaches a server and protects the connection. @throws DirectoryAway */
  static async open(place: ServerPlace, options: LinkOptions, signal?: AbortSignal): Promise<LdapLink> {
    const addresses = await addressesOf(place, options.properties.connectSeconds);
    const connection = await reach(place, addresses, options, signal);
    try {
      await protect(connection, place, options);
      return await LdapLink.over(connection, options);
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  /** Speaks LDAP over a connection that was reached and protected before. */
  static async over(connection: Connection, { properties }: LinkOptions): Promise<LdapLink> {
    const library = await import("ldapts");
    let socket: LdapSocket | undefined = new LdapSocket(connection);
    // The library would connect again by itself, without what was asked of the first connection.
    const once = () => {
      if (socket === undefined) throw new Error("the connection was closed");
      const given = socket;
      socket = undefined;
      return given;
    };
    connection.deadline(0);
    const client = new library.Client({
      url: "ldap://127.0.0.1",
      timeout: properties.timeoutSeconds * 1000,
      createConnection: once as unknown as typeof netConnect,
    });
    return new LdapLink(client, connection, library);
  }

  get open(): boolean {
    return this.connection.open;
  }

  /**
   * Binds with a name and a password; gives the result if it was refused. An empty password is never sent: servers take that for an
   * anonymous bind, and call it a success (RFC 4513 §5.1.2).
   * @throws DirectoryAway if there was no answer
   */
  async bind(dn: string, password: string): Promise<LdapResult | undefined> {
    if (password === "") return { code: 49, message: "" };
    // The library would take the name of a SASL mechanism for the mechanism.
    if (/^[A-Z0-9-]+$/.test(dn)) return { code: 34, message: "" };
    this.boundAs = undefined;
    try {
      await this.client.bind(dn, password);
      this.boundAs = dn;
      return undefined;
    } catch (error) {
      return resultOf(error);
    }
  }

  /** Searches; the entries may be fewer than there are if `most` is set. @throws DirectoryAway */
  async search(request: SearchRequest): Promise<LdapEntry[]> {
    try {
      const options = { ...this.#options(request), sizeLimit: request.most ?? 0 };
      const { searchEntries } = await this.client.search(request.base, options);
      return searchEntries.map(entryOf);
    } catch (error) {
      throw searchFailure(error, request);
    }
  }

  /** Searches with pages (RFC 2696); a server that does not know them gives everything at once. @throws DirectoryAway */
  async *pages(request: SearchRequest, pageSize: number): AsyncGenerator<LdapEntry[]> {
    try {
      const options = { ...this.#options(request), paged: { pageSize } };
      for await (const { searchEntries } of this.client.searchPaginated(request.base, options))
        yield searchEntries.map(entryOf);
    } catch (error) {
      throw searchFailure(error, request);
    }
  }

  /** Says goodbye and closes. */
  close(): void {
    this.client.unbind().catch(() => undefined);
    this.connection.destroy();
  }

  #options({ scope = "sub", filter, and, attributes, octets }: SearchRequest) {
    return {
      scope,
      filter: this.#filter(filter, and),
      attributes: attributes.length === 0 ? ["1.1"] : [...attributes],
      ...(octets !== undefined && { explicitBufferAttributes: [octets] }),
    };
  }

  #filter(text: string, and: SearchRequest["and"]): Filter {
    const { AndFilter, EqualityFilter, FilterParser } = this.library;
    const filter = parseFilter(FilterParser, text);
    return and === undefined ? filter : new AndFilter({ filters: [filter, new EqualityFilter(and)] });
  }
}

/** Reads a filter; says in plain words what is wrong with it. @throws DirectoryAway */
function parseFilter(parser: typeof import("ldapts")["FilterParser"], text: string): Filter {
  try {
    return parser.parseString(text);
  } catch (error) {
    throw new DirectoryAway(`the filter ${text} cannot be read`, true, { cause: error });
  }
}

/** The result that an exception of the library stands for. @throws DirectoryAway if there was none */
function resultOf(error: unknown): LdapResult {
  if (error instanceof Error && "code" in error && typeof error.code === "number")
    return { code: error.code, message: error.message };
  throw awayFor(error);
}

function searchFailure(error: unknown, { base }: SearchRequest): unknown {
  if (error instanceof DirectoryAway) return error;
  const { code, message } = resultOf(error);
  if (code === 32)
    return new DirectoryAway(`there is no entry "${base}", or it is not shown`, true, { noSuchEntry: true });
  // Busy, unavailable, or out of time: another server may do better. Everything else is how things are set.
  const passing = [1, 3, 11, 51, 52, 80].includes(code);
  return new DirectoryAway(`the search was refused: ${describeResult({ code, message })}`, !passing);
}

/** Waits for an answer on a bare connection. @throws DirectoryAway */
async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw awayFor(error);
  }
}

function awayFor(error: unknown): DirectoryAway {
  if (error instanceof DirectoryAway) return error;
  if (error instanceof DeadlineExceeded || (error instanceof Error && /timed out/.test(error.message)))
    return new DirectoryAway("there was no answer in time", false, { cause: error });
  if (error instanceof WireError) return new DirectoryAway(error.message, false, { cause: error });
  if (error instanceof Error && /does not speak LDAP|malformed|too (?:large|much)/.test(error.message))
    return new DirectoryAway(error.message.replace(/^[^\n]*\n/, ""), false, { cause: error });
  return new DirectoryAway("the connection was closed", false, { cause: error });
}

function entryOf({ dn, ...values }: Entry): LdapEntry {
  const attributes = new Map<string, readonly (string | Buffer)[]>();
  for (const [name, value] of Object.entries(values))
    attributes.set(name.toLowerCase(), Array.isArray(value) ? value : [value]);
  return { dn, attributes };
}

/** What a promise gives, unless it takes too long. @throws DirectoryAway */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DirectoryAway("there was no answer in time")), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
