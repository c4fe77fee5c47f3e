/** The webmail's pages: the rail with the folders, and beside it the list with the reading pane, or the compose form. */
import type { Child } from "hono/jsx";
import { type Frame, RailFoot, Shell } from "../layout.tsx";
import { Icon } from "../parts/icon.tsx";
import { ToastPartial } from "../parts/telling.tsx";
import { formats, t } from "../words/words.ts";
import { Compose, type ComposePage } from "./compose.tsx";
import { type FolderGroup, FolderMenuPlace, Folders, FoldersPartial } from "./folders.tsx";
import { Found, type FoundList } from "./found.tsx";
import { KeyTable } from "./keys.tsx";
import { type Counted, List, ListCounts, ListEnd, ListTitle, type MailList } from "./list.tsx";
import { type ListRow, Row, Rows } from "./list-rows.tsx";
import { EmptyReader, type MailMessage, Reader } from "./message.tsx";
import { type Marks, MarksPartial } from "./message-marks.tsx";
import { OPTIONS } from "./options.tsx";
import { SEARCH } from "./search.tsx";

/** What every webmail page has around it. */
export interface MailFrame {
  readonly frame: Frame;
  readonly folders: readonly FolderGroup[];
  /** Where the page listens for changes, and what it calls itself; undefined for whoever has no webmail and is here for the options alone. */
  readonly live: (() => { readonly href: string; readonly page: string }) | undefined;
  /** The tab's picture while something is unread. */
  readonly unreadIcon?: string;
  readonly userName: string;
  readonly administrator: boolean;
}

/** What stands in the main part. */
export type MailMain =
  | { readonly kind: "mail"; readonly list: MailList; readonly message: MailMessage | undefined }
  | { readonly kind: "found"; readonly found: FoundList; readonly message: MailMessage | undefined }
  | { readonly kind: "compose"; readonly compose: ComposePage }
  | { readonly kind: "other"; readonly title: string; readonly content: Child; readonly place?: string };

/** The address in the rail of what is shown, where it is no folder. */
const placeOf = (main: MailMain): string | undefined => {
  if (main.kind === "found") return main.message === undefined ? SEARCH : undefined;
  return main.kind === "other" ? main.place : undefined;
};

const titleOf = (main: MailMain): string => {
  if (main.kind === "compose") return main.compose.title;
  if (main.kind === "other") return main.title;
  if (main.message) return main.message.subject;
  if (main.kind === "found") return t("Search");
  return main.list.unread > 0 ? `(${formats().number(main.list.unread)}) ${main.list.title}` : main.list.title;
};

const Content = ({ main, csrf }: { main: MailMain; csrf: string }) => {
  if (main.kind === "compose") return <Compose page={main.compose} />;
  if (main.kind === "other") return main.content;
  return (
    <>
      <h1 class="visually-hidden">{t("Mail")}</h1>
      {main.kind === "found" ? <Found found={main.found} csrf={csrf} /> : <List list={main.list} csrf={csrf} />}
      {main.message ? (
        <Reader message={main.message} csrf={csrf} />
      ) : (
        <EmptyReader unread={main.kind === "mail" ? main.list.unread : undefined} />
      )}
    </>
  );
};

const MAIN_CLASS: Record<MailMain["kind"], string> = {
  mail: "mail",
  found: "mail",
  compose: "mail-compose",
  other: "page",
};

const ComposeLink = ({ small }: { small?: boolean }) => (
  <a
    class={small ? "btn btn-primary btn-icon" : "btn mail-compose-link"}
    href="/mail/compose"
    title={t("Write a message")}
    data-key="c"
  >
    <Icon name="compose" label={small ? t("Write a message") : undefined} />
    {small ? null : <span>{t("Write")}</span>}
  </a>
);

const Live = ({ href, page, unreadIcon }: { href: string; page: string; unreadIcon: string | undefined }) => (
  <div
    id="live"
    hx-sse:connect={href}
    hx-config="sse.pauseOnBackground:false"
    data-page={page}
    data-unread-icon={unreadIcon}
    hidden
  />
);

/** The whole page. */
export const MailPage = ({ around, main }: { around: MailFrame; main: MailMain }) => (
  <Shell
    title={titleOf(main)}
    frame={around.frame}
    navigation={[]}
    home={around.live === undefined ? "/" : "/mail"}
    railLabel={t("Folders")}
    mainClass={MAIN_CLASS[main.kind]}
    rail={
      <>
        {around.live === undefined ? null : <ComposeLink />}
        <Folders groups={around.folders} place={placeOf(main)} />
        {around.live === undefined ? null : <FolderMenuPlace />}
        {/* Named events of the server's stream become events of this element; the list listens to them. */}
        {around.live === undefined ? null : <KeyTable folders={around.folders} />}
        {around.live === undefined ? null : <Live {...around.live()} unreadIcon={around.unreadIcon} />}
        {around.live === undefined ? null : (
          <p class="mail-offline small" id="offline" role="status" hidden>
            {t("No connection. You see what this device kept.")}
          </p>
        )}
      </>
    }
    top={around.live === undefined ? undefined : <ComposeLink small />}
    foot={
      <>
        <a
          class="rail-link"
          href={OPTIONS}
          title={t("Options")}
          aria-current={main.kind === "other" && main.place === "options" ? "page" : undefined}
        >
          <Icon name="settings" />
          <span>{t("Options")}</span>
        </a>
        <RailFoot
          name={around.userName}
          theme={around.frame.theme}
          csrf={around.frame.csrf}
          {...(around.administrator && {
            other: { href: "/admin", label: t("Administration"), icon: "wrench" as const },
          })}
        />
      </>
    }
  >
    <Content main={main} csrf={around.frame.csrf} />
  </Shell>
);

/** The main part alone, with the rail's folders and any message beside it: what htmx puts in place of the old one. */
export const MainFragment = ({ around, main }: { around: MailFrame; main: MailMain }) => (
  <>
    <title>{`${titleOf(main)} · Gatepost`}</title>
    <main class={MAIN_CLASS[main.kind]} id="main" tabindex={-1}>
      <Content main={main} csrf={around.frame.csrf} />
    </main>
    <Beside around={around} place={placeOf(main)} />
  </>
);

/** The list alone. */
export const ListFragment = ({ around, list, message }: { around: MailFrame; list: MailList; message: boolean }) => (
  <>
    {message ? null : <title>{`${titleOf({ kind: "mail", list, message: undefined })} · Gatepost`}</title>}
    <List list={list} csrf={around.frame.csrf} />
    <Beside around={around} />
  </>
);

/** What a search found, alone. */
export const FoundFragment = ({ around, found }: { around: MailFrame; found: FoundList }) => (
  <>
    <Found found={found} csrf={around.frame.csrf} />
    <Beside around={around} place={SEARCH} />
  </>
);

/** The list's head and its first lines, as they are now, and the marks of the open message. */
export const RenewedFragment = ({
  around,
  list,
  message,
  marks,
}: {
  around: MailFrame;
  list: MailList;
  message: boolean;
  marks: Marks | undefined;
}) => (
  <>
    {marks ? <MarksPartial marks={marks} /> : null}
    {message ? null : <title>{`${titleOf({ kind: "mail", list, message: undefined })} · Gatepost`}</title>}
    <ListTitlePartial list={list} />
    <hx-partial hx-target="#rows" hx-swap="outerMorph">
      <Rows part={list} compose={list.opensCompose} first />
    </hx-partial>
    <Beside around={around} />
  </>
);

/** What is left after an action: lines that are gone or look different, the head of the list, the open message's marks or the empty pane. */
export const DoneFragment = ({
  around,
  list,
  gone,
  changed,
  closed,
  marks,
}: {
  around: MailFrame;
  list: MailList;
  gone: readonly number[];
  changed: readonly ListRow[];
  closed: boolean;
  marks: Marks | undefined;
}) => (
  <>
    {closed ? <title>{`${titleOf({ kind: "mail", list, message: undefined })} · Gatepost`}</title> : null}
    <ListTitlePartial list={list} />
    {gone.map((uid) => (
      <hx-partial hx-target={`#m${uid}`} hx-swap="delete" />
    ))}
    {changed.map((row) => (
      <hx-partial hx-target={`#m${row.uid}`} hx-swap="outerMorph">
        <Row row={row} compose={list.opensCompose} />
      </hx-partial>
    ))}
    {marks ? <MarksPartial marks={marks} /> : null}
    {closed ? (
      <hx-partial hx-target="#reader" hx-swap="outerHTML">
        <EmptyReader unread={list.unread} />
      </hx-partial>
    ) : null}
    <Beside around={around} />
  </>
);

/** What a star changes: its line, and the message beside the list where it is that one. Nothing is counted by it. */
export const StarredFragment = ({ row, list, marks }: StarredLine) => (
  <>
    {row ? (
      <hx-partial hx-target={`#m${row.uid}`} hx-swap="outerMorph">
        <Row row={row} compose={list.opensCompose} />
      </hx-partial>
    ) : null}
    {marks ? <MarksPartial marks={marks} /> : null}
  </>
);

interface StarredLine {
  readonly row: ListRow | undefined;
  readonly list: Pick<MailList, "opensCompose">;
  readonly marks: Marks | undefined;
}

const ListTitlePartial = ({ list }: { list: MailList }) => (
  <>
    <hx-partial hx-target="#list-title" hx-swap="outerMorph">
      <ListTitle list={list} />
    </hx-partial>
    <hx-partial hx-target="#list-end" hx-swap="outerHTML">
      <ListEnd below={list.below} />
    </hx-partial>
  </>
);

/** The line of a message that is read now, and how much is in its list; neither for a list of all folders, the latter for no search. */
export interface ReadLine {
  readonly row: ListRow | undefined;
  readonly counted: Counted | undefined;
}

/** The reading pane alone, with what looks different beside it now that the message is read; undefined where it was read before. */
export const ReaderFragment = ({
  around,
  message,
  read,
}: {
  around: MailFrame;
  message: MailMessage;
  read: ReadLine | undefined;
}) => (
  <>
    <title>{`${message.subject} · Gatepost`}</title>
    <Reader message={message} csrf={around.frame.csrf} />
    {read?.row ? (
      <hx-partial hx-target={`#m${read.row.uid}`} hx-swap="outerMorph">
        <Row row={{ ...read.row, current: true }} compose={false} />
      </hx-partial>
    ) : null}
    {read?.counted ? (
      <hx-partial hx-target="#list-counts" hx-swap="outerMorph">
        <ListCounts list={read.counted} />
      </hx-partial>
    ) : null}
    {read ? <Beside around={around} /> : <Told around={around} />}
  </>
);

/** What stands beside the main part alone: the folders, and what is to be told. */
export const BesideFragment = ({ around }: { around: MailFrame }) => <Beside around={around} />;

const Beside = ({ around, place }: { around: MailFrame; place?: string | undefined }) => (
  <>
    <FoldersPartial groups={around.folders} place={place} />
    <Told around={around} />
  </>
);

const Told = ({ around: { frame } }: { around: MailFrame }) =>
  frame.flash ? <ToastPartial {...frame.flash} csrf={frame.csrf} /> : null;
