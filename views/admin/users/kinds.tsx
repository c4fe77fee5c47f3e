/** The ways to look at accounts: users, templates, the guest entry, and how safe the passwords are. */

export type UsersPlace = "users" | "templates" | "guest" | "passwords";

/** The links between them; those who administrate some domains only have no guest entry. */
export const Kinds = ({ current, whole }: { current: UsersPlace; whole: boolean }) => (
  <nav class="pills" aria-label="Accounts">
    {[
      { place: "users", label: "Users", href: "/admin/users" },
      { place: "templates", label: "Templates", href: "/admin/users?kind=template" },
      ...(whole ? [{ place: "guest", label: "Guest entry", href: "/admin/users/guest" }] : []),
      { place: "passwords", label: "Passwords", href: "/admin/passwords" },
    ].map(({ place, label, href }) => (
      <a href={href} aria-current={place === current ? "page" : undefined}>
        {label}
      </a>
    ))}
  </nav>
);
