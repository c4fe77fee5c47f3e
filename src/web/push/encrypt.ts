/**
 * Messages for browsers by way of their makers' push services, which must not read them (RFC 8291), and the proof of which server sends them
 * (RFC 8292). Pure, on WebCrypto.
 */

/** What a browser gives to be reached by (Push API, PushSubscription): base64url without padding. */
export interface PushAddress {
  readonly endpoint: string;
  /** Its public key: an uncompressed point on P-256. */
  readonly p256dh: string;
  /** Its authentication secret: 16 octets. */
  readonly auth: string;
}

/** The pair of keys that names this server to push services. */
export interface ServerKeys {
  readonly privateKey: JsonWebKey;
  /** The public one as browsers take it: an uncompressed point in base64url. */
  readonly publicKey: string;
}

const P256 = { name: "ECDH", namedCurve: "P-256" } as const;
const ECDSA = { name: "ECDSA", namedCurve: "P-256" } as const;
/** RFC 8291 §4: one record holds the whole message. */
const RECORD_OCTETS = 4_096;
/** What fits in beside padding, tag and header (RFC 8291 §4, RFC 8188 §2). */
export const MOST_OCTETS = 3_900;
/** How long the proof is good, in seconds (RFC 8292 §2: a day at most). */
const PROOF_SECONDS = 12 * 3_600;

const encode = (octets: ArrayBuffer | Uint8Array): string => Buffer.from(octets as Uint8Array).toString("base64url");
const decode = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, "base64url"));
const utf8 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text));
const joined = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat(parts));

/** A new pair of keys. */
export async function newServerKeys(): Promise<ServerKeys> {
  const pair = await crypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]);
  const publicKey = encode(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { privateKey: await crypto.subtle.exportKey("jwk", pair.privateKey), publicKey };
}

/** Whether a text can be a browser's public key: a point on P-256 in its uncompressed form. */
export async function isPublicKey(text: string): Promise<boolean> {
  if (!/^[\w-]{87}=?$/.test(text)) return false;
  try {
    await crypto.subtle.importKey("raw", decode(text), P256, false, []);
    return true;
  } catch {
    return false;
  }
}

/** For tests alone: what is otherwise chosen by chance. */
export interface Chosen {
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly pair: CryptoKeyPair;
}

/** A message in the form aes128gcm (RFC 8188), which only that browser reads (RFC 8291 §3). @param octets {@link MOST_OCTETS} at most */
export async function encrypted(
  octets: Uint8Array,
  { p256dh, auth }: Pick<PushAddress, "p256dh" | "auth">,
  chosen?: Chosen,
): Promise<Uint8Array<ArrayBuffer>> {
  const { subtle } = crypto;
  const salt = chosen?.salt ?? crypto.getRandomValues(new Uint8Array(16));
  const pair = chosen?.pair ?? (await subtle.generateKey(P256, true, ["deriveBits"]));
  const [theirs, ours] = [decode(p256dh), new Uint8Array(await subtle.exportKey("raw", pair.publicKey))];
  const publicKey = await subtle.importKey("raw", theirs, P256, false, []);
  const shared = await subtle.deriveBits({ name: "ECDH", public: publicKey }, pair.privateKey, 256);
  const info = joined(utf8("WebPush: info\0"), theirs, ours);
  const secret = await derived(new Uint8Array(shared), decode(auth), info, 32);
  const key = await derived(secret, salt, utf8("Content-Encoding: aes128gcm\0"), 16);
  const iv = await derived(secret, salt, utf8("Content-Encoding: nonce\0"), 12);
  const aes = await subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
  // The octet 2 ends the last record (RFC 8188 §2).
  const record = await subtle.encrypt({ name: "AES-GCM", iv }, aes, joined(octets, new Uint8Array([2])));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(RECORD_OCTETS);
  head.writeUInt8(ours.length, 4);
  return joined(salt, head, ours, new Uint8Array(record));
}

/** HKDF with SHA-256 (RFC 5869), one step of each. */
async function derived(
  secret: Uint8Array<ArrayBuffer>,
  salt: Uint8Array<ArrayBuffer>,
  info: Uint8Array<ArrayBuffer>,
  octets: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, key, octets * 8));
}

/**
 * The Authorization field for a push service (RFC 8292 §3).
 * @param contact how the service's people reach whoever runs this server: a mailto: or https: URL
 * @param now epoch milliseconds
 */
export async function vapid(endpoint: string, keys: ServerKeys, contact: string, now: number): Promise<string> {
  const part = (value: object) => encode(utf8(JSON.stringify(value)));
  const claims = { aud: new URL(endpoint).origin, exp: Math.floor(now / 1000) + PROOF_SECONDS, sub: contact };
  const text = `${part({ typ: "JWT", alg: "ES256" })}.${part(claims)}`;
  const key = await crypto.subtle.importKey("jwk", keys.privateKey, ECDSA, false, ["sign"]);
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, utf8(text));
  return `vapid t=${text}.${encode(signature)}, k=${keys.publicKey}`;
}
