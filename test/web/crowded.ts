/**
 * A house as it looks after some years: many users in every state, long names, full mailboxes, bars, changes, contacts, tokens. For
 * tests that look at pages with something on them.
 */

import { CONSOLE } from "../../src/administration/actor.ts";
import { addAddress } from "../../src/administration/mail/addresses.ts";
import { addCollection } from "../../src/administration/mail/collection.ts";
import { addDomain, setDomain } from "../../src/administration/mail/domains.ts";
import { addMailGroup } from "../../src/administration/mail/mail-groups.ts";
import { activateScript, putScript } from "../../src/administration/mail/scripts.ts";
import { addBar } from "../../src/administration/server/bars.ts";
import { addUserDatabase } from "../../src/administration/server/user-databases.ts";
import { addToken } from "../../src/administration/signing-in/tokens.ts";
import { addContact } from "../../src/administration/users/contacts.ts";
import { setUser } from "../../src/administration/users/users.ts";
import { PERMISSION_NAMES } from "../../src/directory/permissions.ts";
import { hold } from "../held.ts";
import { setUpCodes } from "../totp.ts";
import { type CrowdedGateway, crowdedGateway } from "./crowded-gateway.ts";
import { type CrowdedHouse, crowdedHouse } from "./crowded-house.ts";
import { crowdedReports } from "./crowded-reports.ts";
import { crowdedRoutes } from "./crowded-routes.ts";
import { House, PASSWORD } from "./house.ts";

const DAY_MS = 86_400_000;
const OTHER_DOMAINS = ["berg", "fluss", "garten", "insel", "kirche", "markt", "nordtor", "ostwall", "park", "quelle"];
const PEOPLE = [
  ...["Anton Vogel", "Berta Schmidt", "Clara Öztürk", "David Brown", "Emil Ångström", "Fatima Haddad", "Georg Weiß"],
  ...["Hana Nováková", "Igor Petrov", "Jana Maier", "Karl Lind", "Lucía García", "Mehmet Kaya", "Nora Berg"],
  ...["Olaf Sund", "Paula Reis", "Quentin Roy", "Rosa Blum", "Sven Falk", "Tea Kralj"],
];

/** As long as a login name gets in practice. */
export const LONG_LOGIN = "maximiliane-leopoldine.von-und-zu-hohenlohe-langenburg_home1";
const LONG_DOMAIN = "a-rather-long-name-of-a-domain.home.example";
const LONG_ADDRESS = `committee-for-the-summer-festival-and-garden.applications-26@${LONG_DOMAIN}`;

const ascii = (name: string) =>
  name
    .normalize("NFD")
    .replace(/[^A-Za-z ]/g, "")
    .toLowerCase();

export interface Crowded {
  readonly house: House;
  /** Mailboxes and messages that pages are asked for. */
  readonly shared: number;
  readonly choir: number;
  readonly longDomain: string;
  /** Of Ann's authenticator app. */
  readonly secret: string;
  /** Of a link under which a password is set. */
  readonly reset: string;
  /** Of the address of a file behind a link. */
  readonly parcel: string;
  readonly certificate: string;
  readonly folder: number;
  readonly uid: number;
  readonly contact: number;
  readonly ownContact: number;
  readonly queued: number;
  /** Messages in the quarantine: what is junk, and what has a virus. */
  readonly held: number;
  readonly infected: number;
  readonly route: number;
  readonly gateway: CrowdedGateway;
  readonly rules: CrowdedHouse;
}

/** Builds it. */
export async function crowded(): Promise<Crowded> {
  const house = await House.build();
  const { directory, auth } = house;
  const { administration } = house.deps;
  const perform: typeof administration.perform = (operation, actor, input) =>
    administration.perform(operation, actor, input);
  const now = Date.now();

  await perform(setDomain, CONSOLE, { name: "home.example", description: "The house", passwordChange: true });
  await perform(addDomain, CONSOLE, {
    name: LONG_DOMAIN,
    aliases: OTHER_DOMAINS.map((name) => `${name}.example`),
    description: "Everything that has to do with the festival",
  });
  await perform(addDomain, CONSOLE, { name: "verein.example" });
  await perform(addMailGroup, CONSOLE, {
    name: "Staff",
    quota: { octets: 2_000_000_000, messages: 50_000 },
    expiry: [{ folder: "Trash", days: 30, action: "delete" }],
  });
  await perform(addMailGroup, CONSOLE, { name: "Everybody who left and keeps an address for the time being" });
  const ldap = { name: "Office", servers: ["ldaps://ldap.home.example"], base: "dc=home,dc=example" };
  await perform(addUserDatabase, CONSOLE, { ...ldap, kind: "openldap", enabled: false });

  await directory.users.create({ login: "choir-member", kind: "template", fullName: "A member of the choir" });
  await directory.users.create({
    login: "staff",
    kind: "template",
    permissions: ["smtp.relay", "web.password", "web.description", "user.autoresponder"],
    expiresAfterIdleDays: 180,
  });
  const credentials = await auth.credentialsFor(PASSWORD);
  for (const [at, fullName] of PEOPLE.entries()) {
    const login = ascii(fullName).replace(" ", ".");
    await directory.users.create({ login, fullName, addresses: [`${login}@home.example`] }, credentials);
    if (at % 3 > 0) {
      const remote = at % 2 ? "192.168.1.23" : "2001:db8:5:1::17";
      directory.users.lastLogins.note(directory.users.require(login).id, {
        at: now - at * 3.3 * DAY_MS,
        service: "imap",
        remote,
      });
    }
  }
  const change = (login: string, patch: object) => directory.users.update(login, patch);
  await change("anton.vogel", { enabled: false });
  await change("berta.schmidt", { expiresAt: now - 20 * DAY_MS });
  await change("clara.ozturk", { expiresAt: now + 5 * DAY_MS });
  await change("david.brown", { expiresAfterIdleDays: 1 });
  await change("emil.angstrom", { mustChangePassword: true });
  await change("fatima.haddad", { external: { directory: "Office", id: "uid=fatima,ou=people,dc=home,dc=example" } });
  await directory.users.create({ login: "printer" });
  await directory.users.create(
    {
      login: LONG_LOGIN,
      fullName: "Maximiliane Leopoldine Freifrau von und zu Hohenlohe-Langenburg-Schillingsfürst",
      addresses: [LONG_ADDRESS],
    },
    credentials,
  );
  await directory.users.create(
    {
      login: "dora",
      fullName: "Dora Domain",
      addresses: ["dora@verein.example"],
      permissions: ["smtp.relay", "web.administrator"],
      administers: [directory.domains.require("verein.example").id],
    },
    credentials,
  );
  const { id: member } = await directory.users.create(
    { login: "eva", fullName: "Eva Verein", addresses: ["eva@verein.example"] },
    credentials,
  );
  const choir = await directory.mailboxes.create({ ownerId: member, addresses: ["choir@verein.example"] });
  await directory.users.create(
    { login: "lars", fullName: "Lars Little", addresses: ["lars@home.example"], permissions: [] },
    credentials,
  );
  await perform(setUser, CONSOLE, {
    login: "ann",
    permissions: PERMISSION_NAMES.filter((name) => name !== "web.administrator"),
    entry: { organisation: "Example & Daughters", phoneWork: "+49 30 1234567", city: "Berlin" },
  });
  await perform(setUser, CONSOLE, { login: "karl.lind", enabled: false });
  await perform(setUser, CONSOLE, { login: "karl.lind", enabled: true, fullName: "Karl Lindemann" });

  const { mailboxes } = directory;
  const ann = house.user("ann");
  const own = ann.primaryMailbox;
  await perform(addAddress, CONSOLE, { address: "ann-*@home.example", mailbox: own, note: "One for every shop" });
  const until = new Date(now + 9 * DAY_MS).toISOString();
  await perform(addAddress, CONSOLE, { address: "ann.lottery@home.example", mailbox: own, expiresAt: until });
  const shared = await mailboxes.create({
    ownerId: ann.id,
    description: "Festival",
    addresses: ["festival@home.example", LONG_ADDRESS, "office@home.example"],
    groupId: directory.mailGroups.list()[0]?.id ?? null,
  });
  await mailboxes.share(shared.id, house.user("lars").id, "lrs");
  await mailboxes.share(shared.id, house.user(LONG_LOGIN).id, "lrswipkxtea");
  await mailboxes.share(own, house.user("lars").id, "lr");
  await mailboxes.update(own, {
    login: "ann.phone",
    quota: { octets: 60_000, messages: 500 },
    forwarding: { enabled: true, addresses: ["ann@elsewhere.example", LONG_ADDRESS] },
    autoresponder: {
      enabled: true,
      subject: "Away",
      text: "I am away until Monday.",
      startsAt: now - DAY_MS,
      endsAt: now + 6 * DAY_MS,
    },
    expiry: { rules: [{ folder: "Trash", days: 30, action: "delete" }] },
  });
  const script = 'require "fileinto";\r\nif header :contains "subject" "bridge" { fileinto "Archive"; }\r\n';
  await perform(putScript, CONSOLE, { id: own, name: "rules", text: script });
  await perform(activateScript, CONSOLE, { id: own, name: "rules" });
  await perform(addCollection, CONSOLE, { id: own, host: "imap.gmail.com", login: "ann.long@gmail.com", secret: "x" });
  await perform(addCollection, CONSOLE, {
    id: own,
    host: "pop.far.example",
    login: "ann",
    protocol: "pop3",
    secret: "x",
  });
  const { accounts } = await house.transport.collection.collector();
  const problem = "pop.far.example refuses the login: “[AUTH] Authentication failed.”";
  await accounts.noteRun(1, { result: "12 messages collected, 2 known already.", problem: "", collected: 12 });
  await accounts.noteRun(2, { result: "", problem, collected: 0 });
  const inbox = house.folderId("ann");
  let uid = 0;
  for (let at = 0; at < 12; at++) {
    const from = PEOPLE[at] ?? "Somebody";
    const text = `From: ${from} <${ascii(from).replace(" ", ".")}@home.example>\r\nTo: ann@home.example\r\nDate: ${new Date(now - at * 0.7 * DAY_MS).toUTCString()}\r\nSubject: ${at === 3 ? "A long subject that goes on and on about the summer festival, the garden, and what is to be done before it" : "Plan"} ${at}\r\n\r\nHello Ann,\r\n\r\n${"see you there. ".repeat(300)}\r\n`;
    uid = await house.put(inbox, text, { at: now - at * 0.7 * DAY_MS });
  }
  const work = await house.mailstore.createFolder(own, "Work");
  const sender = { kind: "web", protocol: "HTTP", user: ann, session: "s", trace: "01k3f8e0ab2cdxyz" } as const;
  const { queueId } = await house.transport.accept(
    { reversePath: "ann@home.example", recipients: [{ address: "someone@slow.example" }], origin: sender },
    new TextEncoder().encode("Subject: Minutes of the meeting\r\nFrom: ann@home.example\r\n\r\nText\r\n"),
  );
  await house.put(work.id, "From: Bob <bob@home.example>\r\nSubject: Old plan\r\n\r\nbridge\r\n");
  await house.mailstore.archive.expire(own, [{ folder: "Work", days: 1, action: "archive" }], now + 2 * DAY_MS);

  const held = await hold(house, {
    ...{ mailbox: own, address: "ann@home.example", reason: "junk" },
    subject: "You have been chosen, and this is a long subject that goes on and on until nobody can read it any more",
  });
  const infected = await hold(house, {
    mailbox: own,
    address: "ann@home.example",
    reason: "virus",
    subject: "Invoice",
  });

  await perform(addBar, CONSOLE, { name: "203.0.113.0/24", why: "Spam since spring" });
  await perform(addBar, CONSOLE, { name: "igor.petrov", for: "2d", why: "Lost his telephone" });
  for (let at = 0; at < 30; at++) auth.lockout.strike("198.51.100.7", "login", { account: "admin" });
  for (let at = 0; at < 5; at++)
    auth.lockout.strike("2001:db8:bad::1", "recipient", { detail: `nobody${at}@home.example` });

  await auth.appPasswords.create("ann", { name: "Phone", services: ["imap", "smtp"] });
  await auth.appPasswords.create("ann", {
    name: "The old laptop in the kitchen with the broken hinge",
    services: ["pop3"],
    networks: ["192.168.1.0/24", "2001:db8:5:1::/64"],
    expiresAt: now + 30 * DAY_MS,
  });
  const secret = await setUpCodes(auth, ann);
  const { token: reset } = await auth.resets.create("jana.maier", "admin");
  const parcel = await choirOnFilm(house, ann.id, now + 30 * DAY_MS);
  await house.certificates.issue(["mail.home.example"]);
  await perform(addToken, CONSOLE, { login: "admin", name: "Backup", scopes: ["users:read", "mail:read"] });
  const { id: contact } = await perform(addContact, CONSOLE, {
    book: "shared",
    fullName: "Zoe Lieferant",
    organisation: "Getränke Lieferant GmbH & Co. Kommanditgesellschaft auf Aktien",
    mails: [{ kind: "work", address: LONG_ADDRESS }],
    phones: [{ kind: "mobile", number: "+49 170 1234567" }],
  });
  const aunt = await house.store.commit((tx) =>
    directory.contacts.createWithin(
      tx,
      ann.id,
      { fullName: "Aunt Mary", mails: [{ kind: "home", address: "mary@home.example" }] },
      now,
    ),
  );
  await crowdedReports(house, "home.example");
  return {
    house,
    shared: shared.id,
    choir: choir.id,
    longDomain: LONG_DOMAIN,
    secret,
    reset,
    parcel,
    certificate: house.certificates.list()[0]?.id ?? "",
    folder: inbox,
    uid,
    contact,
    ownContact: aunt.id,
    queued: queueId ?? 0,
    route: await crowdedRoutes(house),
    ...{ held, infected },
    gateway: await crowdedGateway(house, LONG_LOGIN),
    rules: await crowdedHouse(house, own),
  };
}

/** A file that a user put behind a link; gives the secret of its address. */
async function choirOnFilm({ store, transport }: House, userId: number, expiresAt: number): Promise<string> {
  const writer = store.content.writer();
  await writer.write(new Uint8Array(1_000));
  const film = await writer.finish({ park: true });
  const parcel = { userId, token: "p".repeat(43), name: "The choir in summer.mp4", type: "video/mp4", expiresAt };
  return (await store.commit((tx) => transport.parcels.addWithin(tx, parcel, film))).token;
}
