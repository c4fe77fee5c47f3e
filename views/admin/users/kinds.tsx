/** The ways to look at accounts: users, templates, the guest entry, and how safe the passwords are. */
import { Pills } from "../../parts/list.tsx";

export type UsersPlace = "users" | "templates" | "guest" | "passwords";

/** The links between them; those who administrate some domains only have no guest entry. */
export const Kinds = ({ current, whole }: { current: UsersPlace; whole: boolean }) => (
  <Pills
    label="Accounts"
    choices={[
      { place: "users", label: "Users", href: "/admin/users" },
      { place: "templates", label: "Templates", href: "/admin/users?kind=template" },
      ...(whole ? [{ place: "guest", label: "Guest entry", href: "/admin/users/guest" }] : []),
      { place: "passwords", label: "Passwords", href: "/admin/passwords" },
    ].map(({ place, ...choice }) => ({ ...choice, current: place === current }))}
  />
);
