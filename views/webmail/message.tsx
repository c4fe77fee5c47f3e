/** One message in the reading pane. HTML stands in a sandboxed frame with an address of its own; text stands on the page. */
import type { IconName } from "../parts/icon.tsx";
import { Empty, Notice } from "../parts/telling.tsx";
import { t, tn } from "../words/words.ts";
import { type Conversation, ConversationLines } from "./conversation.tsx";
import type { AsideChoices } from "./labels.tsx";
import type { RowLabel } from "./list-rows.tsx";
import type { MoveTarget } from "./menus.tsx";
import { Attachments } from "./message-attachments.tsx";
import { Content } from "./message-body.tsx";
import { Head } from "./message-head.tsx";
import { LabelsLine, Starred } from "./message-marks.tsx";
import { Answers, InJunk, Tools } from "./message-tools.tsx";
import { Cards, type Offer, Offers } from "./offers.tsx";
import type { TextBlock } from "./text.tsx";

/** A name with its address, as the message has them. */
export interface Person {
  readonly name: string;
  readonly address: string;
}

/** An attachment in the list below the header. */
export interface AttachmentLink {
  readonly name: string;
  readonly size: string;
  readonly icon: IconName;
  readonly href: string;
  /** Where it can be looked at in the browser: pictures and PDF. */
  readonly viewHref: string | undefined;
  /** A picture small enough to be shown below the text. */
  readonly picture: boolean;
}

/** Whose pictures are shown without asking, and where to change that. */
export interface PictureChoice {
  readonly href: string;
  readonly address: string;
  /** They are shown without asking. */
  readonly kept: boolean;
}

/** What is shown of the message itself. */
export type Body =
  | { readonly kind: "text"; readonly blocks: readonly TextBlock[]; readonly clipped: boolean }
  | {
      readonly kind: "html";
      readonly frameHref: string;
      /** Pictures of other servers, and where they would be shown. */
      readonly remote: number;
      readonly showHref: string;
      readonly shown: boolean;
      /** Undefined where the sender may be somebody else. */
      readonly sender: PictureChoice | undefined;
      readonly clipped: boolean;
    };

/** A sentence that the reader should see first. */
export interface Warning {
  readonly kind: "info" | "warn" | "danger";
  readonly words: string;
  /** "Why is this here?" says more. */
  readonly why?: boolean;
}

/** Another way to look at the message. */
export interface OtherView {
  readonly label: string;
  readonly icon: IconName;
  readonly href: string;
  /** A page of its own, in a window of its own. */
  readonly apart?: boolean;
}

/** A message, ready to be drawn. */
export interface MailMessage {
  readonly uid: number;
  readonly subject: string;
  readonly from: Person;
  /** Who in fact sent it, where that is somebody else. */
  readonly sender: Person | undefined;
  readonly replyTo: readonly Person[];
  readonly to: readonly Person[];
  readonly cc: readonly Person[];
  readonly bcc: readonly Person[];
  readonly at: number;
  readonly when: string;
  readonly initials: string;
  readonly tone: number;
  readonly flagged: boolean;
  /** What it belongs to. */
  readonly conversation?: Conversation;
  /** What can be marked on it, and when it can be put off to. */
  readonly aside?: AsideChoices;
  readonly labels?: readonly RowLabel[];
  readonly body: Body;
  readonly warnings: readonly Warning[];
  /** What can be done with what it brought. */
  readonly offers: readonly Offer[];
  readonly attachments: readonly AttachmentLink[];
  readonly role: string | undefined;
  /** Where the message goes back to from the archive; undefined elsewhere. */
  readonly restoresTo: string | undefined;
  readonly moveTo: readonly MoveTarget[];
  readonly actHref: string;
  readonly listHref: string;
  readonly listTitle: string;
  readonly back: string;
  readonly links: {
    readonly reply: string;
    readonly replyAll: string;
    readonly forward: string;
    /** Forwarded whole, as a file. */
    readonly enclose: string;
    /** Sent on as it is, as its author's. */
    readonly redirect: string;
    readonly source: string;
    readonly headers: string;
    /** Why it is where it is. */
    readonly why: string;
    /** A rule for mail like this; undefined in somebody else's mailbox. */
    readonly rule: string | undefined;
    readonly template: string;
    readonly download: string;
    /** All attachments in one file. */
    readonly zip: string;
    /** Other ways to read it: as text, or as the HTML it is; printed. */
    readonly views: readonly OtherView[];
    readonly edit: string | undefined;
  };
}

/** What should be known first, in one place, with the colour of the worst. */
const Warnings = ({ message: { warnings, links } }: { message: MailMessage }) =>
  warnings.length === 0 ? null : (
    <Notice
      kind={(["danger", "warn", "info"] as const).find((kind) => warnings.some((one) => one.kind === kind)) ?? "info"}
    >
      {warnings.map((warning) => (
        <p>
          {warning.words}{" "}
          {warning.why ? (
            <a href={links.why} hx-get={links.why} hx-target="#dialog">
              {t("What is known of it")}
            </a>
          ) : null}
        </p>
      ))}
    </Notice>
  );

/** The reading pane with a message. */
export const Reader = ({ message, csrf }: { message: MailMessage; csrf: string }) => (
  <section
    class="mail-reader"
    id="reader"
    tabindex={-1}
    aria-label={t("The message: {subject}", { subject: message.subject })}
    data-line={message.conversation?.line}
  >
    <article class={`mail-message mail-is-${message.body.kind}`}>
      <Tools message={message} csrf={csrf} />
      <header class="mail-message-head">
        <h2>
          <bdi dir="auto">{message.subject}</bdi>
          <Starred flagged={message.flagged} />
        </h2>
        <LabelsLine labels={message.labels ?? []} />
        <ConversationLines conversation={message.conversation} />
        <Head message={message} />
        <Warnings message={message} />
        <InJunk message={message} csrf={csrf} />
        <Offers offers={message.offers.filter(({ kind }) => kind !== "card")} csrf={csrf} />
        <Attachments list={message.attachments} zip={message.links.zip} />
      </header>
      <Content message={message} csrf={csrf} />
      <Cards offers={message.offers.filter(({ kind }) => kind === "card")} csrf={csrf} />
      <Answers message={message} />
    </article>
  </section>
);

/** The reading pane while nothing is open; without a number where there is no folder beside it. */
export const EmptyReader = ({ unread }: { unread: number | undefined }) => (
  <section class="mail-reader" id="reader" aria-label={t("Message")}>
    <Empty icon="mailOpen" title={t("Nothing open")}>
      <p>
        {unread === undefined
          ? t("Choose a message to read it here.")
          : unread === 0
            ? t("Everything here is read. Choose a message to see it again.")
            : tn(unread, "One message is unread.", "{n} messages are unread.")}
      </p>
    </Empty>
  </section>
);
