/** The records by which mail programs find their servers, and other servers know the key that this one shows. */
import type { Resolver } from "../../net/dns.ts";
import { type CheckedRecord, checked, seen, unasked, type WantedRecord } from "./record.ts";

/** A port that mail programs use. */
export interface Door {
  /** As RFC 6186 and RFC 8314 name the service: "imaps". */
  readonly service: "imap" | "imaps" | "pop3" | "pop3s" | "submission" | "submissions";
  readonly port: number;
}

const WHAT: Readonly<Record<Door["service"], string>> = {
  imap: "read mail (IMAP with STARTTLS)",
  imaps: "read mail (IMAP over TLS)",
  pop3: "fetch mail (POP3 with STARTTLS)",
  pop3s: "fetch mail (POP3 over TLS)",
  submission: "send mail (with STARTTLS)",
  submissions: "send mail (over TLS)",
};

/** Where mail programs find a service (RFC 6186 §3, RFC 8314 §5.1). */
export async function doorRecord(resolver: Resolver, domain: string, host: string, door: Door): Promise<CheckedRecord> {
  const { service, port } = door;
  const name = `_${service}._tcp.${domain}`;
  const wanted: WantedRecord = {
    ...{ name, type: "SRV", value: `0 1 ${port} ${host}.`, need: "optional" },
    purpose: `Tells mail programs where to ${WHAT[service]}.`,
  };
  const { values, unknown } = await seen(resolver.srv(name));
  if (unknown) return unasked(wanted);
  const found = values.map((one) => `${one.priority} ${one.weight} ${one.port} ${one.target}.`);
  if (values.length === 0)
    return checked(wanted, "missing", "People have to type the server's name into their programs.");
  if (values.some((one) => one.target === host && one.port === port)) {
    return checked(wanted, "right", "Mail programs find this server by themselves.", found);
  }
  return checked(wanted, "wrong", "It leads mail programs to another server, or another port.", found);
}

/**
 * The key that this server shows (DANE, RFC 7672 §3.1.1): worth something only where the zone is signed, and harmful where it is wrong.
 * @param digest SHA-256 of the public key in hexadecimal
 * @returns undefined where it makes no sense
 */
export async function daneRecord(resolver: Resolver, host: string, digest: string): Promise<CheckedRecord | undefined> {
  const name = `_25._tcp.${host}`;
  const wanted: WantedRecord = {
    ...{ name, type: "TLSA", value: `3 1 1 ${digest}`, need: "optional" },
    purpose: "Proves the server's key to those who bring mail (DANE); the zone must be signed with DNSSEC.",
  };
  const [there, signed] = await Promise.all([seen(resolver.tlsa(name)), isSigned(resolver, host)]);
  if (there.values.length > 0) {
    if (there.values.includes(wanted.value))
      return checked(wanted, "right", "It names the key that this server shows.", there.values);
    const sentence =
      "It names another key than this server shows: servers that know DANE bring no mail. Change or remove it.";
    return checked(wanted, "wrong", sentence, there.values);
  }
  if (!signed) return undefined;
  if (there.unknown) return unasked(wanted);
  return checked(wanted, "missing", "The zone is signed with DNSSEC, so the server's key could be proved.");
}

async function isSigned(resolver: Resolver, host: string): Promise<boolean> {
  try {
    return (await resolver.query(host, "A")).authenticated;
  } catch {
    return false;
  }
}
