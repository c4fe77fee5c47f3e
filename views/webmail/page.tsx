/** The webmail's pages: the rail with the folders, and beside it the list with the reading pane, or the compose form. */
import type { Child } from "hono/jsx";
import { type Frame, RailFoot, Shell } from "../layout.tsx";
import { Icon } from "../parts/icon.tsx";
import { ToastPartial } from "../parts/telling.tsx";
import { Compose, type ComposePage } from "./compose.tsx";
import { type FolderGroup, Folders, FoldersPartial } from "./folders.tsx";
import { List, type MailList } from "./list.tsx";
import { EmptyReader, type MailMessage, Reader } from "./message.tsx";
import { OPTIONS } from "./options.tsx";

/** What every webmail page has around it. */
export interface MailFrame {
  readonly frame: Frame;
  readonly folders: readonly FolderGroup[];
  /** Where the page listens for changes; undefined for whoever has no webmail and is here for the options alone. */
  readonly live: string | undefined;
  readonly userName: string;
  readonly administrator: boolean;
}

/** What stands in the main part. */
export type MailMain =
  | { readonly kind: "mail"; readonly list: MailList; readonly message: MailMessage | undefined }
  | { readonly kind: "compose"; readonly compose: ComposePage }
  | { readonly kind: "other"; readonly title: string; readonly content: Child; readonly place?: "options" };

const titleOf = (main: MailMain): string => {
  if (main.kind === "compose") return main.compose.title;
  if (main.kind === "other") return main.title;
  if (main.message) return main.message.subject;
  return main.list.unread > 0 ? `(${main.list.unread.toLocaleString("en")}) ${main.list.title}` : main.list.title;
};

const Content = ({ main, csrf }: { main: MailMain; csrf: string }) => {
  if (main.kind === "compose") return <Compose page={main.compose} />;
  if (main.kind === "other") return main.content;
  return (
    <>
      <h1 class="visually-hidden">Mail</h1>
      <List list={main.list} csrf={csrf} />
      {main.message ? <Reader message={main.message} csrf={csrf} /> : <EmptyReader unread={main.list.unread} />}
    </>
  );
};

const MAIN_CLASS: Record<MailMain["kind"], string> = { mail: "mail", compose: "mail-compose", other: "page" };

const ComposeLink = ({ small }: { small?: boolean }) => (
  <a
    class={small ? "btn btn-primary btn-icon" : "btn mail-compose-link"}
    href="/mail/compose"
    title="Write a message"
    data-key="c"
  >
    <Icon name="compose" label={small ? "Write a message" : undefined} />
    {small ? null : <span>Write</span>}
  </a>
);

/** The whole page. */
export const MailPage = ({ around, main }: { around: MailFrame; main: MailMain }) => (
  <Shell
    title={titleOf(main)}
    frame={around.frame}
    navigation={[]}
    home={around.live === undefined ? "/" : "/mail"}
    railLabel="Folders"
    mainClass={MAIN_CLASS[main.kind]}
    rail={
      <>
        {around.live === undefined ? null : <ComposeLink />}
        <Folders groups={around.folders} />
        {/* Named events of the server's stream become events of this element; the list listens to them. */}
        {around.live === undefined ? null : (
          <div id="live" hx-sse:connect={around.live} hx-config="sse.pauseOnBackground:false" hidden />
        )}
      </>
    }
    top={around.live === undefined ? undefined : <ComposeLink small />}
    foot={
      <>
        <a
          class="rail-link"
          href={OPTIONS}
          title="Options"
          aria-current={main.kind === "other" && main.place === "options" ? "page" : undefined}
        >
          <Icon name="settings" />
          <span>Options</span>
        </a>
        <RailFoot
          name={around.userName}
          theme={around.frame.theme}
          csrf={around.frame.csrf}
          {...(around.administrator && { other: { href: "/admin", label: "Administration", icon: "wrench" as const } })}
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
    <Beside around={around} />
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

/** The reading pane alone, with the rows that look different now. */
export const ReaderFragment = ({ around, message, rows }: { around: MailFrame; message: MailMessage; rows: Child }) => (
  <>
    <title>{`${message.subject} · Gatepost`}</title>
    <Reader message={message} csrf={around.frame.csrf} />
    {rows}
    <Beside around={around} />
  </>
);

const Beside = ({ around }: { around: MailFrame }) => (
  <>
    <FoldersPartial groups={around.folders} />
    {around.frame.flash ? <ToastPartial {...around.frame.flash} /> : null}
  </>
);
