/** Options about people: own contacts, and the own entry in the directory. */
import type { Child, PropsWithChildren } from "hono/jsx";
import { ActionButton } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { type Found, listHref } from "../parts/list.tsx";
import { Empty, Moment, Notice, Pager } from "../parts/telling.tsx";
import { rich } from "../words/rich.tsx";
import { key, t, tn } from "../words/words.ts";
import { OPTIONS, type OptionsFrame, OptionsPage } from "./options.tsx";

const AT = `${OPTIONS}/contacts`;

type Place =
  | { readonly kind: "list" | "new" | "files" | "duplicates" }
  | { readonly kind: "one"; readonly contact: { readonly id: number } };

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
      ? { lede: t("People whose addresses you want to be offered. Nobody else sees them.") }
      : { under: { href: AT, label: t("Contacts") } })}
    actions={actionsOf(place, frame.csrf)}
  >
    {children}
  </OptionsPage>
);

function actionsOf(place: Place, csrf: string): Child {
  if (place.kind === "new" || place.kind === "files" || place.kind === "duplicates") return undefined;
  if (place.kind === "one") {
    const action = `${AT}/${place.contact.id}/remove`;
    return <ActionButton action={action} csrf={csrf} label={t("Remove")} icon="trash" class="btn" />;
  }
  return (
    <>
      <a class="btn" href={`${AT}/files`}>
        {t("Files")}
      </a>
      <a class="btn" href={`${AT}/duplicates`}>
        {t("Who is there twice")}
      </a>
      <a class="btn" href={`${OPTIONS}/written`}>
        {t("People you wrote to")}
      </a>
      <a class="btn btn-primary" href={`${AT}/new`}>
        <Icon name="plus" />
        {t("New contact")}
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
    title={t("People you wrote to")}
    lede={t("Their addresses are offered when you write. Whoever you forget is not, until you write again.")}
    under={{ href: AT, label: t("Contacts") }}
  >
    <section class="panel panel-flush">
      {people.length === 0 ? (
        <Empty icon="contacts" title={t("Nobody yet")}>
          <p>{t("Once you send a message from here, its recipients are remembered.")}</p>
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
                    {rich("{times}, last {time}", {
                      times: tn(one.times, "once", "{n} times"),
                      time: <Moment at={one.lastAt} now={frame.now} />,
                    })}
                  </span>
                </span>
                <ActionButton
                  action={`${OPTIONS}/written/forget`}
                  csrf={frame.csrf}
                  label={t("Forget")}
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
            noun={found.total === 1 ? t("person") : t("people")}
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
  ["givenName", key("Given name")],
  ["familyName", key("Family name")],
  ["title", key("Job title")],
  ["organisation", key("Organisation")],
  ["department", key("Department")],
  ["phoneWork", key("Phone at work")],
  ["phoneMobile", key("Mobile phone")],
  ["phoneHome", key("Phone at home")],
  ["fax", key("Fax")],
  ["street", key("Street")],
  ["postalCode", key("Postal code")],
  ["city", key("Town")],
  ["region", key("Region")],
  ["country", key("Country")],
  ["website", key("Web address")],
  ["notes", key("Notes")],
] as const;

/** The own entry, to be read. */
export const DirectoryEntry = ({ frame, self }: { frame: OptionsFrame; self: Listed }) => {
  const { fullName, addresses, entry } = self;
  const first: readonly (readonly [string, string])[] = [
    [t("Name"), fullName],
    [t("E-mail"), addresses[0] ?? ""],
  ];
  const facts = [...first, ...LINES.map(([name, label]) => [t(label), entry[name]] as const)];
  return (
    <OptionsPage frame={frame} title={t("Directory entry")} lede={t("How you are listed for the others here.")}>
      {entry.listed ? null : (
        <Notice kind="info">
          <p>{t("You are not listed: others are not offered your name and address.")}</p>
        </Notice>
      )}
      <section class="panel" aria-label={t("Entry")}>
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
      <p class="hint">{t("Your administrator keeps this entry. Ask there if something in it is wrong.")}</p>
    </OptionsPage>
  );
};
