/** Every command of the executable, with the server running and with it stopped. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { DOMAIN, EXECUTABLE, Gatepost, PASSWORD, run, type Said, temporaryFolder } from "../harness.ts";
import { Client } from "../imap/client.ts";
import { calls } from "./python.ts";

const OTHER_PASSWORD = "quite-another-long-password";

/** One call of the executable and what must come of it. */
interface Step {
  readonly args: readonly string[];
  readonly stdin?: string;
  /** 0 unless said otherwise. */
  readonly code?: number;
  /** What standard output must hold; with `--json` the value that it is. */
  readonly out?: RegExp | object;
  /** What standard error must hold. */
  readonly error?: RegExp;
}

const password = (...args: string[]) => [...args, "--password-stdin"];

/** A day of an administrator. `exercised` below sees that no command is left out. */
const STEPS: readonly Step[] = [
  { args: password("setup", "--domain", DOMAIN), stdin: PASSWORD, code: 1, error: /set up already/ },
  { args: password("setup"), stdin: PASSWORD, code: 1, error: /--domain/ },

  { args: password("user", "add", "anna", "--full-name", "Anna Grün"), stdin: PASSWORD, out: /anna@example\.test/ },
  {
    args: password(
      "user",
      "add",
      "bert",
      "--address",
      "b@example.test",
      "--address",
      "bert@example.test",
      "--admin",
      "--json",
    ),
    stdin: PASSWORD,
    out: {
      login: "bert",
      addresses: ["b@example.test", "bert@example.test"],
      permissions: expect.arrayContaining(["web.administrator"]),
    },
  },
  { args: password("user", "add", "anna"), stdin: PASSWORD, code: 1, error: /anna/ },
  { args: password("user", "add", "../x"), stdin: PASSWORD, code: 1, error: /login name/ },
  { args: password("user", "add", "x", "--address", "nonsense"), stdin: PASSWORD, code: 1, error: /nonsense/ },
  { args: password("user", "add", "x", "--template", "nobody"), stdin: PASSWORD, code: 1, error: /nobody/ },
  { args: password("user", "add", "weak"), stdin: "abc", code: 1, error: /password/ },
  { args: password("user", "add", "weak"), stdin: "password1", code: 1, error: /./ },
  { args: password("user", "add", "weak"), stdin: "", code: 1, error: /No password/ },
  { args: ["user", "add", "weak"], code: 2, error: /--password-stdin/ },
  { args: password("user", "add"), stdin: PASSWORD, code: 2, error: /^Usage: gatepost user add LOGIN/ },
  { args: ["user", "show", "anna", "--json"], out: { login: "anna", fullName: "Anna Grün", enabled: true } },
  { args: ["user", "show", "anna"], out: /^fullName +Anna Grün$/m },
  { args: ["user", "show", "nobody"], code: 1, error: /no user/ },
  { args: ["user", "set", "anna", "fullName=Anna B", "enabled=no", "permissions=-smtp.relay,+ftp.login"] },
  { args: ["user", "show", "anna", "--json"], out: { fullName: "Anna B", enabled: false, permissions: ["ftp.login"] } },
  {
    args: ["user", "set", "anna", "enabled=yes", "expiresAt=2040-01-01", "--json"],
    out: { expiresAt: "2040-01-01T00:00:00.000Z" },
  },
  { args: ["user", "set", "anna", "enabled=perhaps"], code: 1, error: /enabled/ },
  { args: ["user", "set", "anna", "shoeSize=46"], code: 1, error: /shoeSize.*There are: fullName,/ },
  { args: ["user", "set", "anna", "permissions=+fly"], code: 1, error: /fly/ },
  { args: ["user", "set", "anna", "enabled"], code: 2, error: /PROPERTY=VALUE/ },
  { args: ["user", "set", "nobody", "enabled=no"], code: 1, error: /nobody/ },
  { args: ["user", "list", "--json"], out: [{ login: "admin" }, { login: "anna" }, { login: "bert" }] },
  { args: ["user", "list", "--search", "ber", "--json"], out: [{ login: "bert" }] },
  { args: ["user", "list"], out: /^LOGIN .*\n(.*\n)*anna +Anna B/ },
  {
    args: [
      "user",
      "set",
      "anna",
      "entry.city=Bonn",
      "entry.phoneWork=0228",
      "entry.listed=no",
      "newsRead=local.*,!local.x",
    ],
  },
  { args: ["user", "set", "anna", "external.directory=house"], code: 1, error: /no user database “house”/ },
  { args: ["userdb", "add", "house", "servers=ldaps://127.0.0.1:9", "base=dc=example"] },
  { args: ["user", "set", "anna", "homePageFolder=people/anna", "external.directory=house", "expiresAt=none"] },
  {
    args: ["user", "set", "anna", "expiresAfterDays=30", "expiresAfterIdleDays=90", "mustChangePassword=yes", "--json"],
  },
  {
    args: ["user", "show", "anna", "--json"],
    out: {
      ...{
        expiresAfterDays: 30,
        expiresAfterIdleDays: 90,
        mustChangePassword: true,
        newsRead: ["local.*", "!local.x"],
      },
      ...{ homePageFolder: "people/anna", external: { directory: "house" } },
      entry: { city: "Bonn", phoneWork: "0228", listed: false, title: "" },
    },
  },
  { args: ["user", "show", "anna"], out: /^external\.directory +house\nentry\.phoneWork +0228\nentry\.city +Bonn\n/m },
  { args: ["user", "set", "anna", "entry.shoe=46"], code: 1, error: /shoe.*There are: givenName,/ },
  { args: ["user", "set", "anna", "expiresAfterDays=10000"], code: 1, error: /9999/ },
  { args: ["user", "set", "anna", "external=none", "mustChangePassword=no", "expiresAfterDays=none"] },
  { args: ["userdb", "remove", "house"] },
  {
    args: ["user", "set", "anna", "bert", "newsPost=local.talk", "webmail=on", "--json"],
    out: [{ done: true }, { done: true }],
  },
  { args: ["user", "set", "anna", "nobody", "webmail=on"], code: 1, error: /^Not done for 1 of 2: nobody: / },
  { args: ["user", "set", "webmail=on", "enabled=no"], code: 2, error: /Name users/ },
  { args: ["user", "set", "guest", "permissions=+http.proxy"] },
  { args: ["user", "show", "guest", "--json"], out: { kind: "guest", permissions: ["http.proxy"] } },
  {
    args: ["user", "add", "clerks", "--kind", "template", "permissions=+ftp.login", "expiresAfterDays=60"],
    out: /template clerks/,
  },
  { args: ["user", "list", "--kind", "template", "--json"], out: [{ login: "clerks" }] },
  {
    args: [
      "user",
      "add",
      "carl",
      "--no-password",
      "--template",
      "clerks",
      "--quota",
      "5000",
      "fullName=Carl C",
      "--json",
    ],
    out: { state: "noPassword", expiresAfterDays: 60, permissions: expect.arrayContaining(["ftp.login"]) },
  },
  { args: ["user", "list", "--state", "noPassword", "--json"], out: [{ login: "carl" }] },
  {
    args: ["user", "list", "--permission", "ftp.login", "--sort", "createdAt", "--descending", "--json"],
    out: [{ login: "carl" }, { login: "anna" }],
  },
  { args: ["user", "disable", "carl"], out: /carl is switched off/ },
  { args: ["user", "enable", "carl", "bert"], out: /carl is switched on.\nbert is switched on/ },
  { args: ["user", "renew", "carl", "--json"] },
  { args: ["user", "renew", "carl"], out: /carl runs again/ },
  { args: ["user", "propose", "dora", "--full-name", "Dora Doe"], out: /^dora\.doe@example\.test +false$/m },
  { args: ["self", "show"], code: 1, error: /--as LOGIN/ },
  {
    args: ["self", "show", "--as", "anna", "--json"],
    out: { login: "anna", role: "user", scopes: ["self:read", "self:write"] },
  },
  { args: ["self", "show", "--as", "anna"], out: /^role +user$/m },
  {
    args: password("self", "password", "--as", "anna"),
    stdin: `wrong old one\n${OTHER_PASSWORD}`,
    code: 1,
    error: /./,
  },
  { args: password("self", "password", "--as", "anna"), stdin: PASSWORD, code: 1, error: /second line/ },
  { args: password("self", "password", "--as", "anna"), stdin: `${PASSWORD}\n${OTHER_PASSWORD}`, out: /changed/ },
  { args: ["contact", "complete", "zo", "--as", "anna", "--json"], out: [] },
  { args: ["contact", "written", "--as", "anna", "--json"], out: [] },
  { args: ["contact", "forget", "zoe@pipes.example", "--as", "anna"], out: /forgotten/ },
  { args: ["contact", "forget", "zoe@pipes.example"], code: 1, error: /--as LOGIN/ },
  { args: ["session", "list", "anna", "--json"], out: [] },
  { args: ["session", "close", "anna"], out: /0 browsers/ },
  { args: ["session", "close", "anna", "abc"], code: 1, error: /abc/ },
  { args: ["session", "logins", "anna"], out: /^AT / },
  {
    args: ["app", "add", "anna", "--name", "phone", "--service", "imap,submission", "--expires", "2099-01-31"],
    out: /^[a-z]{4}( [a-z]{4}){6}$/m,
  },
  {
    args: ["app", "add", "anna", "--name", "tablet", "--service", "imap", "--network", "10.0.0.0/8", "--json"],
    out: { name: "tablet" },
  },
  { args: ["app", "add", "anna", "--name", "x", "--service", "web"], code: 2, error: /web.*imap/ },
  { args: ["app", "add", "anna", "--name", "x"], code: 2, error: /--service/ },
  {
    args: ["app", "list", "anna", "--json"],
    out: [{ name: "phone", services: ["imap", "submission"] }, { name: "tablet" }],
  },
  { args: ["app", "list", "anna"], out: /phone +imap, submission/ },
  { args: ["app", "revoke", "anna", "phone"], out: /phone/ },
  { args: ["app", "revoke", "anna", "phone"], code: 1, error: /phone/ },
  { args: ["factor", "show", "anna"], out: /^on +false$/m },
  { args: ["factor", "begin", "--as", "anna", "--json"], out: { base32: expect.any(String) } },
  { args: ["factor", "begin"], code: 2, error: /--as LOGIN/ },
  { args: ["factor", "confirm", "000000", "--as", "anna"], code: 1, error: /./ },
  { args: ["factor", "codes", "--as", "anna"], code: 1, error: /./ },
  { args: ["factor", "rename", "anna", "key", "other"], code: 1, error: /no passkey/ },
  { args: ["factor", "remove", "anna", "key"], code: 1, error: /no passkey/ },
  { args: ["factor", "remove", "anna"], out: /anna/ },
  {
    args: ["user", "passwords", "--json"],
    out: expect.arrayContaining([expect.objectContaining({ login: "anna", neverChanged: false })]),
  },
  { args: ["user", "passwords", "--never-changed"], out: /^LOGIN / },
  { args: ["user", "reset", "anna", "--json"], out: { path: expect.stringMatching(/^\/reset\//) } },
  { args: ["user", "reset", "anna", "--revoke"], out: /\/reset\/.*\nIt is good until/ },
  { args: ["app", "list", "anna", "--json"], out: [] },
  { args: ["user", "reset", "nobody"], code: 1, error: /nobody/ },
  { args: ["user", "list", "--as", "anna"], code: 1, error: /administrators/ },
  { args: ["user", "show", "nobody", "--as", "anna"], code: 1, error: /administrators/ },

  {
    args: ["token", "add", "bert", "--name", "backup", "--scope", "users:read", "--scope", "mail:read"],
    out: /^gpt_[\w-]{43}$/m,
  },
  { args: ["token", "add", "bert", "--name", "backup", "--scope", "users:read"], code: 1, error: /backup/ },
  { args: ["token", "add", "carl", "--name", "x", "--scope", "users:read"], code: 1, error: /users:read/ },
  { args: ["token", "add", "bert", "--name", "x", "--scope", "everything"], code: 2, error: /everything.*self:read/ },
  { args: ["token", "add", "bert", "--name", "x"], code: 2, error: /--scope/ },
  { args: ["token", "add", "bert", "--scope", "self:read"], code: 2, error: /--name/ },
  {
    args: ["token", "add", "bert", "--name", "x", "--scope", "self:read", "--expires", "soon"],
    code: 1,
    error: /2027-01-31/,
  },
  {
    args: [
      ...["token", "add", "bert", "--name", "short", "--scope", "self:read,self:write", "--expires", "2099-01-31"],
      ...["--network", "10.0.0.9/8", "--network", "fd00::/8", "--json"],
    ],
    out: { name: "short", networks: ["10.0.0.0/8", "fd00::/8"], scopes: ["self:read", "self:write"] },
  },
  { args: ["token", "list", "bert"], out: /^ID .*\n\d+ +backup +users:read, mail:read/ },
  { args: ["token", "list", "bert", "--json"], out: [{ name: "backup", lastUsed: null }, { name: "short" }] },
  { args: ["token", "list", "bert", "--as", "carl"], code: 1, error: /administrate/ },
  { args: ["token", "revoke", "bert", "backup"], out: /backup/ },
  { args: ["token", "revoke", "bert", "backup"], code: 1, error: /backup/ },
  { args: ["user", "remove", "carl", "clerks"], out: /Removed carl\nRemoved clerks/ },

  { args: password("user", "password", "anna"), stdin: OTHER_PASSWORD, out: /anna/ },
  { args: password("user", "password", "nobody"), stdin: OTHER_PASSWORD, code: 1, error: /nobody/ },
  { args: password("user", "password", "anna"), stdin: "x", code: 1, error: /password/ },

  { args: ["domain", "add", "Second.Test"], out: /second\.test/i },
  { args: ["domain", "add", "second.test"], code: 1, error: /second\.test/i },
  { args: ["domain", "add", "not a domain"], code: 1, error: /domain/ },
  { args: ["domain", "list", "--json"], out: [{ name: DOMAIN }, { name: "second.test" }] },
  { args: ["domain", "list"], out: /^second\.test/m },
  { args: ["domain", "remove", DOMAIN], code: 1, error: /addresses/ },
  {
    args: ["domain", "set", "second.test", "aliases=third.test,fourth.test", "description=More", "--json"],
    out: { aliases: ["fourth.test", "third.test"], description: "More" },
  },
  { args: ["domain", "set", "second.test", "aliases=", "unknownRecipients=mailbox", "catchAllMailbox=anna"] },
  { args: ["domain", "show", "second.test"], out: /^catchAllMailbox +anna@example\.test$/m },
  { args: ["domain", "set", "second.test", "unknownRecipients=refuse", "catchAllMailbox=none"] },
  { args: ["domain", "show", "second.test", "--json"], out: { unknownRecipients: "refuse", catchAll: null } },
  { args: ["domain", "set", "second.test", "colour=red"], code: 1, error: /colour/ },
  { args: ["domain", "show", "nowhere.test"], code: 1, error: /nowhere\.test/ },

  { args: ["alias", "add", "info@second.test", "anna"], out: /info@second\.test/ },
  { args: ["alias", "add", "info@second.test", "b@example.test"] },
  { args: ["alias", "add", "info@second.test", "anna"], code: 1, error: /already/ },
  { args: ["alias", "add", "info@third.test", "anna"], code: 1, error: /third\.test/ },
  { args: ["alias", "add", "nonsense", "anna"], code: 1, error: /nonsense/ },
  { args: ["alias", "add", "x@second.test", "nobody"], code: 1, error: /nobody/ },

  {
    args: ["contact", "add", "fullName=Zoe Plumber", "mails=work:zoe@pipes.test,zoe@home.test", "phones=mobile:+49 1"],
    out: /^Created contact 1: Zoe Plumber$/m,
  },
  { args: ["contact", "add", "mails=nonsense"], code: 1, error: /nonsense/ },
  { args: ["contact", "add", "colour=red"], code: 1, error: /There is no property/ },
  { args: ["contact", "add", "fullName=Aunt", "--own", "--as", "anna"], out: /Aunt/ },
  { args: ["contact", "add", "fullName=Shared", "--as", "anna"], code: 1, error: /administrators/ },
  { args: ["contact", "add", "fullName=Whose", "--own"], code: 1, error: /--as LOGIN/ },
  {
    args: ["contact", "set", "1", "organisation=Pipes", "--json"],
    out: { name: "Zoe Plumber", organisation: "Pipes", mails: [{ kind: "work", address: "zoe@pipes.test" }, {}] },
  },
  { args: ["contact", "set", "Zoe", "title=x"], code: 2, error: /number/ },
  { args: ["contact", "list", "--search", "plum"], out: /work:zoe@pipes\.test/ },
  { args: ["contact", "list", "--own", "--as", "anna", "--json"], out: [{ name: "Aunt", book: "own" }] },
  { args: ["contact", "show", "2"], code: 1, error: /no such contact/ },
  { args: ["contact", "show", "1"], out: /^organisation +Pipes$/m },
  { args: ["contact", "remove", "1"], out: /Removed contact 1/ },
  { args: ["contact", "list", "--json"], out: [] },

  { args: ["proxy", "addresses"], out: /^host +mail\.example\.test$/m },
  { args: ["proxy", "list", "add", "Ads", "hosts=ads.test,bad.test"], out: /Ads: 2 read, 0 left out/ },
  { args: ["proxy", "list", "set", "Ads", "description=Of the house", "--json"], out: { entries: 2 } },
  { args: ["proxy", "list", "show", "Ads"], out: /^entries +2$/m },
  { args: ["proxy", "list", "list", "--json"], out: [{ name: "Ads", source: "text" }] },
  { args: ["proxy", "list", "lookup", "www.ads.test"], out: /www\.ads\.test: Ads/ },
  { args: ["proxy", "list", "refresh", "Ads"], out: /2 read/ },
  { args: ["proxy", "list", "bring", "Ads", "/nowhere"], code: 1, error: /nowhere/ },
  { args: ["proxy", "group", "add", "Children", "members=anna"], out: /Children/ },
  { args: ["proxy", "group", "set", "Children", "members=anna,bert", "--json"], out: { members: ["anna", "bert"] } },
  { args: ["proxy", "group", "list"], out: /anna, bert/ },
  { args: ["proxy", "rule", "add", "No ads", "action=bar", "hosts=list:Ads"], out: /at position 1/ },
  { args: ["proxy", "rule", "add", "Bedtime", "action=warn", "groups=Children", "from=20:00"], out: /position 2/ },
  { args: ["proxy", "rule", "set", "bedtime", "to=6:00", "--json"], out: { from: "20:00", to: "6:00" } },
  { args: ["proxy", "rule", "move", "Bedtime", "1"], out: /^1 +\d+ +Bedtime/m },
  { args: ["proxy", "rule", "show", "No ads"], out: /^hosts +list:Ads$/m },
  { args: ["proxy", "rule", "list", "--json"], out: [{ name: "Bedtime" }, { name: "No ads" }] },
  { args: ["proxy", "rule"], code: 2, error: /rule list/ },
  { args: ["proxy", "test", "www.ads.test", "--user", "anna"], out: /^bar: You may not use the web proxy/ },
  { args: ["proxy", "list", "remove", "Ads"], code: 1, error: /No ads/ },
  { args: ["proxy", "rule", "remove", "No ads"], out: /Removed/ },
  { args: ["proxy", "rule", "remove", "Bedtime"] },
  { args: ["proxy", "list", "remove", "Ads"], out: /Removed/ },
  { args: ["proxy", "group", "remove", "Children"], out: /Removed/ },
  { args: ["proxy", "limit", "set", "anna", "dayMegabytes=500", "--json"], out: { own: { dayMegabytes: 500 } } },
  { args: ["proxy", "limit", "show", "anna"], out: /^dayMegabytes +500$/m },
  { args: ["proxy", "limit", "list"], out: /^anna +0 +500/m },
  {
    args: password("proxy", "upstream", "add", "Company", "kind=http", "address=proxy.test", "login=x"),
    stdin: PASSWORD,
  },
  { args: ["proxy", "upstream", "set", "Company", "address=other.test"], code: 1, error: /Give the password again/ },
  { args: ["proxy", "upstream", "move", "Company", "1"], out: /Company/ },
  { args: ["proxy", "upstream", "show", "Company"], out: /^hasPassword +true$/m },
  { args: ["proxy", "upstream", "list", "--json"], out: [{ address: "proxy.test" }] },
  { args: ["proxy", "upstream", "remove", "Company"], out: /Removed/ },
  { args: ["proxy", "live", "--json"], out: [] },
  { args: ["proxy", "cut", "1"], code: 1, error: /no such connection/ },
  { args: ["proxy", "log", "--login", "anna", "--json"], out: [] },
  { args: ["proxy", "totals"], out: /^LOGIN/m },
  { args: ["proxy", "graph"], out: /^HOUR/m },
  { args: ["proxy", "own", "--as", "anna"], out: /^dayOctets +0$/m },
  { args: ["proxy", "own"], code: 1, error: /--as LOGIN/ },
  { args: ["proxy", "cache", "show"], out: /^entries +0$/m },
  { args: ["proxy", "cache", "purge", "--all"], out: /0 removed/ },
  { args: ["proxy", "cache", "purge"], code: 2, error: /--all/ },
  { args: ["ftp", "share", "add", "Photos", "everybody=read", "write=anna"], out: /Photos/ },
  { args: ["ftp", "share", "set", "Photos", "maxOctets=5M", "--json"], out: { maxOctets: 5_000_000, write: ["anna"] } },
  { args: ["ftp", "share", "show", "Photos"], out: /^folder +shared\/Photos$/m },
  { args: ["ftp", "share", "list"], out: /Photos +shared\/Photos +read/ },
  { args: ["ftp", "share", "remove", "Photos"], out: /no longer/ },
  { args: ["ftp", "quota", "anna", "maxOctets=2G", "--json"], out: { ownMaxOctets: 2_000_000_000 } },
  { args: ["ftp", "quota", "anna"], out: /people\/anna/ },
  { args: ["ftp", "sessions", "--json"], out: [] },
  { args: ["ftp", "end", "x"], code: 1, error: /no such FTP session/ },
  { args: ["pages", "list"], out: /people\/bert\/www/ },
  { args: ["pages", "errors", "--as", "anna", "--json"], out: [] },
  { args: ["pages", "forget", "--as", "anna"] },

  { args: ["mailbox", "archive", "list", "anna", "--json"], out: expect.any(Array) },
  { args: ["mailbox", "archive", "search", "anna", "plan", "--since", "2026-01-01", "--json"], out: [] },
  { args: ["mailbox", "archive", "search", "anna", "--since", "last week"], code: 1, error: /2027-01-31/ },
  { args: ["mailbox", "archive", "restore", "anna"], code: 2, error: /--folder/ },
  { args: ["mailbox", "archive", "restore", "anna", "--folder", "Nowhere"], code: 1, error: /no folder/ },
  { args: ["mailbox", "archive", "list", "anna", "--as", "bert"], out: /FOLDER/ },
  { args: ["mailbox", "archive", "empty", "anna"], code: 2, error: /list, search or restore/ },
  {
    args: ["alias", "list", "--json"],
    out: expect.arrayContaining([
      expect.objectContaining({ address: "info@second.test", owner: "anna" }),
      expect.objectContaining({ address: "info@second.test", owner: "bert" }),
    ]),
  },
  { args: ["alias", "set", "info@second.test", "--note", "Both"], code: 1, error: /several mailboxes/ },
  {
    args: ["alias", "set", "info@second.test", "anna", "--note", "Hers", "--json"],
    out: { note: "Hers", owner: "anna" },
  },
  { args: ["alias", "set", "info@second.test", "anna", "--note", ""] },
  { args: ["alias", "set", "info@second.test"], code: 2, error: /--expires/ },
  { args: ["alias", "add", "*@second.test", "anna"], code: 1, error: /catch-all/ },
  { args: ["alias", "add", "shop-*@second.test", "anna", "--expires", "2040-01-31", "--note", "Shops"] },
  {
    args: ["alias", "list", "--kind", "wildcard", "--json"],
    out: [{ address: "shop-*@second.test", wildcard: true, ended: false, note: "Shops" }],
  },
  { args: ["alias", "list", "--kind", "temporary", "--domain", "second.test"], out: /^shop-\*@second\.test .* 2040-/m },
  { args: ["alias", "list", "--kind", "odd"], code: 1, error: /kind/ },
  { args: ["alias", "list", "--as", "anna"], out: /^ADDRESS((?!bert).)*$/s },
  { args: ["alias", "add", "mine@second.test", "anna", "--as", "anna"], code: 1, error: /Only administrators/ },
  { args: ["alias", "remove", "shop-*@second.test"], out: /shop-\*@second\.test/ },
  { args: ["alias", "remove", "info@second.test", "bert"] },
  { args: ["alias", "list"], out: /info@second\.test +\d+ +anna\n/ },
  { args: ["alias", "remove", "info@second.test"] },
  { args: ["alias", "remove", "info@second.test"], code: 1, error: /info@second\.test/ },
  { args: ["domain", "remove", "second.test"], out: /second\.test/ },
  { args: ["domain", "remove", "second.test"], code: 1, error: /second\.test/ },

  { args: ["mailbox", "add", "anna", "--description", "Club", "--json"], out: { owner: "anna", description: "Club" } },
  { args: ["mailbox", "add", "nobody"], code: 1, error: /nobody/ },
  { args: ["alias", "add", "club@example.test", "MAILBOX"] },
  { args: ["mailbox", "set", "club@example.test", "description=The club"] },
  { args: ["mailbox", "set", "club@example.test", "colour=red"], code: 1, error: /colour/ },
  {
    args: ["mailbox", "show", "club@example.test", "--json"],
    out: {
      description: "The club",
      addresses: [{ address: "club@example.test", primary: true }],
      folders: expect.arrayContaining([expect.objectContaining({ name: "INBOX" })]),
    },
  },
  { args: ["mailbox", "show", "club@example.test"], out: /^description +The club$[\s\S]*^INBOX /m },
  { args: ["mailbox", "show", "999999"], code: 1, error: /no such mailbox/ },
  {
    args: ["mailbox", "list", "--json"],
    out: expect.arrayContaining([expect.objectContaining({ description: "The club" })]),
  },
  { args: ["mailbox", "shares", "club@example.test"], out: /^LOGIN +RIGHTS/ },
  { args: ["mailbox", "list"], out: /The club/ },
  {
    args: ["mailbox", "list", "--owner", "anna", "--sort", "description", "--json"],
    out: [{}, { description: "The club" }],
  },
  { args: ["mailbox", "list", "--sort", "colour"], code: 1, error: /sort/ },
  { args: ["mailbox", "list", "--as", "bert", "--owner", "nobody"], code: 1, error: /nobody/ },
  { args: ["group", "add", "Clubs", "quota.messages=100", "expiry.Trash=14:delete", "--json"], out: { members: 0 } },
  { args: ["group", "add", "clubs"], code: 1, error: /already/ },
  {
    args: [
      ...["mailbox", "set", "club@example.test", "login=the-club", "group=clubs", "quota.octets=1.5G", "--json"],
      ...["expiry=INBOX:90:archive,Sent:365:delete", "forwarding.addresses=a@elsewhere.test,b@elsewhere.test"],
      ...["forwarding.enabled=on", "autoresponder.enabled=on", "autoresponder.endsAt=2040-01-31"],
    ],
    out: {
      login: "the-club",
      group: "Clubs",
      quota: { octets: 1_500_000_000 },
      effectiveQuota: { messages: 100 },
      expiry: [{ folder: "INBOX", days: 90, action: "archive" }, { folder: "Sent" }],
      forwarding: { enabled: true, addresses: ["a@elsewhere.test", "b@elsewhere.test"], keepCopy: true },
      autoresponder: { enabled: true, answers: true, endsAt: "2040-01-31T23:59:59.999Z" },
    },
  },
  {
    args: ["mailbox", "set", "club@example.test", "expiry.INBOX=none", "expiry.Work/2026=30:archive", "--json"],
    out: {
      expiry: [{ folder: "Sent" }, { folder: "Work/2026", days: 30 }],
      effectiveExpiry: [{}, {}, { folder: "Trash" }],
    },
  },
  { args: ["mailbox", "set", "club@example.test", "expiry.INBOX=soon"], code: 1, error: /INBOX:90:archive/ },
  { args: ["mailbox", "set", "club@example.test", "quota.octets=lots"], code: 1, error: /quota\.octets/ },
  { args: ["mailbox", "set", "club@example.test", "description=Mine", "--as", "anna"], code: 1, error: /permission/ },
  { args: password("mailbox", "password", "club@example.test"), stdin: OTHER_PASSWORD, out: /set/ },
  { args: password("mailbox", "password", "anna"), stdin: OTHER_PASSWORD, code: 1, error: /login name of its own/ },
  { args: ["mailbox", "password", "club@example.test", "--none"], out: /taken away/ },
  { args: ["alias", "add", "clubs@example.test", "club@example.test"] },
  { args: ["mailbox", "primary", "club@example.test", "clubs@example.test"] },
  { args: ["mailbox", "share", "club@example.test", "bert", "write"], out: /^bert +lrswite +write$/m },
  { args: ["mailbox", "share", "club@example.test", "bert", "much"], code: 1, error: /lrswipkxtea/ },
  {
    args: ["mailbox", "show", "club@example.test"],
    out: /^addresses +clubs@.* \(return address\)[\s\S]*^shares +bert \(write\)$/m,
  },
  { args: ["mailbox", "unshare", "club@example.test", "bert", "--json"], out: [] },
  {
    args: ["group", "set", "Clubs", "rename=Societies", "quota.octets=2G", "--json"],
    out: { name: "Societies", members: 1 },
  },
  { args: ["group", "show", "societies"], out: /^quota\.octets +2000000000$[\s\S]*^expiry +Trash:14:delete$/m },
  { args: ["group", "list"], out: /^Societies /m },
  { args: ["group", "remove", "Societies"], out: /Societies/ },
  { args: ["group", "remove", "Societies"], code: 1, error: /Societies/ },
  { args: ["mailbox", "remove", "anna@example.test"], code: 1, error: /primary mailbox/ },
  { args: ["mailbox", "remove", "club@example.test"] },
  { args: ["mailbox", "show", "club@example.test"], code: 1, error: /club@example\.test/ },

  { args: ["queue", "list", "--json"], out: [] },
  { args: ["queue", "list", "--search", "x", "--limit", "5"], out: /^ID / },
  { args: ["queue", "list", "--limit", "0"], code: 2, error: /limit/ },
  { args: ["queue", "show", "1"], code: 1, error: /no longer/ },
  { args: ["queue", "show", "first"], code: 2, error: /number/ },
  { args: ["queue", "retry", "all", "--json"], out: { recipients: 0 } },
  { args: ["queue", "hold", "all"], out: /0 recipients/ },
  { args: ["queue", "release", "1"], code: 1, error: /no longer/ },
  { args: ["queue", "delete", "1"], code: 1, error: /no longer/ },

  {
    args: ["services", "--json"],
    out: expect.arrayContaining([expect.objectContaining({ service: "smtp", access: "any" })]),
  },
  { args: ["services"], out: /^imap +\S* +\d+ +implicit +lan/m },

  {
    args: ["settings", "list", "--json"],
    out: expect.arrayContaining([expect.objectContaining({ setting: "smtp.maxMessageSize" })]),
  },
  { args: ["services", "set", "995", "--off"] },
  { args: ["services"], out: /^pop3 +\S* +\d+ +implicit +lan +stopped/m },
  { args: ["services", "set", "995", "--on", "--access", "127.0.0.0/8"] },
  { args: ["services"], out: /^pop3 +\S* +\d+ +implicit +127\.0\.0\.0\/8/m },
  { args: ["services", "set", "995", "--access", "everybody"], code: 1, error: /network/ },
  { args: ["services", "set", "995", "--on", "--off"], code: 2, error: /either/ },
  { args: ["services", "set", "4711", "--on"], code: 1, error: /4711.*There are: 25,/ },
  { args: ["services", "set"], code: 2, error: /^Usage: gatepost services set PORT/ },

  { args: ["settings", "list", "dns"], out: /^dns\.timeout +2 /m },
  { args: ["settings", "list", "weather"], code: 1, error: /weather.*There are: transport,/ },
  { args: ["settings", "set", "dns.timeout=3", "smtp.relayFor=10.0.0.0/8, fd00::/8"] },
  {
    args: ["settings", "set", "dns.timeout=4", "smtp.maxMessageSize=5"],
    code: 1,
    error: /smtp\.maxMessageSize: This is 1,024 or more\./,
  },
  { args: ["settings", "set", "smtp.relayFor=everybody"], code: 1, error: /A network is written like/ },
  { args: ["settings", "set", "smtp.authOnPort25=perhaps"], code: 1, error: /authOnPort25/ },
  { args: ["settings", "set", "smtp.weather=fine"], code: 1, error: /weather/ },
  { args: ["settings", "set", "smtp"], code: 2, error: /=VALUE/ },
  { args: ["settings", "list", "dns", "--json"], out: expect.arrayContaining([expect.objectContaining({ value: 3 })]) },
  {
    args: ["settings", "set", "dns.timeout=2", "smtp.relayFor=", "--json"],
    out: { "dns.timeout": 2, "smtp.relayFor": [] },
  },

  { args: ["bar", "list", "--json"], out: [] },
  { args: ["bar", "list"], out: /^KIND / },
  { args: ["bar", "add", "192.0.2.1", "--for", "2d", "--why", "scans", "--json"] },
  { args: ["bar", "add", "192.0.2.1", "--for", "ever"], code: 1, error: /./ },
  { args: ["bar", "list"], out: /192\.0\.2\.1/ },
  { args: ["bar", "lift", "192.0.2.1"], out: /192\.0\.2\.1/ },
  { args: ["bar", "allow", "198.51.100.0/24"], out: /198\.51\.100\.0\/24/ },
  { args: ["bar", "allow", "--remove", "198.51.100.0/24"] },
  { args: ["bar", "lift", "192.0.2.1"], code: 1, error: /192\.0\.2\.1/ },

  { args: ["access", "show"], out: /993/ },
  { args: ["access", "lan", "--add", "100.64.0.0/10"] },
  { args: ["access", "lan", "--remove", "100.64.0.0/10"] },
  { args: ["access", "lan", "--add", "somewhere"], code: 1, error: /network/ },
  { args: ["access", "set", "993", "any"] },
  { args: ["access", "show"], out: /993.*any/ },
  { args: ["access", "set", "993", "lan"] },
  { args: ["access", "set", "4711", "lan"], code: 1, error: /4711/ },

  { args: ["certificate", "list"], out: /^ID / },
  { args: ["certificate", "root"], out: /^-----BEGIN CERTIFICATE-----/ },
  { args: ["certificate", "issue", "mail.example.test", "localhost"] },
  { args: ["certificate", "list", "--json"], out: expect.arrayContaining([expect.objectContaining({ inUse: true })]) },
  { args: ["certificate", "install", "/nowhere/chain.pem", "/nowhere/key.pem"], code: 1, error: /chain\.pem/ },
  { args: ["certificate", "remove", "none"], code: 1, error: /./ },

  {
    args: [
      "userdb",
      "add",
      "office",
      "servers=ldaps://127.0.0.1:9",
      "base=dc=example",
      "timeoutSeconds=1",
      "connectSeconds=1",
    ],
  },
  { args: ["userdb", "add", "office", "servers=ldaps://127.0.0.1:9", "base=dc=example"], code: 1, error: /office/ },
  { args: ["userdb", "set", "office", "description=The office"] },
  { args: ["userdb", "set", "office", "colour=red"], code: 1, error: /colour/ },
  { args: password("userdb", "password", "office"), stdin: PASSWORD },
  { args: ["userdb", "trust", "office", "/nowhere/root.pem"], code: 1, error: /root\.pem/ },
  { args: ["userdb", "list"], out: /office/ },
  { args: ["userdb", "show", "office", "--json"], out: { name: "office", description: "The office" } },
  { args: ["userdb", "order", "office"] },
  { args: ["userdb", "test", "office"], code: 1, out: /^bad .*Port 9/m, error: /above/ },
  { args: ["userdb", "preview", "office"], code: 1, error: /./ },
  { args: ["userdb", "import", "office", "--create"], code: 1, out: /Port 9/, error: /./ },
  { args: ["userdb", "sync", "office"], code: 1, out: /Port 9/, error: /./ },
  { args: ["userdb", "remove", "office"] },
  { args: ["userdb", "show", "office"], code: 1, error: /office/ },

  { args: ["log", "--limit", "3"], out: /^AT / },
  { args: ["log", "--limit", "many"], code: 1, error: /limit/ },
  { args: ["audit", "list", "--subject", "user anna", "--limit", "2"], out: /user\.set/ },
  {
    args: ["audit", "list", "--operation", "token.add", "--json"],
    out: expect.arrayContaining([expect.objectContaining({ actor: "console", via: "command" })]),
  },

  { args: ["trace", "nothing", "--json"], out: [] },
  { args: ["trace", "nothing"], out: /^AT / },
  { args: ["trace"], code: 2, error: /^Usage: gatepost trace ID/ },

  { args: ["user", "remove", "anna"], out: /anna/ },
  { args: ["user", "remove", "anna"], code: 1, error: /anna/ },
  { args: ["user", "remove", "bert", "--json"] },

  { args: ["user"], code: 2, error: /followed by one of: add, set, list, show/ },
  { args: ["user", "dance"], code: 2, error: /followed by one of: add, set, list, show/ },
  { args: ["user", "list", "--loud"], code: 2, error: /--loud[\s\S]*^Usage: gatepost user list/m },
  { args: ["user", "list", "surplus"], code: 2, error: /^Usage: gatepost user list/ },
  { args: ["dance"], code: 2, error: /dance/ },
];

const said = ({ code, out, error }: Said) => JSON.stringify({ code, out, error });

function check(step: Step, result: Said): void {
  const { code = 0, out, error } = step;
  expect(result.code, said(result)).toBe(code);
  if (out instanceof RegExp) expect(result.out).toMatch(out);
  else if (out !== undefined) expect(JSON.parse(result.out)).toMatchObject(out);
  if (error !== undefined) expect(result.error).toMatch(error);
  if (code === 0) expect(result.error).toBe("");
  // What went wrong may stand below what was found; otherwise there is nothing to say but that.
  else if (out === undefined) expect(result.out).toBe("");
  // A refusal is one clear line; a stack trace is for nobody.
  if (code === 1) expect(result.error.trimEnd().split("\n")).toHaveLength(1);
  expect(result.error).not.toMatch(/^ +at /m);
}

describe.each(["running", "stopped"])("with the server %s", (state) => {
  let server: Gatepost;
  let mailbox = "";
  beforeAll(async () => {
    server = await Gatepost.start();
    if (state === "stopped") expect(await server.stop()).toBe(0);
  });
  afterAll(() => server.remove());

  const named = STEPS.map((step) => [`${step.args.join(" ")} → ${step.code ?? 0}`, step] as const);

  test.each(named)("gatepost %s", async (_name, step) => {
    const args = step.args.map((word) => (word === "MAILBOX" ? mailbox : word));
    const result = await server.attempt(args, step.stdin);
    check(step, result);
    if (args[0] === "mailbox" && args[1] === "add" && result.code === 0) mailbox = String(JSON.parse(result.out).id);
  });
});

test("every action that `gatepost help` knows was exercised above", async () => {
  const help = async (...words: string[]) => (await run([EXECUTABLE, "help", ...words])).out;
  const names = [...(await help()).matchAll(/^ {2}([a-z]+) /gm)].flatMap(([, name = ""]) =>
    ["serve", "help", "version"].includes(name) ? [] : [name],
  );
  expect(names.length).toBeGreaterThan(8);
  const known: string[] = [];
  for (const name of names) {
    for (const [, words = ""] of (await help(name)).matchAll(/^ {2}gatepost ([a-z ]+)/gm)) known.push(words.trim());
  }
  const exercised = STEPS.filter(({ code = 0 }) => code < 2).map(({ args }) => args.join(" "));
  expect(known.filter((words) => !exercised.some((line) => `${line} `.startsWith(`${words} `)))).toEqual([]);
});

describe("what a command does takes effect at once", () => {
  let server: Gatepost;
  beforeAll(async () => {
    server = await Gatepost.start({ users: ["anna"] });
  });
  afterAll(() => server.remove());

  const mayLogIn = async (login: string, secret: string) =>
    !JSON.stringify(await calls(server, "imaps", ["login", login, secret])).includes("error");

  test("a new user, another password, a user who is switched off and one who is removed", async () => {
    await server.addUser("carl");
    expect(await mayLogIn("carl", PASSWORD)).toBe(true);
    await server.command(["user", "password", "carl", "--password-stdin"], OTHER_PASSWORD);
    expect(await mayLogIn("carl", PASSWORD)).toBe(false);
    expect(await mayLogIn("carl", OTHER_PASSWORD)).toBe(true);
    await server.command(["user", "set", "carl", "enabled=no"]);
    expect(await mayLogIn("carl", OTHER_PASSWORD)).toBe(false);
    await server.command(["user", "set", "carl", "enabled=yes"]);
    expect(await mayLogIn("carl", OTHER_PASSWORD)).toBe(true);
    await server.command(["user", "remove", "carl"]);
    expect(await mayLogIn("carl", OTHER_PASSWORD)).toBe(false);
  });

  test("passwords of any characters and any sensible length", async () => {
    for (const secret of [
      "Grüße aus Köln 日本語 🙂",
      'with "quotes" and \\ and spaces  ',
      "x".repeat(20).concat("long-".repeat(30)),
    ]) {
      await server.command(["user", "password", "anna", "--password-stdin"], secret);
      const client = await Client.open({ port: server.port(993), tls: true });
      await client.ok(`AUTHENTICATE PLAIN ${Buffer.from(`\0anna\0${secret}`).toString("base64")}`);
      await client.ok("LOGOUT");
    }
  });

  test("forty commands at the same time", async () => {
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, at) => server.attempt(["alias", "add", `a${at}@example.test`, "anna"])),
    );
    expect(results.map(({ code }) => code)).toEqual(Array(40).fill(0));
    const aliases = await server.json<{ address: string }[]>("alias", "list");
    expect(aliases.filter(({ address }) => /^a\d+@/.test(address))).toHaveLength(40);
  });
});

describe("the executable without a server", () => {
  const folder = temporaryFolder("gatepost-cli");
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const call = async (args: string[], env: Record<string, string> = {}) =>
    await run([EXECUTABLE, ...args], { env: { GATEPOST_DATA: folder, ...env } });

  test.each([
    [[], 0, /^Gatepost: /],
    [["help"], 0, /Usage: gatepost serve/],
    [["--help"], 0, /Usage: gatepost serve/],
    [["-h"], 0, /Usage: gatepost serve/],
    [["help", "queue"], 0, /gatepost queue retry ID\|all/],
    [["queue", "--help"], 0, /gatepost queue retry ID\|all/],
    [["queue", "list", "-h"], 0, /gatepost queue retry ID\|all/],
    [["version"], 0, /^gatepost \d+\.\d+\.\d+\n$/],
    [["--version"], 0, /^gatepost \d+\.\d+\.\d+\n$/],
  ])("gatepost %p ends with %i", async (args, code, out) => {
    const result = await call(args);
    expect(result.code).toBe(code);
    expect(result.out).toMatch(out);
    expect(result.error).toBe("");
  });

  test.each([
    [["help", "dance"], 2, /dance/],
    [["serve", "--loud"], 2, /--loud/],
    [["serve", "--port-offset", "many"], 2, /number/],
    [["serve", "--port-offset", "70000"], 2, /offset/],
    [["serve", "--listen", "300.1.1.1"], 2, /300\.1\.1\.1/],
    [["serve", "--log", "xml"], 2, /text.*json/],
    [["user", "list", "--data"], 2, /--data/],
    [["user", "list", "--data", "/dev/null/x"], 1, /\/dev\/null\/x/],
    [["user", "list", "--data", "/proc/gatepost"], 1, /\/proc\/gatepost/],
  ])("gatepost %p ends with %i and a clear line", async (args, code, error) => {
    const result = await call(args);
    expect(result.code).toBe(code);
    expect(result.error).toMatch(error);
    expect(result.error).not.toMatch(/^ +at /m);
    expect(result.out).toBe("");
  });

  test("the data folder comes from the environment, or from --data", async () => {
    await call(["domain", "add", "one.test"]);
    expect(JSON.parse((await call(["domain", "list", "--json"])).out)).toMatchObject([{ name: "one.test" }]);
    const other = `${folder}/other`;
    expect(JSON.parse((await call(["domain", "list", "--json", "--data", other])).out)).toEqual([]);
    expect(JSON.parse((await call(["domain", "list", "--json"], { GATEPOST_DATA: other })).out)).toEqual([]);
  });

  test("a file from a later version is left alone, with a clear sentence", async () => {
    const later = temporaryFolder("gatepost-later");
    await call(["domain", "list", "--data", later]);
    const database = new Database(`${later}/gatepost.db`);
    database.run("PRAGMA user_version = 999");
    database.close();
    const result = await call(["domain", "list", "--data", later]);
    expect(result.code).toBe(1);
    expect(result.error).toMatch(/newer Gatepost/);
    rmSync(later, { recursive: true });
  });
});
