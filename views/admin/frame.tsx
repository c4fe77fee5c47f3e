/** The administration's frame: its navigation, and who is signed in. */
import type { PropsWithChildren } from "hono/jsx";
import { type Frame, RailFoot, type RailGroup, Shell } from "../layout.tsx";
import { Icon } from "../parts/icon.tsx";

/** The pages of the navigation. */
export type AdminPlace =
  | "overview"
  | "users"
  | "user-databases"
  | "mailboxes"
  | "aliases"
  | "domains"
  | "groups"
  | "contacts"
  | "gateway"
  | "gateway/rules"
  | "gateway/cache"
  | "gateway/files"
  | "gateway/pages"
  | "gateway/devices"
  | "house"
  | "scripts"
  | "routes"
  | "queue"
  | "messages"
  | "quarantine"
  | "log"
  | "audit"
  | "bars"
  | "services"
  | "certificates"
  | "settings"
  | "tokens"
  | "about";

/** What every administration page shows besides its own content. */
export interface AdminFrame extends Frame {
  readonly login: string;
  /** The administrator has webmail. */
  readonly webmail: boolean;
  /** The administrator looks after everything, not only after some domains. */
  readonly whole: boolean;
  /** Messages that wait in the queue. */
  readonly waiting: number;
}

/** The places of whoever administrates some domains only. */
const OF_DOMAINS: ReadonlySet<AdminPlace> = new Set<AdminPlace>([
  "overview",
  "users",
  "mailboxes",
  "aliases",
  "domains",
  "tokens",
  "about",
]);

interface Place {
  readonly name: AdminPlace;
  readonly label: string;
  readonly icon: RailGroup["links"][number]["icon"];
}

const PLACES: readonly { readonly title?: string; readonly places: readonly Place[] }[] = [
  { places: [{ name: "overview", label: "Overview", icon: "overview" }] },
  {
    title: "People",
    places: [
      { name: "users", label: "Users", icon: "users" },
      { name: "user-databases", label: "User databases", icon: "database" },
      { name: "mailboxes", label: "Mailboxes", icon: "mailbox" },
      { name: "aliases", label: "Aliases", icon: "alias" },
      { name: "domains", label: "Domains", icon: "domain" },
      { name: "groups", label: "Mail groups", icon: "archive" },
      { name: "contacts", label: "Contacts", icon: "contacts" },
    ],
  },
  {
    title: "Mail",
    places: [
      { name: "house", label: "House rules", icon: "lock" },
      { name: "scripts", label: "Sieve scripts", icon: "filter" },
      { name: "routes", label: "Routes", icon: "send" },
      { name: "messages", label: "Messages", icon: "mail" },
      { name: "queue", label: "Queue", icon: "queue" },
      { name: "quarantine", label: "Quarantine", icon: "pause" },
      { name: "log", label: "Live log", icon: "log" },
      { name: "audit", label: "Changes", icon: "licence" },
    ],
  },
  {
    title: "Gateway",
    places: [
      { name: "gateway", label: "Traffic", icon: "chart" },
      { name: "gateway/rules", label: "Rules and limits", icon: "filter" },
      { name: "gateway/cache", label: "Cache", icon: "restore" },
      { name: "gateway/files", label: "Files (FTP)", icon: "folder" },
      { name: "gateway/pages", label: "Home pages", icon: "domain" },
      { name: "gateway/devices", label: "Set up devices", icon: "desktop" },
    ],
  },
  {
    title: "This server",
    places: [
      { name: "services", label: "Services", icon: "services" },
      { name: "bars", label: "Bars", icon: "lock" },
      { name: "certificates", label: "Certificates", icon: "certificate" },
      { name: "settings", label: "Settings", icon: "settings" },
      { name: "tokens", label: "API tokens", icon: "key" },
      { name: "about", label: "About", icon: "info" },
    ],
  },
];

const navigation = (current: AdminPlace, { whole, waiting }: AdminFrame): RailGroup[] =>
  PLACES.map(({ places, ...group }) => ({
    ...group,
    links: places
      .filter(({ name }) => whole || OF_DOMAINS.has(name))
      .map(({ name, label, icon }) => ({
        ...{ label, icon, current: name === current },
        href: name === "overview" ? "/admin" : `/admin/${name}`,
        ...(name === "queue" && { count: waiting }),
      })),
  })).filter(({ links }) => links.length > 0);

/** One administration page. */
export const Admin = ({
  title,
  frame,
  place,
  children,
}: PropsWithChildren<{ title: string; frame: AdminFrame; place: AdminPlace }>) => (
  <Shell
    title={title}
    frame={frame}
    home="/admin"
    railLabel="Administration"
    navigation={navigation(place, frame)}
    foot={
      <RailFoot
        name={frame.login}
        csrf={frame.csrf}
        theme={frame.theme}
        {...(frame.webmail && { other: { href: "/mail", label: "Webmail", icon: "mail" } })}
      />
    }
  >
    {children}
  </Shell>
);

/** The way back from one thing's page to the list it stands in. */
export const Crumbs = ({ href, label, here }: { href: string; label: string; here: string | number }) => (
  <nav class="crumbs" aria-label="Where this is">
    <a href={href}>{label}</a>
    <Icon name="chevronRight" />
    <span>{here}</span>
  </nav>
);
