/** An input for every operation, with what it names as kinds of things: whose thing it is, is said when it is asked for. */
import type { Operation } from "../../src/administration/operation.ts";
import type { Kind, Login, World } from "./world.ts";

/** A field that names a thing of somebody. */
export class Named {
  constructor(
    readonly kind: Kind,
    /** A list with that thing alone. */
    readonly listed = false,
  ) {}
}

type Sample = Readonly<Record<string, unknown>>;

const user = new Named("user");
const mailbox = new Named("mailbox");
const contact = new Named("contact");
const domain = new Named("domain");
const address = new Named("address");
const group = new Named("group");
const queued = new Named("queued");
const certificate = new Named("certificate");

/** What operations ask for beyond nothing. One that is new and asks for something stands here, or the matrix says so. */
export const SAMPLES: Readonly<Record<string, Sample>> = {
  "user.show": { login: user },
  "user.add": { login: "newcomer", template: user, addresses: ["newcomer@home.example"] },
  "user.set": { login: user, fullName: "Changed", entry: { city: "Bonn" } },
  "user.remove": { login: user },
  "user.renew": { login: user },
  "user.bulk": { logins: new Named("user", true), action: "disable" },
  "user.propose": { login: "newcomer" },
  "token.list": { login: user },
  "token.add": { login: user, name: "more", scopes: ["self:read"] },
  "token.revoke": { login: user, id: new Named("token") },
  "session.list": { login: user },
  "session.close": { login: user, id: "0".repeat(64) },
  "session.closeAll": { login: user },
  "appPassword.list": { login: user },
  "appPassword.add": { login: user, name: "more", services: ["imap"] },
  "appPassword.revoke": { login: user, id: 987_654 },
  "login.list": { login: user },
  "factor.show": { login: user },
  "factor.removeAll": { login: user },
  "totp.begin": { login: user, host: "mail.home.example" },
  "totp.confirm": { login: user, code: "000000" },
  "totp.remove": { login: user },
  "passkey.begin": { login: user, host: "mail.home.example", origin: "https://mail.home.example", binding: "x" },
  "passkey.add": {
    ...{ login: user, host: "mail.home.example", origin: "https://mail.home.example", binding: "x" },
    ...{ name: "more", credential: {} },
  },
  "passkey.rename": { login: user, id: 987_654, name: "Changed" },
  "passkey.remove": { login: user, id: 987_654 },
  "recovery.renew": { login: user },
  "password.set": { login: user, password: "seven green bottles standing" },
  "password.change": { old: "x", password: "seven green bottles standing" },
  "password.reset": { login: user },
  "mailbox.list": { owner: user },
  "mailbox.find": { name: address },
  "mailbox.show": { id: mailbox },
  "mailbox.add": { owner: user },
  "mailbox.set": { id: mailbox, description: "Changed" },
  "mailbox.remove": { id: mailbox },
  "mailbox.password": { id: mailbox, password: null },
  "mailbox.primaryAddress": { id: mailbox, address },
  "mailbox.shares": { id: mailbox },
  "mailbox.share": { id: mailbox, login: user, rights: "lr" },
  "mailbox.unshare": { id: mailbox, login: user },
  "mailbox.folderShares": { id: mailbox },
  "mailbox.shareFolder": { id: mailbox, folder: "INBOX", name: user, rights: "lr" },
  "mailbox.unshareFolder": { id: mailbox, folder: "INBOX", name: user },
  "spam.status": { id: mailbox },
  "spam.set": { id: mailbox, junkAt: 3 },
  "spam.train": { id: mailbox, folder: "INBOX", kind: "spam" },
  "spam.untrain": { id: mailbox, folder: "INBOX" },
  "spam.export": { id: mailbox },
  "spam.reset": { id: mailbox },
  "script.list": { id: mailbox },
  "script.show": { id: mailbox, name: "rules" },
  "script.check": { id: mailbox, text: "keep;" },
  "script.try": { id: mailbox, message: "Subject: x" },
  "script.put": { id: mailbox, name: "more", text: "keep;" },
  "script.activate": { id: mailbox, name: "" },
  "script.rename": { id: mailbox, name: "rules", to: "changed" },
  "script.remove": { id: mailbox, name: "rules" },
  "archive.list": { id: mailbox },
  "archive.search": { id: mailbox, text: "x" },
  "archive.restore": { id: mailbox, folder: 1 },
  "address.list": { mailbox },
  "address.add": { address: "further@home.example", mailbox },
  "address.set": { address, note: "Changed" },
  "address.remove": { address },
  "domain.show": { name: domain },
  "domain.add": { name: "further.example" },
  "domain.set": { name: domain, description: "Changed" },
  "domain.remove": { name: domain },
  "domain.dns": { name: domain },
  "dkim.list": { name: domain },
  "dkim.rotate": { name: domain },
  "dkim.check": { name: domain },
  "dkim.use": { name: domain, selector: "no-such-key" },
  "dkim.remove": { name: domain, selector: "no-such-key" },
  "mailgroup.show": { name: group },
  "mailgroup.add": { name: "Further" },
  "mailgroup.set": { name: group, description: "Changed" },
  "mailgroup.remove": { name: group },
  "contact.show": { id: contact },
  "contact.add": { fullName: "Somebody", book: "own" },
  "contact.set": { id: contact, nickname: "Changed" },
  "contact.remove": { id: contact },
  "contact.complete": { typed: "fo" },
  "contact.forget": { address: "friend@elsewhere.example" },
  "userDatabase.show": { name: "office" },
  "userDatabase.add": { name: "branch", servers: ["ldaps://ldap.home.example"] },
  "userDatabase.set": { name: "office", description: "Changed" },
  "userDatabase.remove": { name: "office" },
  "userDatabase.order": { names: [] },
  "userDatabase.test": { name: "office" },
  "userDatabase.preview": { name: "office" },
  "userDatabase.import": { name: "office", actions: ["create"] },
  "userDatabase.synchronise": { name: "office" },
  "rule.show": { id: 987_654 },
  "rule.add": { name: "Further", action: "bar", hosts: [".example.org"] },
  "rule.set": { id: 987_654, name: "Changed" },
  "rule.move": { id: 987_654, position: 1 },
  "rule.remove": { id: 987_654 },
  "gateway.try": { user, host: "www.example.org" },
  "hostList.show": { name: "no list" },
  "hostList.add": { name: "Further", source: "text", location: "ads.example.org" },
  "hostList.set": { name: "no list", description: "Changed" },
  "hostList.bring": { name: "no list", hosts: "ads.example.org" },
  "hostList.refresh": { name: "no list" },
  "hostList.remove": { name: "no list" },
  "hostList.lookup": { host: "ads.example.org" },
  "peopleGroup.add": { name: "Further", members: new Named("user", true) },
  "peopleGroup.set": { name: "no group", description: "Changed" },
  "peopleGroup.remove": { name: "no group" },
  "limit.show": { login: user },
  "limit.set": { login: user, dayMegabytes: 500 },
  "upstream.show": { id: 987_654 },
  "upstream.add": { name: "Further", kind: "http", address: "proxy.example.org" },
  "upstream.set": { id: 987_654, name: "Changed" },
  "upstream.move": { id: 987_654, position: 1 },
  "upstream.remove": { id: 987_654 },
  "traffic.cut": { id: 987_654 },
  "share.show": { name: "no folder" },
  "share.add": { name: "Further", read: new Named("user", true) },
  "share.set": { name: "no folder", description: "Changed" },
  "share.remove": { name: "no folder" },
  "storage.set": { login: user, maxOctets: 1_000_000 },
  "cache.purge": { host: "example.org" },
  "ftp.end": { id: "0000000000000000" },
  "service.set": { port: "imap-993", enabled: true },
  "access.set": { add: ["10.0.0.0/8"] },
  "bar.add": { name: "198.51.100.7" },
  "bar.lift": { name: "198.51.100.7" },
  "allowlist.set": { add: ["198.51.100.0/24"] },
  "queue.show": { id: queued },
  "queue.retry": { id: queued },
  "queue.hold": { id: queued },
  "queue.release": { id: queued },
  "queue.delete": { id: queued },
  "settings.show": { group: "web" },
  "settings.set": { values: { "web.idleMinutes": 60 } },
  "certificate.issue": { names: ["mail.home.example"] },
  "certificate.upload": { chain: "PEM", key: "PEM" },
  "certificate.remove": { id: certificate },
  "trace.show": { id: "00000000000000aa" },
};

/** The input of an operation, every thing in it of `of`, but for those in `others`. */
export function inputFor(
  world: World,
  { name }: Operation,
  of: Login,
  others: Readonly<Record<string, Login | "nobody">> = {},
): Record<string, unknown> {
  const fields = Object.entries(SAMPLES[name] ?? {}).map(([field, value]) => {
    if (!(value instanceof Named)) return [field, value];
    const thing = world.thing(value.kind, others[field] ?? of);
    return [field, value.listed ? [thing] : thing];
  });
  return Object.fromEntries(fields);
}

/** The fields of an operation's input that name things. */
export function namedIn({ name }: Operation): [field: string, named: Named][] {
  return Object.entries(SAMPLES[name] ?? {}).filter((entry): entry is [string, Named] => entry[1] instanceof Named);
}
