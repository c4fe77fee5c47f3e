/** One message in the reading pane. HTML stands in a sandboxed frame with an address of its own; text stands on the page. */
import type { Child } from "hono/jsx";
import { CsrfField } from "../parts/forms.tsx";
import { Icon, type IconName } from "../parts/icon.tsx";
import { Empty, fullTime, Notice } from "../parts/telling.tsx";
import { actAttributes, Do, Menu, MoveMenu, type MoveTarget } from "./list.tsx";
import { type TextBlock, TextBlocks } from "./text.tsx";

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
  /** Where it can be looked at in the browser, for pictures. */
  readonly viewHref: string | undefined;
}

/** What is shown of the message itself. */
export type Body =
  | { readonly kind: "text"; readonly blocks: readonly TextBlock[]; readonly clipped: boolean }
  | {
      readonly kind: "html";
      readonly frameHref: string;
      /** Pictures that were left out, and where they would be shown. */
      readonly held: number;
      readonly showHref: string;
      readonly shown: boolean;
      readonly clipped: boolean;
    };

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
  readonly body: Body;
  /** Sentences that the reader should see first. */
  readonly warnings: readonly string[];
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
    readonly source: string;
    readonly headers: string;
    readonly download: string;
    /** The other way to read it: as text, or as the HTML it is. */
    readonly otherView: { readonly label: string; readonly href: string } | undefined;
    readonly edit: string | undefined;
  };
}

const PersonWords = ({ person }: { person: Person }) =>
  person.name && person.name !== person.address ? (
    <span class="mail-person">
      <bdi>{person.name}</bdi> <bdi class="muted">{`<${person.address}>`}</bdi>
    </span>
  ) : (
    <span class="mail-person">
      <bdi>{person.address || "nobody"}</bdi>
    </span>
  );

const shortName = (person: Person): string => person.name || person.address;

const People = ({ label, people }: { label: string; people: readonly Person[] }) =>
  people.length === 0 ? null : (
    <>
      <dt>{label}</dt>
      <dd>
        {people.map((person, index) => (
          <>
            {index > 0 ? ", " : ""}
            <PersonWords person={person} />
          </>
        ))}
      </dd>
    </>
  );

const summary = (message: MailMessage): string => {
  const names = [...message.to, ...message.cc].map(shortName);
  if (names.length === 0) return "to nobody named";
  return `to ${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`;
};

const Head = ({ message }: { message: MailMessage }) => (
  <div class="mail-head">
    <span class={`mail-avatar tone-${message.tone}`} aria-hidden="true">
      <span>{message.initials}</span>
    </span>
    <details class="mail-people">
      <summary>
        <span class="mail-from">
          <b>
            <bdi>{shortName(message.from)}</bdi>
          </b>
          {message.from.name && message.from.name !== message.from.address ? (
            <bdi class="muted small">{message.from.address}</bdi>
          ) : null}
        </span>
        <span class="muted small mail-to">
          <bdi class="clip">{summary(message)}</bdi>
          <Icon name="chevronDown" label="All names" />
        </span>
      </summary>
      <dl class="facts small">
        <People label="From" people={[message.from]} />
        {message.sender ? <People label="Sent by" people={[message.sender]} /> : null}
        <People label="Reply to" people={message.replyTo} />
        <People label="To" people={message.to} />
        <People label="Cc" people={message.cc} />
        <People label="Bcc" people={message.bcc} />
        <dt>Date</dt>
        <dd>{fullTime(message.at)}</dd>
      </dl>
    </details>
    <time class="mail-date muted small num" datetime={new Date(message.at).toISOString()} title={fullTime(message.at)}>
      {message.when}
    </time>
  </div>
);

const Tools = ({ message, csrf }: { message: MailMessage; csrf: string }) => (
  <form class="mail-tools" role="toolbar" aria-label="What to do with this message" {...actAttributes(message.actHref)}>
    <CsrfField token={csrf} />
    <input type="hidden" name="uid" value={message.uid} />
    <input type="hidden" name="back" value={message.back} />
    <a
      class="btn btn-quiet btn-small btn-icon mail-back"
      href={message.listHref}
      title={`Back to ${message.listTitle}`}
      aria-label={`Back to ${message.listTitle}`}
      hx-get={message.listHref}
      hx-target="#main"
      hx-swap="outerHTML"
      hx-push-url="true"
    >
      <Icon name="arrowLeft" />
    </a>
    {message.restoresTo !== undefined ? (
      <Do what="restore" icon="restore" label={`Restore to ${message.restoresTo}`} />
    ) : message.role === "Junk" || message.role === "Trash" ? (
      <Do what="inbox" icon="inbox" label={message.role === "Junk" ? "Not junk" : "Move to the inbox"} />
    ) : (
      <Do what="archive" icon="archive" label="Archive" />
    )}
    {message.role === "Trash" ? (
      <Do what="erase" icon="trash" label="Delete for good" />
    ) : (
      <Do what="delete" icon="trash" label="Delete" />
    )}
    {message.role === "Junk" || message.role === "Sent" ? null : <Do what="junk" icon="junk" label="Junk" />}
    <span class="mail-divider" />
    <Do what="unread" icon="mail" label="Mark as unread" />
    <Do
      what={message.flagged ? "unflag" : "flag"}
      icon="star"
      label={message.flagged ? "Take the star off" : "Put a star on"}
    />
    <MoveMenu targets={message.moveTo} />
    <Menu icon="more" label="More">
      {message.links.otherView ? (
        <a class="mail-menu-item" href={message.links.otherView.href}>
          <Icon name="log" />
          {message.links.otherView.label}
        </a>
      ) : null}
      <a class="mail-menu-item" href={message.links.headers} hx-get={message.links.headers} hx-target="#dialog">
        <Icon name="info" />
        Header fields
      </a>
      <a class="mail-menu-item" href={message.links.source} target="_blank" rel="noopener">
        <Icon name="external" />
        Source
      </a>
      <a class="mail-menu-item" href={message.links.download}>
        <Icon name="download" />
        Save as a file
      </a>
    </Menu>
  </form>
);

const Attachments = ({ list }: { list: readonly AttachmentLink[] }) =>
  list.length === 0 ? null : (
    <section class="mail-attachments" aria-label="Attachments">
      <h2 class="visually-hidden">{list.length === 1 ? "1 attachment" : `${list.length} attachments`}</h2>
      <ul>
        {list.map((attachment) => (
          <li class="mail-attachment">
            <Icon name={attachment.icon} />
            <a class="mail-attachment-name" href={attachment.href} download>
              <bdi class="clip">{attachment.name}</bdi>
              <span class="muted small num">{attachment.size}</span>
            </a>
            {attachment.viewHref ? (
              <a
                class="btn btn-quiet btn-small btn-icon"
                href={attachment.viewHref}
                target="_blank"
                rel="noopener"
                title="Look at it"
                aria-label={`Look at ${attachment.name}`}
              >
                <Icon name="eye" />
              </a>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );

const Held = ({ body }: { body: Body & { kind: "html" } }) =>
  body.held === 0 || body.shown ? null : (
    <div class="mail-held small">
      <Icon name="image" />
      <p>
        {body.held === 1 ? "One picture was" : `${body.held} pictures were`} not loaded, because that would tell the
        sender that you read this.
      </p>
      <a
        class="btn btn-small"
        href={body.showHref}
        hx-get={body.showHref}
        hx-target="#reader"
        hx-swap="outerHTML"
        hx-replace-url="true"
      >
        Show pictures
      </a>
    </div>
  );

const Clipped = ({ href }: { href: string }) => (
  <p class="mail-clipped muted small">
    This message is very long, and its end is not shown here. <a href={href}>Save it as a file</a> to have all of it.
  </p>
);

const Content = ({ message }: { message: MailMessage }): Child => {
  const { body } = message;
  if (body.kind === "html") {
    return (
      <>
        <Held body={body} />
        {/* Not one of the allowances that would let a message run a script, be part of this site, or leave the frame. */}
        <iframe
          class="mail-frame"
          src={body.frameHref}
          title={`The message: ${message.subject}`}
          sandbox="allow-popups allow-popups-to-escape-sandbox"
          referrerpolicy="no-referrer"
        />
        {body.clipped ? <Clipped href={message.links.download} /> : null}
      </>
    );
  }
  return (
    <div class="mail-text">
      {body.blocks.length === 0 ? <p class="muted">This message has no text.</p> : <TextBlocks blocks={body.blocks} />}
      {body.clipped ? <Clipped href={message.links.download} /> : null}
    </div>
  );
};

const Answers = ({ message }: { message: MailMessage }) => (
  <div class="mail-answers">
    {message.links.edit ? (
      <a class="btn btn-primary" href={message.links.edit}>
        <Icon name="compose" />
        Go on writing
      </a>
    ) : (
      <>
        <a class="btn btn-primary" href={message.links.reply} data-key="r">
          <Icon name="reply" />
          Reply
        </a>
        {message.to.length + message.cc.length > 1 ? (
          <a class="btn" href={message.links.replyAll} data-key="a">
            <Icon name="replyAll" />
            Reply to all
          </a>
        ) : null}
        <a class="btn" href={message.links.forward} data-key="f">
          <Icon name="forward" />
          Forward
        </a>
      </>
    )}
  </div>
);

/** The reading pane with a message. */
export const Reader = ({ message, csrf }: { message: MailMessage; csrf: string }) => (
  <section class="mail-reader" id="reader" aria-label="Message">
    <article class={`mail-message mail-is-${message.body.kind}`}>
      <Tools message={message} csrf={csrf} />
      <header class="mail-message-head">
        <h2>
          <bdi>{message.subject}</bdi>
          {message.flagged ? <Icon name="star" filled label="Starred" /> : null}
        </h2>
        <Head message={message} />
        {message.warnings.map((warning) => (
          <Notice kind="warn">
            <p>{warning}</p>
          </Notice>
        ))}
        <Attachments list={message.attachments} />
      </header>
      <Content message={message} />
      <Answers message={message} />
    </article>
  </section>
);

/** The reading pane while nothing is open. */
export const EmptyReader = ({ unread }: { unread: number }) => (
  <section class="mail-reader" id="reader" aria-label="Message">
    <Empty icon="mailOpen" title="Nothing open">
      <p>
        {unread === 0
          ? "Everything here is read. Choose a message to see it again."
          : unread === 1
            ? "One message is unread."
            : `${unread.toLocaleString("en")} messages are unread.`}
      </p>
    </Empty>
  </section>
);
