/** Every page there is, with something on it, and who looks at it. */
import { totpCode } from "../totp.ts";
import { type Crowded, LONG_LOGIN } from "./crowded.ts";
import { Browser, PASSWORD } from "./house.ts";

/** Who looks: at everything; at one domain; a user who may much, and one who may little; two on the way in; a stranger. */
export const VISITORS = ["admin", "dora", "ann", "lars", "ann's code", "emil's password", "stranger"] as const;
export type Visitor = (typeof VISITORS)[number];

/** Routes that answer GET and are no pages: files, parts of pages, streams, and what only leads on. */
export const NO_PAGES: ReadonlySet<string> = new Set([
  "/admin/house",
  ...[
    "/*",
    "/assets/*",
    "/robots.txt",
    "/.well-known/mta-sts.txt",
    "/ca.crt",
    "/proxy.pac",
    "/wpad.dat",
    "/api/openapi.json",
    "/",
    "/mail",
    "/admin/settings",
    "/setup",
    "/setup/done",
  ],
  ...["/admin/users/new/following", "/admin/mailboxes/people", "/admin/mailboxes/named", "/admin/log/stream"],
  "/admin/domains/:name/reports/:id",
  ...["/admin/queue/events", "/admin/messages/events"],
  ...["/admin/users/:login/general", "/admin/mailboxes/:id{\\d+}/general", "/admin/user-databases/:name/import/run"],
  ...["/admin/gateway/log.csv", "/admin/gateway/totals.csv"],
  ...["/mail/search/suggest", "/mail/search/counts"],
  ...["/admin/contacts/contacts.vcf", "/admin/contacts/contacts.csv"],
  ...["/mail/options/contacts/contacts.vcf", "/mail/options/contacts/contacts.csv"],
  ...["import/status", "export"].map((part) => `/mail/options/mailboxes/:mailbox{\\d+}/${part}`),
  ...["/mail/app.webmanifest", "/mail/app-192.png", "/mail/app-512.png", "/mail/worker.js"],
  ...["/mail/events", "/mail/compose/complete", "/mail/compose/picture", "/mail/folders/:folder{\\d+}/menu"],
  ...["/admin/mailboxes/:id{\\d+}/rules/run/status", "/mail/options/mailboxes/:mailbox{\\d+}/rules/run/status"],
  ...["/admin/mailboxes/:id{\\d+}/collection/status", "/mail/options/mailboxes/:mailbox{\\d+}/collection/status"],
  ...[
    "body",
    "print",
    "part/:part{[\\d.]+|TEXT}",
    "packed/:part{[\\d.]+}/:file{\\d+}",
    "attachments.zip",
    "message.eml",
    "source",
    "headers",
  ].map((part) => `/mail/f/:folder{\\d+}/m/:uid{\\d+}/${part}`),
  "/mail/pictures/:signature{[\\w-]{43}}/:url{[\\w-]{1,12000}}",
  "/mail/f/:folder{\\d+}/rows",
  "/p/:token{[\\w-]{43}}/file",
]);

const USER_TABS = ["", "/news", "/permissions", "/mail", "/expiry", "/directory", "/security", "/remove"];
const MAILBOX_TABS = [
  "",
  "/addresses",
  "/forwarding",
  "/autoresponder",
  "/rules",
  "/rules/new",
  "/rules/run",
  "/scripts",
  "/collection",
  "/expiry",
  "/quota",
  "/sharing",
  "/remove",
];
const OWN_MAILBOX = [
  "",
  "/import",
  "/reply",
  "/forwarding",
  "/rules",
  "/rules/new",
  "/rules/run",
  "/scripts",
  "/scripts?name=rules",
  "/collection",
  "/collection?account=1",
  "/expiry",
  "/sharing",
  "/junk",
  "/temporary",
  "/archive",
  "/archive?q=bridge",
];
const OWN = [
  "",
  "/appearance",
  "/traffic",
  "/files",
  "/entry",
  "/identities",
  "/parcels",
  "/templates",
  "/templates/new",
  "/notifications",
  "/pictures",
  "/home-page",
  "/home-page/guide",
  "/password",
  "/second-factor",
  "/app-passwords",
  "/sessions",
  "/tokens",
];

const below = (at: string, ...paths: readonly (string | number)[]): string[] => paths.map((path) => `${at}${path}`);

/** The addresses that somebody looks at. */
export function pagesOf(visitor: Visitor, crowd: Crowded): readonly string[] {
  const { house, shared, choir, contact, ownContact, queued, folder, uid, certificate, gateway } = crowd;
  const options = (login: string) => `/mail/options/mailboxes/${house.user(login).primaryMailbox}`;
  const pages: Record<Visitor, () => readonly string[]> = {
    admin: () => [
      ...below(
        "/admin",
        "",
        "/log",
        "/audit",
        "/audit?subject=ann",
        "/bars",
        "/services",
        "/services/imap-993",
        "/scripts",
        "/about",
      ),
      ...below("/admin/settings", "/transport"),
      ...below("/admin/certificates", "", `/${certificate}/remove`),
      ...below("/admin/messages", "", "?q=nothing-like-that", "?from=ann", "/01k3f8e0ab2cdxyz"),
      ...below("/admin/queue", "", `/${queued}`, `/${queued}/message`, "/ask?action=bounce&id=all", "?to=slow.example"),
      ...below(
        "/admin/routes",
        "",
        "?to=someone@far.example&user=ann",
        "?to=nobody@home.example",
        "/new",
        ...below(`/${crowd.route}`, "", "/remove"),
      ),
      ...below("/admin/house", "/senders", "/journals", `/journals/${crowd.rules.journal}`),
      `/admin/house/journals/${crowd.rules.journal}/remove`,
      ...below("/admin/house/rules", "", "/new?like=programs", ...below(`/${crowd.rules.rule}`, "", "/remove")),
      ...below("/admin/house/barred", "", "?address=x@spam.example", `/${crowd.rules.barred}`),
      ...below("/admin/quarantine", "", `/${crowd.held}`, `/${crowd.infected}/remove`),
      ...below("/admin/users", "", "?q=nobody-at-all", "?kind=template", "/new", "/new?kind=template", "/guest"),
      ...below("/admin/users/ann", ...USER_TABS, "/security/factors/remove"),
      ...below(`/admin/users/${LONG_LOGIN}`, "", "/mail"),
      ...below("/admin/users", "/staff", "/staff/permissions", "/berta.schmidt/expiry", "/fatima.haddad", "/printer"),
      ...below("/admin/mailboxes", "", "?q=nothing", "/new"),
      ...below(`/admin/mailboxes/${shared}`, ...MAILBOX_TABS),
      ...below(`/admin/mailboxes/${house.user("ann").primaryMailbox}`, ...MAILBOX_TABS.slice(0, -1), "/rules/0"),
      ...below(
        "/admin/aliases",
        "",
        "?kind=temporary",
        `/change?address=ann-*@home.example&mailbox=${house.user("ann").primaryMailbox}`,
      ),
      ...below(
        "/admin/domains",
        "",
        "/home.example",
        "/home.example/remove",
        "/home.example/dns",
        "/home.example/reports",
        `/${crowd.longDomain}`,
      ),
      ...below("/admin/groups", "", "/Staff", "/Staff/remove"),
      ...below("/admin/contacts", "", "/new", "/files", "/duplicates", `/${contact}`),
      ...below("/admin/user-databases", "", "/Office", ...below("/Office", "/test", "/import", "/remove")),
      ...below("/admin/gateway", "", "/totals", "/log?verdict=refused&host=.example"),
      ...below(
        "/admin/gateway/rules",
        "",
        "?user=ann&host=www.shop.example",
        "/new",
        ...below(`/${gateway.rule}`, "", "/remove"),
      ),
      ...below("/admin/gateway", "/lists?host=ads3.advertising.example", "/new-list"),
      ...below("/admin/gateway/lists/Advertising", "", "/remove"),
      ...below("/admin/gateway/groups", "", "/Children", "/Children/remove"),
      ...below("/admin/gateway/limits", "", "/ann"),
      ...below("/admin/gateway/upstreams", "", "/new", ...below(`/${gateway.upstream}`, "", "/remove")),
      ...below(
        "/admin/gateway",
        "/cache",
        "/cache/purge/all",
        "/files",
        "/new-share",
        "/sessions",
        "/pages",
        "/devices",
      ),
      ...below("/admin/gateway/files/Photos", "", "/remove"),
      ...below("/admin/gateway/storage", "", `/${LONG_LOGIN}`),
      ...below("/admin", "/tokens", "/passwords"),
      ...below("/mail/options", ...OWN, "/second-factor/app"),
    ],
    dora: () => [
      ...below("/admin", "", "/tokens", "/about"),
      ...below("/admin/users", "", "/new", ...below("/eva", ...USER_TABS)),
      ...below("/admin/mailboxes", "", "/new", `/${choir}`, `/${choir}/sharing`),
      ...below("/admin/aliases", ""),
      ...below("/admin/domains", "", "/verein.example", "/verein.example/dns", "/verein.example/reports"),
    ],
    ann: () => [
      ...below(
        "/mail/options",
        ...OWN,
        "/contacts",
        "/contacts/new",
        "/contacts/files",
        "/contacts/duplicates",
        `/contacts/${ownContact}`,
        "/written",
      ),
      ...below(options("ann"), ...OWN_MAILBOX, "/password", "/rules/0"),
      ...below(`${options("ann")}/held`, "", `/${crowd.held}`, `/${crowd.infected}`),
      ...below(`/mail/options/mailboxes/${shared}`, "", "/sharing"),
      ...below(`/mail/f/${folder}`, "", "?q=nothing", `/m/${uid}`, `/m/${uid}/why`),
      ...below("/mail/search", "", "?q=bridge+in%3Aany", "?q=nothing-like-that", "/form"),
      ...below("/mail", "/keys", "/scheduled", "/offline", "/options/identities/edit?address=ann@home.example"),
      ...below("/mail/folders", "", `?in=${folder}`, `/${folder}`, `/${folder}/empty`),
      ...below("/mail/compose", "", `?reply=${folder}.${uid}`, `/redirect?message=${folder}.${uid}`),
      "/confirm?next=/mail/options",
    ],
    lars: () => [
      ...below("/mail/options", ...OWN, "/contacts"),
      ...below(options("lars"), "", "/sharing", "/archive"),
      `/mail/f/${house.folderId("lars")}`,
    ],
    "ann's code": () => ["/login/factor"],
    "emil's password": () => ["/login/password"],
    stranger: () => ["/login", `/reset/${crowd.reset}`, `/p/${crowd.parcel}`],
  };
  return pages[visitor]();
}

/** The cookies of somebody who has signed in as far as he comes. */
export async function cookiesOf(
  visitor: Visitor,
  { house, secret }: Crowded,
  base: string,
): Promise<Map<string, string>> {
  const browser = new Browser(house.web, base);
  browser.secure = false;
  browser.address = "127.0.0.1";
  await browser.get("/login");
  if (visitor === "stranger") return browser.cookies;
  const login = { "ann's code": "ann", "emil's password": "emil.angstrom" }[visitor as string] ?? visitor;
  await browser.post("/login", { login, password: PASSWORD });
  if (visitor === "ann") {
    await browser.get("/login/factor");
    // The code of now confirmed the app, and is good once.
    await browser.post("/login/factor", { code: totpCode(secret, Date.now() + 30_000) });
  }
  return browser.cookies;
}
