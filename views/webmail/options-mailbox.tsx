/** One mailbox in its owner's hands: what lies in it, its description and its own password. */
import { ActionButton, CsrfField, type FieldErrors, FormActions, TextField } from "../parts/forms.tsx";
import { NewPassword } from "../parts/password.tsx";
import { Badge, Notice, Problem, sizeWords } from "../parts/telling.tsx";
import { formats, t, tn } from "../words/words.ts";
import { formTo, type OptionsFrame, OptionsPage, plainFormTo } from "./options.tsx";

/** What all pages of a mailbox know. */
export interface MailboxHead {
  readonly id: number;
  /** Its address, description or number. */
  readonly label: string;
  /** The page of the mailbox. */
  readonly href: string;
}

/** Where a page of the mailbox leads back to. */
export const BELOW = ({ label, href }: MailboxHead) => ({ label, href });

/** One folder and what lies in it. */
export interface StoredFolder {
  readonly name: string;
  readonly messages: number;
  /** Octets. */
  readonly size: number;
}

/** The mailbox's own page. */
export interface MailboxPage extends MailboxHead {
  readonly description: string;
  readonly mayDescribe: boolean;
  readonly addresses: readonly { readonly address: string; readonly note: string }[];
  readonly messages: number;
  readonly size: number;
  readonly mostMessages: number | null;
  readonly mostOctets: number | null;
  /** How full it is, 1 being full. */
  readonly fill: number | null;
  readonly folders: readonly StoredFolder[];
  /** What somebody else set and the owner ought to know. */
  readonly facts: readonly string[];
  readonly errors: FieldErrors;
}

const messages = (count: number) => tn(count, "{n} message", "{n} messages");

const Fill = ({ fill, label }: { fill: number; label: string }) => (
  <meter class="fill" min={0} max={1} low={0.8} high={0.95} optimum={0.2} value={Math.min(1, fill)} aria-label={label}>
    {`${Math.round(fill * 100)} %`}
  </meter>
);

const usedWords = ({ size, messages: count, mostOctets, mostMessages }: MailboxPage): string => {
  const octets =
    mostOctets === null ? sizeWords(size) : t("{some} of {all}", { some: sizeWords(size), all: sizeWords(mostOctets) });
  const all =
    mostMessages === null
      ? messages(count)
      : t("{some} of {all}", { some: formats().number(count), all: messages(mostMessages) });
  return `${octets}, ${all}`;
};

const Storage = ({ page }: { page: MailboxPage }) => {
  const largest = Math.max(1, ...page.folders.map(({ size }) => size));
  return (
    <section class="panel stack" aria-label={t("Storage")}>
      <div class="spread">
        <h2>{t("Storage")}</h2>
        <span class="num">{usedWords(page)}</span>
      </div>
      {page.fill === null ? null : <Fill fill={page.fill} label={t("How full the mailbox is")} />}
      <table class="table storage">
        <thead class="visually-hidden">
          <tr>
            <th>{t("Folder")}</th>
            <th class="wide-only">{t("Share")}</th>
            <th>{t("Messages")}</th>
            <th>{t("Size")}</th>
          </tr>
        </thead>
        <tbody>
          {page.folders.map((folder) => (
            <tr>
              <td class="wraps">
                <bdi>{folder.name}</bdi>
              </td>
              <td class="wide-only">
                <progress max={largest} value={folder.size} aria-label={t("Size of {name}", { name: folder.name })} />
              </td>
              <td class="num end muted">{formats().number(folder.messages)}</td>
              <td class="num end">{sizeWords(folder.size)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
};

export const MailboxOptions = ({ frame, page }: { frame: OptionsFrame; page: MailboxPage }) => (
  <OptionsPage frame={frame} title={page.label} lede={page.mayDescribe ? undefined : page.description || undefined}>
    <Problem text={page.errors[""]} />
    {page.facts.length === 0 ? null : (
      <Notice kind="info">
        {page.facts.map((fact) => (
          <p class="wraps">{fact}</p>
        ))}
      </Notice>
    )}
    <Storage page={page} />
    {page.addresses.length === 0 ? null : (
      <section class="panel stack" aria-label={t("Addresses")}>
        <h2>{t("Addresses")}</h2>
        <ul class="stack stack-s">
          {page.addresses.map(({ address, note }) => (
            <li class="row">
              <bdi class="wraps">{address}</bdi>
              {note ? <Badge>{note}</Badge> : null}
            </li>
          ))}
        </ul>
      </section>
    )}
    {page.mayDescribe ? (
      <form class="panel form" {...formTo(`${page.href}/description`)}>
        <CsrfField token={frame.csrf} />
        <TextField
          label={t("Description")}
          name="description"
          value={page.description}
          error={page.errors.description}
          hint={t("What the mailbox is for. Those with whom it is shared see it as its name.")}
          attributes={{ maxlength: 200 }}
        />
        <FormActions label={t("Save changes")} />
      </form>
    ) : null}
  </OptionsPage>
);

/** A password of the mailbox's own. */
export interface MailboxPasswordPage extends MailboxHead {
  readonly login: string | null;
  readonly hasPassword: boolean;
  readonly errors: FieldErrors;
}

export const MailboxPassword = ({ frame, page }: { frame: OptionsFrame; page: MailboxPasswordPage }) => (
  <OptionsPage
    frame={frame}
    title={t("Mailbox password")}
    under={BELOW(page)}
    lede={t(
      "A name and password that open this mailbox alone, over IMAP and POP3: for a device or a program that should see nothing else.",
    )}
  >
    <Problem text={page.errors[""]} />
    {page.login === null ? (
      <Notice kind="info">
        <p>{t("This mailbox has no login name of its own yet. Your administrator can give it one.")}</p>
      </Notice>
    ) : (
      <>
        <dl class="facts">
          <dt>{t("Login name")}</dt>
          <dd>
            <bdi class="mono">{page.login}</bdi>
          </dd>
          <dt>{t("Password")}</dt>
          <dd>{page.hasPassword ? t("set") : t("none: nobody signs in with this name")}</dd>
        </dl>
        <form class="panel form" {...plainFormTo(`${page.href}/password`)}>
          <CsrfField token={frame.csrf} />
          <NewPassword
            label={page.hasPassword ? t("New password") : t("Password")}
            error={page.errors.password}
            strengthUrl="/mail/options/password/strength"
          />
          <FormActions label={t("Set the password")} />
        </form>
        {page.hasPassword ? (
          <ActionButton
            action={`${page.href}/password/remove`}
            csrf={frame.csrf}
            label={t("Take the password away")}
            icon="trash"
            class="btn"
          />
        ) : null}
      </>
    )}
  </OptionsPage>
);
