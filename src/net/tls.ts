/**
 * TLS on Bun sockets, for both sides. Everything Bun offers here beyond its declared types is named in this file
 * and nowhere else: a shared native context instead of a parsed certificate for each connection, the callback for
 * the server name (RFC 6066 §3), and octets read before the upgrade.
 */
import { X509Certificate } from "node:crypto";
import { checkServerIdentity, createSecureContext, type PeerCertificate } from "node:tls";
import type { Socket, SocketHandler } from "bun";
import { daneProblem, type Tlsa } from "./dane.ts";

/** A parsed certificate chain and key, made once and used by every connection. */
export interface TlsContext {
  readonly native: object;
}

/** Chooses the certificate for the name a client asks for; undefined when it names none. */
export type ContextFor = (serverName: string | undefined) => TlsContext;

/** How a client checks whom it talks to. */
export interface ClientTls {
  /** Name sent to the server (SNI); left out for an address. */
  readonly serverName?: string;
  /**
   * "none" takes any certificate (opportunistic, RFC 7435); "name" wants one that a trusted authority made for one
   * of `names`; "dane" one that `tlsa` names (RFC 7672).
   */
  readonly verify: "none" | "name" | "dane";
  /** Usable records of the server's name. */
  readonly tlsa?: readonly Tlsa[];
  /** Names of which the certificate must have one; `serverName` when left out. */
  readonly names?: readonly string[];
  /** Trusted authorities in PEM, instead of the well-known ones. */
  readonly authorities?: readonly string[];
}

/** What was agreed on a secure connection. */
export interface TlsInfo {
  /** "TLSv1.3" or "TLSv1.2". */
  readonly version: string;
  /** The cipher suite in OpenSSL's name. */
  readonly cipher: string;
  /** The name the client asked for, if any. */
  readonly serverName?: string;
  /** The session of an earlier connection was resumed (RFC 8446 §2.2). */
  readonly resumed?: boolean;
  /** Client side: whether the server's certificate was good for the name asked for. */
  readonly verified?: boolean;
  /** Client side: why it was not. */
  readonly verifyError?: string;
}

/** Label of the tls-exporter channel binding (RFC 9266 §2); 32 octets, no context. */
export const CHANNEL_BINDING_LABEL = "EXPORTER-Channel-Binding";

/**
 * Parses a certificate chain and its key.
 * @throws Error when they do not parse or do not belong together
 */
export function tlsContext(pem: { readonly cert: string; readonly key: string }): TlsContext {
  const { context } = createSecureContext({ cert: pem.cert, key: pem.key, minVersion: "TLSv1.2" });
  return { native: context as object };
}

/** Keying material of a finished handshake; declared as giving nothing, gives a Buffer. */
export function exportKeyingMaterial(socket: unknown, label: string, length: number): Uint8Array {
  return (socket as { exportKeyingMaterial(length: number, label: string): Uint8Array }).exportKeyingMaterial(
    length,
    label,
  );
}

/** Handlers of a Bun socket, with the one that asks for the certificate for a server name. */
export type Handlers<Data> = SocketHandler<Data | undefined> & {
  serverName?: (data: Data | undefined, name: string) => object | undefined;
};

interface UpgradeOptions<Data> {
  data: Data;
  isServer: boolean;
  /** Octets that were read before the upgrade and belong to the handshake. */
  initialData?: Uint8Array;
  tls: object;
  socket: Handlers<Data>;
}

interface Upgradable<Data> {
  upgradeTLS(options: UpgradeOptions<Data>): [raw: Socket<Data | undefined>, tls: Socket<Data | undefined>];
}

function upgrade<Data>(socket: Socket<Data | undefined>, options: UpgradeOptions<Data>): Socket<Data | undefined> {
  const [raw, secure] = (socket as unknown as Upgradable<Data>).upgradeTLS(options);
  // The plain socket goes on reporting the encrypted octets; without data its handlers do nothing.
  socket.data = undefined;
  raw.data = undefined;
  return secure;
}

/**
 * Makes a TLS server of an accepted socket; the handlers' `serverName` may choose another certificate. The socket given is dead afterwards, though its handlers still see
 * the encrypted octets go by.
 * @param context the certificate for clients that name no server
 * @param already octets of the handshake that have been read, if any
 */
export function upgradeServer<Data extends object>(
  socket: Socket<Data | undefined>,
  data: Data,
  handlers: Handlers<Data>,
  context: TlsContext,
  already?: Uint8Array,
): Socket<Data | undefined> {
  const options: UpgradeOptions<Data> = {
    data,
    isServer: true,
    tls: { isServer: true, secureContext: context.native },
    socket: handlers,
  };
  if (already && already.length > 0) options.initialData = already;
  return upgrade(socket, options);
}

/** Makes a TLS client of a connected socket; the certificate is judged afterwards by `verifyPeer`. */
export function upgradeClient<Data extends object>(
  socket: Socket<Data | undefined>,
  data: Data,
  handlers: Handlers<Data>,
  tls: ClientTls,
): Socket<Data | undefined> {
  const options: UpgradeOptions<Data> = {
    data,
    isServer: false,
    tls: {
      rejectUnauthorized: false,
      requestCert: true,
      ...(tls.serverName ? { serverName: tls.serverName } : {}),
      ...(tls.authorities ? { ca: [...tls.authorities] } : {}),
    },
    socket: handlers,
  };
  return upgrade(socket, options);
}

interface Handshaken {
  getCipher(): { name: string } | null;
  getTLSVersion(): string;
  getServername(): string | null | undefined | false;
  isSessionReused(): boolean;
}

/** What a finished handshake agreed on; undefined when it failed. */
export function agreed(socket: unknown): TlsInfo | undefined {
  const tls = socket as Handshaken;
  const cipher = tls.getCipher()?.name;
  if (!cipher) return undefined;
  const serverName = tls.getServername();
  return {
    version: tls.getTLSVersion(),
    cipher,
    ...(serverName ? { serverName } : {}),
    ...(tls.isSessionReused() ? { resumed: true } : {}),
  };
}

/** The server's certificate, with the chain it sent; undefined where it sent none. */
export function peerCertificate(socket: unknown): X509Certificate | undefined {
  return (socket as { getPeerX509Certificate(): X509Certificate | undefined }).getPeerX509Certificate();
}

interface Shown extends PeerCertificate {
  readonly issuerCertificate?: Shown;
}

/** Certificates looked at in what a server shows. */
const LONGEST_CHAIN = 10;

/** The certificates that a server showed, its own first. */
function shownBy(socket: unknown): X509Certificate[] {
  const shown: X509Certificate[] = [];
  // The argument says that the others are not wanted.
  let next: Shown | undefined = (socket as { getPeerCertificate(short: boolean): Shown }).getPeerCertificate(false);
  while (next?.raw && shown.length < LONGEST_CHAIN) {
    shown.push(new X509Certificate(next.raw));
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate;
  }
  return shown;
}

/** Only TLS 1.3 has a channel binding here: TLS 1.2 would need the extended master secret, which the socket does not tell. */
export function mayBind({ version }: TlsInfo): boolean {
  return version === "TLSv1.3";
}

/**
 * What a client has agreed on, with how the server's certificate was found; or why it is refused, where it had to be good.
 * @param error what the handshake said about the certificate
 */
export function judge(
  socket: unknown,
  client: ClientTls,
  info: TlsInfo,
  error: Error | null,
): { readonly agreed?: TlsInfo; readonly refused?: string } {
  const problem = peerProblem(socket, client, error);
  if (problem && client.verify !== "none") return { refused: problem };
  return { agreed: { ...info, verified: !problem, ...(problem ? { verifyError: problem } : {}) } };
}

/**
 * Judges the server's certificate after the handshake.
 * @param chainError what the handshake said about the certificate
 * @returns why the certificate is not good for any of the names, or undefined when it is
 */
function peerProblem(socket: unknown, tls: ClientTls, chainError: Error | null): string | undefined {
  if (tls.verify === "dane") return daneProblem(shownBy(socket), tls.tlsa ?? [], tls.names ?? []);
  // The handshake compares with one name of its own choice; only its judgement of the chain counts here.
  if (chainError && (chainError as { code?: string }).code !== "ERR_TLS_CERT_ALTNAME_INVALID")
    return chainError.message;
  const names = tls.names ?? (tls.serverName ? [tls.serverName] : []);
  const certificate = (socket as { getPeerCertificate(): PeerCertificate }).getPeerCertificate();
  let problem: Error | undefined = new Error("no name to compare the certificate with");
  for (const name of names) {
    problem = checkServerIdentity(name, certificate);
    if (!problem) return undefined;
  }
  return problem?.message;
}
