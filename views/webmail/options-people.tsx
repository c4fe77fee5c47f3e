/** Options about people: own contacts, and the own entry in the directory. */
import type { Child, PropsWithChildren } from "hono/jsx";
import { ActionButton } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { type Found, listHref } from "../parts/list.tsx";
import { Empty, Moment, Notice, Pager } from "../parts/telling.tsx";
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
    <>
      <a class="btn" href={`${OPTIONS}/written`}>
        People you wrote to
      </a>
      <a class="btn btn-primary" href={`${AT}/new`}>
        <Icon name="plus" />
        New contact
      </a>
    </>
  );
}

/** Somebody one wrote to. */
export interface WrittenTo {
  readonly name: string;
  readonly address: string;
  readonly times: number;
  /** Epoch milliseconds. */
  readonly lastAt: number;
}

/** Whom one wrote to, and how to forget somebody. */
export const Written = ({
  frame,
  people,
  found,
}: {
  frame: OptionsFrame;
  people: readonly WrittenTo[];
  found: Omit<Found, "search">;
}) => (
  <OptionsPage
    frame={frame}
    title="People you wrote to"
    lede="Their addresses are offered when you write. Whoever you forget is not, until you write again."
    under={{ href: AT, label: "Contacts" }}
  >
    <section class="panel panel-flush">
      {people.length === 0 ? (
        <Empty icon="contacts" title="Nobody yet">
          <p>Once you send a message from here, its recipients are remembered.</p>
        </Empty>
      ) : (
        <>
          <ul class="lines">
            {people.map((one) => (
              <li>
                <span class="two">
                  <span>{one.name || one.address}</span>
                  <span class="muted small clip">
                    {one.name ? `${one.address} · ` : ""}
                    {one.times === 1 ? "once" : `${one.times} times`}, last <Moment at={one.lastAt} now={frame.now} />
                  </span>
                </span>
                <ActionButton
                  action={`${OPTIONS}/written/forget`}
                  csrf={frame.csrf}
                  label="Forget"
                  about={one.address}
                  class="btn btn-small"
                  fields={{ address: one.address }}
                />
              </li>
            ))}
          </ul>
          <Pager
            page={found.page}
            pages={found.pages}
            total={found.total}
            noun={found.total === 1 ? "person" : "people"}
            href={(page) => listHref(`${OPTIONS}/written`, {}, page)}
          />
        </>
      )}
    </section>
  </OptionsPage>
);

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
