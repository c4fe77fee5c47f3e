/** The records by which mail comes to a domain and is believed to come from it. */
import type { ReportKind } from "../../directory/resolve.ts";
import type { Resolver } from "../../net/dns.ts";
import { reverseName } from "../../net/dns.ts";
import { isDmarcRecord, parseDmarcRecord } from "../authentication/dmarc-record.ts";
import { aligned } from "../authentication/organization.ts";
import { checkSpf } from "../authentication/spf.ts";
import { type DkimKey, recordName, recordText } from "../keys/keys.ts";
import { type CheckedRecord, checked, seen, unasked, type WantedRecord } from "./record.ts";

/** What the records of a domain depend on. */
export interface Situation {
  readonly resolver: Resolver;
  /** The domain or one of its further names, in lower-case A-labels. */
  readonly domain: string;
  /** The name of this server. */
  readonly host: string;
  /** The addresses at which the world reaches it, as far as they are known. */
  readonly addresses: readonly string[];
  /** An address of a private network. */
  readonly isPrivate: (address: string) => boolean;
  /** Mail leaves through other servers. */
  readonly relays: readonly string[];
  readonly spfTerms: readonly string[];
  /** Where others send what they report of the domain. */
  readonly reportsTo: Readonly<Record<ReportKind, string>>;
  readonly keys: readonly DkimKey[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Where mail for the domain goes (RFC 5321 §5.1). */
export async function mxRecord({ resolver, domain, host }: Situation): Promise<CheckedRecord> {
  const wanted: WantedRecord = {
    ...{ name: domain, type: "MX", value: `10 ${host}.`, need: "needed" },
    purpose: "Tells other servers where mail for the domain goes.",
  };
  const { values, unknown } = await seen(resolver.mx(domain));
  if (unknown) return unasked(wanted);
  const found = values.map((one) => `${one.preference} ${one.exchange}.`);
  if (values.length === 0)
    return checked(wanted, "missing", "Nobody outside knows where to bring mail for this domain.");
  if (!values.some((one) => one.exchange === host)) {
    const others = values.map((one) => one.exchange || "nobody").join(", ");
    return checked(wanted, "wrong", `Mail for this domain goes to ${others}, and not to this server.`, found);
  }
  const alias = await seen(resolver.query(host, "CNAME").then((answer) => answer.records));
  if (alias.values.length > 0) {
    return checked(
      wanted,
      "wrong",
      `${host} is only an alias (CNAME), which an MX record may not name (RFC 2181 §10.3).`,
      found,
    );
  }
  const [best] = values;
  const first =
    best?.exchange === host ? "Mail comes to this server." : `Mail goes to ${best?.exchange} first, then here.`;
  return checked(wanted, "right", first, found);
}

/** Where this server is: one record for each address. */
export async function hostRecords({ resolver, host, addresses, isPrivate }: Situation): Promise<CheckedRecord[]> {
  const there = await seen(resolver.addresses(host));
  const wantedFor = (address: string): WantedRecord => ({
    ...{ name: host, type: address.includes(":") ? "AAAA" : "A", value: address, need: "needed" },
    purpose: "Tells where this server is.",
  });
  if (there.unknown) return [unasked(wantedFor(addresses[0] ?? ""))];
  const judge = (address: string): CheckedRecord => {
    const found = [address];
    if (isPrivate(address)) {
      const sentence =
        "This is an address of a private network, which nobody outside can reach. Put the public one here.";
      return checked({ ...wantedFor(address), value: "" }, "wrong", sentence, found);
    }
    if (addresses.length > 0 && !addresses.includes(address)) {
      const sentence = `This server is known by ${addresses.join(", ")}. If this address is right, add it in the settings.`;
      return checked({ ...wantedFor(address), value: "" }, "wrong", sentence, found);
    }
    return checked(wantedFor(address), "right", "The name of this server leads here.", found);
  };
  const found = there.values.map(judge);
  const missing = addresses
    .filter((address) => !there.values.includes(address))
    .map((address) => checked(wantedFor(address), "missing", `Nobody outside finds this server at ${address}.`));
  if (found.length + missing.length > 0) return [...found, ...missing];
  const sentence = "The name of this server leads nowhere. Put the public address of your connection here.";
  return [checked(wantedFor(""), "missing", sentence)];
}

/** The names of this server's addresses in reverse, which only whoever gave the addresses can set. */
export async function reverseRecords({ resolver, host, addresses, isPrivate }: Situation): Promise<CheckedRecord[]> {
  const there = await seen(resolver.addresses(host));
  const all = [...new Set([...there.values, ...addresses])].filter((address) => !isPrivate(address));
  return await Promise.all(
    all.map(async (address) => {
      const wanted: WantedRecord = {
        ...{ name: reverseName(address), type: "PTR", value: `${host}.`, need: "needed" },
        purpose: `Names ${address}; large providers take no mail from an address without a name.`,
      };
      const { values, unknown } = await seen(resolver.ptr(address));
      if (unknown) return unasked(wanted);
      const found = values.map((name) => `${name}.`);
      if (values.includes(host)) return checked(wanted, "right", `${address} is called ${host}.`, found);
      const ask = "Ask whoever gave you the address (your internet or hosting provider) to set it.";
      if (values.length === 0) return checked(wanted, "missing", `${address} has no name. ${ask}`);
      return checked(wanted, "wrong", `${address} is called ${values.join(", ")}. ${ask}`, found);
    }),
  );
}

/** Who may send for the domain (RFC 7208). */
export async function spfRecord(situation: Situation): Promise<CheckedRecord> {
  const { resolver, domain, host, addresses, isPrivate, relays, spfTerms, now } = situation;
  const wanted: WantedRecord = {
    ...{ name: domain, type: "TXT", value: ["v=spf1", "mx", ...spfTerms, "~all"].join(" "), need: "needed" },
    purpose: "Says which servers send mail of this domain (SPF).",
  };
  const { values, unknown } = await seen(resolver.txt(domain));
  if (unknown) return unasked(wanted);
  const found = values.filter((text) => /^v=spf1(?: |$)/i.test(text));
  if (found.length === 0)
    return checked(wanted, "missing", "Other servers cannot know which servers send mail of this domain.");
  if (found.length > 1)
    return checked(wanted, "wrong", "There are several SPF records, so none of them counts. Keep one.", found);
  if (/[+\s]all\b/i.test(found[0] ?? ""))
    return checked(wanted, "wrong", "This record lets everybody send mail of this domain.", found);
  if (relays.length > 0) {
    const lacking = spfTerms.filter((term) => !found[0]?.includes(term));
    if (lacking.length > 0) return checked(wanted, "wrong", `It lacks ${lacking.join(", ")}.`, found);
    const sentence = `Mail leaves through ${relays.join(", ")}: make sure that it has what their owner asks for.`;
    return checked(wanted, "right", sentence, found);
  }
  const there = await seen(resolver.addresses(host));
  const senders = [...new Set([...addresses, ...there.values])].filter((address) => !isPrivate(address));
  for (const client of senders) {
    const question = { client, helo: host, reversePath: `postmaster@${domain}`, receiver: host, now };
    const { result, sentence } = await checkSpf(question, resolver);
    if (result === "temperror") return unasked(wanted);
    if (result !== "pass") {
      // What is there stays, but where it is broken.
      const mended = result === "permerror" ? wanted.value : (found[0] ?? "").replace(/^v=spf1/i, "v=spf1 mx");
      return checked(
        { ...wanted, value: mended },
        "wrong",
        `It does not let this server's address ${client} send. ${sentence}`,
        found,
      );
    }
  }
  const sentence =
    senders.length === 0
      ? "There is one; this server's address is not known, so it was not tried."
      : "This server may send.";
  return checked(wanted, "right", sentence, found);
}

/** The public keys of this server's signatures (RFC 6376 §3.6). */
export async function keyRecords(
  { resolver, domain, keys, now }: Situation,
  removableAt: (key: DkimKey) => number | undefined,
) {
  const records = keys.map(async (key): Promise<CheckedRecord | undefined> => {
    const wanted: WantedRecord = {
      ...{ name: recordName(key.selector, domain), type: "TXT", value: recordText(key) },
      need: key.state === "retired" || key.algorithm === "ed25519-sha256" ? "recommended" : "needed",
      purpose: `Verifies the signatures of this server (DKIM, ${key.algorithm === "rsa-sha256" ? "RSA" : "Ed25519"}).`,
    };
    const { values, unknown } = await seen(resolver.txt(wanted.name));
    const removable = removableAt(key);
    if (removable !== undefined && removable <= now) {
      if (values.length === 0) return undefined;
      return checked(
        { ...wanted, need: "optional" },
        "wrong",
        "This key was replaced long enough ago. Remove the record.",
        values,
      );
    }
    if (unknown) return unasked(wanted);
    if (values.length === 0) {
      const effect =
        key.state === "new" ? "Mail is not signed with this key before it is there." : "Signatures cannot be verified.";
      return checked(wanted, "missing", effect);
    }
    if (values.length > 1) return checked(wanted, "wrong", "There are several records of this name. Keep one.", values);
    const same = /(?:^|;)\s*p\s*=([^;]*)/.exec(values[0] ?? "")?.[1]?.replace(/\s/g, "") === key.publicKey;
    if (!same) return checked(wanted, "wrong", "It has another key in it, or lacks a part of it.", values);
    if (key.state === "retired")
      return checked(wanted, "right", "This key was replaced. Keep its record until it is told here.", values);
    return checked(
      wanted,
      "right",
      key.state === "new" ? "It is there; the key will be used." : "Mail is signed with this key.",
      values,
    );
  });
  return (await Promise.all(records)).filter((record) => record !== undefined);
}

/** What becomes of mail that only claims to come from the domain (RFC 7489). */
export async function dmarcRecord({ resolver, domain, reportsTo }: Situation): Promise<CheckedRecord> {
  const name = `_dmarc.${domain}`;
  const wanted: WantedRecord = {
    ...{ name, type: "TXT", value: `v=DMARC1; p=quarantine; rua=mailto:${reportsTo.dmarc}`, need: "needed" },
    purpose: "Says what to do with mail that only claims to come from this domain (DMARC).",
  };
  const { values, unknown } = await seen(resolver.txt(name));
  if (unknown) return unasked(wanted);
  const found = values.filter(isDmarcRecord);
  if (found.length === 0)
    return checked(wanted, "missing", "Large providers distrust mail of domains that do not say.");
  if (found.length > 1)
    return checked(wanted, "wrong", "There are several DMARC records, so none of them counts. Keep one.", found);
  const record = parseDmarcRecord(found[0] ?? "");
  if (record === undefined) return checked(wanted, "wrong", "It has no policy (p=) that can be read.", found);
  const reported = namesAddress(record.reportsTo, reportsTo.dmarc)
    ? ""
    : ` Others do not report to ${reportsTo.dmarc}: with rua=mailto:${reportsTo.dmarc} you would see here who sends in your name.`;
  // What is there stays, but for the address.
  const kept = { ...wanted, value: withAddress(found[0] ?? "", reportsTo.dmarc) };
  if (record.policy !== "none")
    return checked(kept, "right", `Forged mail of this domain is kept out.${reported}`, found);
  const sentence = "It only watches (p=none). Once the reports say that all is well, let it say p=quarantine.";
  return checked(kept, "right", sentence + reported, found);
}

/**
 * That a domain elsewhere takes reports about this one (RFC 7489 §7.1): without it they are not sent there.
 * @returns undefined where they stay in the domain
 */
export async function reportConsentRecord({ resolver, domain, reportsTo }: Situation) {
  const elsewhere = reportsTo.dmarc.slice(reportsTo.dmarc.lastIndexOf("@") + 1);
  if (aligned(elsewhere, domain, "relaxed")) return undefined;
  const name = `${domain}._report._dmarc.${elsewhere}`;
  const wanted: WantedRecord = {
    ...{ name, type: "TXT", value: "v=DMARC1", need: "recommended" },
    purpose: `Says that ${elsewhere} takes reports about ${domain}; it belongs into the zone of ${elsewhere}.`,
  };
  const { values, unknown } = await seen(resolver.txt(name));
  if (unknown) return unasked(wanted);
  if (values.some(isDmarcRecord)) return checked(wanted, "right", "Others report there.", values);
  return checked(wanted, "missing", `Others do not send reports about ${domain} to ${elsewhere} without it.`, values);
}

/** Where others report that TLS did not work (RFC 8460). */
export async function tlsReportRecord({ resolver, domain, reportsTo }: Situation): Promise<CheckedRecord> {
  const name = `_smtp._tls.${domain}`;
  const wanted: WantedRecord = {
    ...{ name, type: "TXT", value: `v=TLSRPTv1; rua=mailto:${reportsTo.tls}`, need: "optional" },
    purpose: "Lets other servers report when they could not bring mail over TLS.",
  };
  const { values, unknown } = await seen(resolver.txt(name));
  if (unknown) return unasked(wanted);
  const found = values.filter((text) => /^v=TLSRPTv1\s*;/.test(text));
  if (found.length === 0) return checked(wanted, "missing", "Nobody can report trouble with TLS.");
  if (found.length > 1)
    return checked(wanted, "wrong", "There are several such records, so none of them counts. Keep one.", found);
  if (namesAddress(found[0] ?? "", reportsTo.tls))
    return checked(wanted, "right", "Trouble with TLS is reported.", found);
  const sentence = `Trouble with TLS is reported elsewhere; with rua=mailto:${reportsTo.tls} you would see it here.`;
  return checked({ ...wanted, value: withAddress(found[0] ?? "", reportsTo.tls) }, "right", sentence, found);
}

function namesAddress(text: string, address: string): boolean {
  return text.toLowerCase().includes(`mailto:${address}`);
}

/** A record with one more address for reports, where it lacks that. */
function withAddress(text: string, address: string): string {
  if (namesAddress(text, address)) return text;
  const uri = `mailto:${address}`;
  const listed = text.replace(/(;\s*rua\s*=\s*[^;]*?)\s*(?=;|$)/i, `$1,${uri}`);
  return listed === text ? `${text.replace(/[;\s]*$/, "")}; rua=${uri}` : listed;
}
