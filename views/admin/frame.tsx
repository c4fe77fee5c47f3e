/** The administration's frame: its navigation, and who is signed in. */
import type { PropsWithChildren } from "hono/jsx";
import { type Frame, RailFoot, type RailGroup, Shell } from "../layout.tsx";
import { Icon } from "../parts/icon.tsx";

/** The pages of the navigation. */
export type AdminPlace =
  | "overview"
  | "users"
  | "mailboxes"
  | "aliases"
  | "domains"
  | "queue"
  | "log"
  | "services"
  | "certificates"
  | "settings"
  | "about";

/** What every administration page shows besides its own content. */
export interface AdminFrame extends Frame {
  readonly login: string;
  /** The administrator has webmail. */
  readonly webmail: boolean;
  /** Messages that wait in the queue. */
  readonly waiting: number;
}

const navigation = (place: AdminPlace, waiting: number): RailGroup[] => {
  const link = (name: AdminPlace, label: string, icon: RailGroup["links"][number]["icon"], count?: number) => ({
    href: name === "overview" ? "/admin" : `/admin/${name}`,
    label,
    icon,
    current: name === place,
    ...(count !== undefined && { count }),
  });
  return [
    { links: [link("overview", "Overview", "overview")] },
    {
      title: "People",
      links: [
        link("users", "Users", "users"),
        link("mailboxes", "Mailboxes", "mailbox"),
        link("aliases", "Aliases", "alias"),
        link("domains", "Domains", "domain"),
      ],
    },
    { title: "Mail", links: [link("queue", "Queue", "queue", waiting), link("log", "Live log", "log")] },
    {
      title: "This server",
      links: [
        link("services", "Services", "services"),
        link("certificates", "Certificates", "certificate"),
        link("settings", "Settings", "settings"),
        link("about", "About", "info"),
      ],
    },
  ];
};

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
    navigation={navigation(place, frame.waiting)}
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
