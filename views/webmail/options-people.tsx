/** Options about people: own contacts, and the own entry in the directory. */
import type { Child, PropsWithChildren } from "hono/jsx";
import { ActionButton } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { Notice } from "../parts/telling.tsx";
import { OPTIONS, type OptionsFrame, OptionsPage } from "./options.tsx";

const AT = `${OPTIONS}/contacts`;

type Place = { readonly kind: "list" | "new" } | { readonly kind: "one"; readonly contact: { readonly id: number } };

/** What stands around the list of own contacts, or the form of one. */
export const OwnContacts = ({
  frame,
  title,
  place,
  children,
}: PropsWithChildren<{ frame: OptionsFrame; title: string; place: Place }>) => (
  <OptionsPage
    frame={frame}
    title={title}
    {...(place.kind === "list"
      ? { lede: "People whose addresses you want to be offered. Nobody else sees them." }
      : { under: { href: AT, label: "Contacts" } })}
    actions={actionsOf(place, frame.csrf)}
  >
    {children}
  </OptionsPage>
);

function actionsOf(place: Place, csrf: string): Child {
  if (place.kind === "new") return undefined;
  if (place.kind === "one") {
    const action = `${AT}/${place.contact.id}/remove`;
    return <ActionButton action={action} csrf={csrf} label="Remove" icon="trash" class="btn" />;
  }
  return (
    <a class="btn btn-primary" href={`${AT}/new`}>
      <Icon name="plus" />
      New contact
    </a>
  );
}

/** As much of an account as its entry in the directory shows. */
export interface Listed {
  readonly fullName: string;
  readonly addresses: readonly string[];
  readonly entry: Readonly<Record<(typeof LINES)[number][0], string>> & { readonly listed: boolean };
}

const LINES = [
  ["givenName", "Given name"],
  ["familyName", "Family name"],
  ["title", "Job title"],
  ["organisation", "Organisation"],
  ["department", "Department"],
  ["phoneWork", "Phone at work"],
  ["phoneMobile", "Mobile phone"],
  ["phoneHome", "Phone at home"],
  ["fax", "Fax"],
  ["street", "Street"],
  ["postalCode", "Postal code"],
  ["city", "Town"],
  ["region", "Region"],
  ["country", "Country"],
  ["website", "Web address"],
  ["notes", "Notes"],
] as const;

/** The own entry, to be read. */
export const DirectoryEntry = ({ frame, self }: { frame: OptionsFrame; self: Listed }) => {
  const { fullName, addresses, entry } = self;
  const first: readonly (readonly [string, string])[] = [
    ["Name", fullName],
    ["E-mail", addresses[0] ?? ""],
  ];
  const facts = [...first, ...LINES.map(([name, label]) => [label, entry[name]] as const)];
  return (
    <OptionsPage frame={frame} title="Directory entry" lede="How you are listed for the others here.">
      {entry.listed ? null : (
        <Notice kind="info">
          <p>You are not listed: others are not offered your name and address.</p>
        </Notice>
      )}
      <section class="panel" aria-label="Entry">
        <dl class="facts">
          {facts
            .filter(([, value]) => value !== "")
            .map(([label, value]) => (
              <>
                <dt>{label}</dt>
                <dd class="lines-kept">{value}</dd>
              </>
            ))}
        </dl>
      </section>
      <p class="hint">Your administrator keeps this entry. Ask there if something in it is wrong.</p>
    </OptionsPage>
  );
};
