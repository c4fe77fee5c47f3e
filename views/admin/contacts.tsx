/** Shared contacts: the list, and one of them. */
import type { PropsWithChildren } from "hono/jsx";
import { ActionButton } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { PageHead } from "../parts/telling.tsx";
import { Admin, type AdminFrame, Crumbs } from "./frame.tsx";

const AT = "/admin/contacts";

type Place =
  | { readonly kind: "list" | keyof typeof TITLES }
  | { readonly kind: "one"; readonly contact: { readonly id: number; readonly name: string } };

const TITLES = { new: "New contact", files: "Contacts and files", duplicates: "Who is there twice" } as const;

/** What stands around the list or the form. */
export const Contacts = ({ frame, place, children }: PropsWithChildren<{ frame: AdminFrame; place: Place }>) => {
  if (place.kind === "list") {
    return (
      <Admin title="Contacts" frame={frame} place="contacts">
        <PageHead title="Contacts" lede="People outside whose addresses are offered to everybody who writes here.">
          <a class="btn" href={`${AT}/files`}>
            Files
          </a>
          <a class="btn" href={`${AT}/duplicates`}>
            Who is there twice
          </a>
          <a class="btn btn-primary" href={`${AT}/new`}>
            <Icon name="plus" />
            New contact
          </a>
        </PageHead>
        {children}
      </Admin>
    );
  }
  const title = place.kind === "one" ? place.contact.name : TITLES[place.kind];
  return (
    <Admin title={title} frame={frame} place="contacts">
      <Crumbs href={AT} label="Contacts" here={title} />
      <PageHead title={title}>
        {place.kind === "one" ? (
          <ActionButton
            action={`${AT}/${place.contact.id}/remove`}
            csrf={frame.csrf}
            label="Remove"
            icon="trash"
            class="btn"
          />
        ) : null}
      </PageHead>
      {children}
    </Admin>
  );
};
