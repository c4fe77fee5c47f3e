/** The tabs of what holds for everybody's mail. */

const PAGES = [
  { name: "rules", label: "Rules", href: "/admin/house/rules" },
  { name: "barred", label: "Barred addresses", href: "/admin/house/barred" },
  { name: "senders", label: "Wanted senders", href: "/admin/house/senders" },
  { name: "journals", label: "Journals", href: "/admin/house/journals" },
] as const;

export const HouseTabs = ({ current }: { current: (typeof PAGES)[number]["name"] }) => (
  <nav class="tabs" aria-label="House rules">
    {PAGES.map(({ name, label, href }) => (
      <a href={href} aria-current={name === current ? "page" : undefined}>
        {label}
      </a>
    ))}
  </nav>
);
