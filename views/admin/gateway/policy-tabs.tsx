/** The tabs of pages that belong together: what holds for those who go out, and what they did. */

interface Page {
  readonly name: string;
  readonly label: string;
  readonly href: string;
}

const row = (label: string, pages: readonly Page[], current: string) => (
  <nav class="tabs" aria-label={label}>
    {pages.map(({ name, label: words, href }) => (
      <a href={href} aria-current={name === current ? "page" : undefined}>
        {words}
      </a>
    ))}
  </nav>
);

const POLICY = [
  { name: "rules", label: "Rules", href: "/admin/gateway/rules" },
  { name: "lists", label: "Host lists", href: "/admin/gateway/lists" },
  { name: "groups", label: "Groups", href: "/admin/gateway/groups" },
  { name: "limits", label: "Limits", href: "/admin/gateway/limits" },
  { name: "upstreams", label: "Upstream proxies", href: "/admin/gateway/upstreams" },
] as const;

/** What holds for those who go out. */
export const PolicyTabs = ({ current }: { current: (typeof POLICY)[number]["name"] }) =>
  row("Rules and limits", POLICY, current);

const TRAFFIC = [
  { name: "now", label: "Now", href: "/admin/gateway" },
  { name: "totals", label: "Totals", href: "/admin/gateway/totals" },
  { name: "log", label: "Log", href: "/admin/gateway/log" },
] as const;

/** What they did. */
export const TrafficTabs = ({ current }: { current: (typeof TRAFFIC)[number]["name"] }) =>
  row("Traffic", TRAFFIC, current);

const FILE_PAGES = [
  { name: "shares", label: "Shared folders", href: "/admin/gateway/files" },
  { name: "storage", label: "People's folders", href: "/admin/gateway/storage" },
  { name: "sessions", label: "Connected now", href: "/admin/gateway/sessions" },
] as const;

/** The folders, and who is there. */
export const FileTabs = ({ current }: { current: (typeof FILE_PAGES)[number]["name"] }) =>
  row("Files", FILE_PAGES, current);
