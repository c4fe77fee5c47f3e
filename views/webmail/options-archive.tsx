/** The archive of a mailbox: its folders, and looking for a message in all of them. */
import { ActionButton, CsrfField } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { Empty, Moment, sizeWords } from "../parts/telling.tsx";
import { folderName } from "../words/folders.ts";
import { t, tn } from "../words/words.ts";
import { formTo, type OptionsFrame, OptionsPage } from "./options.tsx";
import type { MailboxHead } from "./options-mailbox.tsx";

export interface ArchivedFolder {
  readonly id: number;
  /** Where its messages came from. */
  readonly original: string;
  readonly messages: number;
  readonly size: number;
  /** Its list in webmail. */
  readonly href: string;
}

export interface ArchivedMessage {
  readonly folder: number;
  readonly uid: number;
  readonly original: string;
  readonly from: string;
  readonly subject: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly href: string;
}

export interface ArchivePage extends MailboxHead {
  readonly folders: readonly ArchivedFolder[];
  /** What was asked for; undefined: nothing yet. */
  readonly asked: { readonly text: string; readonly from: string; readonly since: string } | undefined;
  readonly messages: readonly ArchivedMessage[];
  /** There are more than these. */
  readonly more: boolean;
  /** Restoring is the owner's. */
  readonly problem?: string;
}

const counted = (count: number) => tn(count, "{n} message", "{n} messages");

const Search = ({ at, asked }: { at: string; asked: ArchivePage["asked"] }) => (
  <search>
    <form
      class="archive-search"
      action={at}
      method="get"
      hx-get={at}
      hx-target="#main"
      hx-swap="outerMorph"
      hx-push-url="true"
    >
      <div class="search">
        <Icon name="search" />
        <input
          class="input"
          type="search"
          name="q"
          value={asked?.text}
          placeholder={t("Search the archive")}
          aria-label={t("Words in the message")}
          autocomplete="off"
          enterkeyhint="search"
        />
      </div>
      <label class="field">
        <span class="label">{t("From")}</span>
        <input class="input" name="from" value={asked?.from} autocomplete="off" />
      </label>
      <label class="field">
        <span class="label">{t("Since")}</span>
        <input class="input" name="since" type="date" value={asked?.since} />
      </label>
      <button class="btn" type="submit">
        {t("Search")}
      </button>
    </form>
  </search>
);

const Found = ({ page, frame }: { page: ArchivePage; frame: OptionsFrame }) => {
  if (page.messages.length === 0) {
    return (
      <Empty icon="search" title={t("Nothing found")}>
        <p>{page.problem ?? t("No message in the archive is like that. Try fewer words.")}</p>
        <a class="btn" href={`${page.href}/archive`}>
          {t("Show the archive's folders")}
        </a>
      </Empty>
    );
  }
  return (
    <form {...formTo(`${page.href}/archive/restore`)}>
      <CsrfField token={frame.csrf} />
      <div class="panel-head">
        <span class="num">
          {page.more ? t("The newest {n}", { n: page.messages.length }) : counted(page.messages.length)}
        </span>
        <button class="btn btn-small" type="submit">
          <Icon name="restore" />
          {t("Restore the ticked ones")}
        </button>
      </div>
      <ul class="lines archive-found">
        {page.messages.map((message) => (
          <li>
            <input
              type="checkbox"
              name="message"
              value={`${message.folder}.${message.uid}`}
              aria-label={t("Tick “{subject}” from {from}", { subject: message.subject, from: message.from })}
            />
            <a class="two" href={message.href}>
              <bdi class="strong clip">{message.subject}</bdi>
              <span class="muted small clip">
                <bdi>{message.from}</bdi>
                {` · ${message.original}`}
              </span>
            </a>
            <span class="muted small end">
              <Moment at={message.at} now={frame.now} />
            </span>
          </li>
        ))}
      </ul>
    </form>
  );
};

const FoldersOf = ({ page, frame }: { page: ArchivePage; frame: OptionsFrame }) => {
  const full = page.folders.filter(({ messages }) => messages > 0);
  if (full.length === 0) {
    return (
      <Empty icon="archive" title={t("The archive is empty")}>
        <p>{t("What you archive, and mail that expires into the archive, is kept here.")}</p>
      </Empty>
    );
  }
  return (
    <ul class="lines">
      {full.map((folder) => (
        <li>
          <span class="two">
            <a class="strong clip" href={folder.href}>
              {t("From {folder}", { folder: folderName(folder.original) })}
            </a>
            <span class="muted small num">{`${counted(folder.messages)}, ${sizeWords(folder.size)}`}</span>
          </span>
          <ActionButton
            action={`${page.href}/archive/restore`}
            csrf={frame.csrf}
            label={t("Restore all")}
            class="btn btn-small"
            fields={{ folder: String(folder.id) }}
            attributes={{
              "hx-post": `${page.href}/archive/restore`,
              "hx-target": "#main",
              "hx-swap": "outerMorph",
              "hx-replace-url": "true",
              "hx-confirm": t("Move {messages} back to {folder}?", {
                messages: counted(folder.messages),
                folder: folderName(folder.original),
              }),
            }}
          />
        </li>
      ))}
    </ul>
  );
};

export const ArchiveView = ({ frame, page }: { frame: OptionsFrame; page: ArchivePage }) => (
  <OptionsPage
    frame={frame}
    title={t("Archive")}
    under={{ label: page.label, href: page.href }}
    lede={t("Mail that was archived, or went there when it grew old. Restoring moves it back to where it was.")}
  >
    <Search at={`${page.href}/archive`} asked={page.asked} />
    <section
      class="panel panel-flush archive"
      aria-label={page.asked === undefined ? t("Folders of the archive") : t("What was found")}
    >
      {page.asked === undefined ? <FoldersOf page={page} frame={frame} /> : <Found page={page} frame={frame} />}
    </section>
  </OptionsPage>
);
