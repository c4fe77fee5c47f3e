/** One mailbox in its owner's hands: what lies in it, and of its settings those that are his to change. */
import {
  ActionButton,
  Check,
  CsrfField,
  EXACT,
  FieldError,
  type FieldErrors,
  FormActions,
  Select,
  TextArea,
  TextField,
} from "../parts/forms.tsx";
import { NewPassword } from "../parts/password.tsx";
import { Badge, Notice, Problem, sizeWords } from "../parts/telling.tsx";
import { formTo, type OptionsFrame, OptionsPage, plainFormTo } from "./options.tsx";

/** What all pages of a mailbox know. */
export interface MailboxHead {
  readonly id: number;
  /** Its address, description or number. */
  readonly label: string;
  /** The page of the mailbox. */
  readonly href: string;
}

const BELOW = ({ label, href }: MailboxHead) => ({ label, href });

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

const number = (count: number) => count.toLocaleString("en");
const messages = (count: number) => (count === 1 ? "1 message" : `${number(count)} messages`);

const Fill = ({ fill, label }: { fill: number; label: string }) => (
  <meter class="fill" min={0} max={1} low={0.8} high={0.95} optimum={0.2} value={Math.min(1, fill)} aria-label={label}>
    {`${Math.round(fill * 100)} %`}
  </meter>
);

const usedWords = ({ size, messages: count, mostOctets, mostMessages }: MailboxPage): string => {
  const octets = mostOctets === null ? sizeWords(size) : `${sizeWords(size)} of ${sizeWords(mostOctets)}`;
  const all = mostMessages === null ? messages(count) : `${number(count)} of ${messages(mostMessages)}`;
  return `${octets}, ${all}`;
};

const Storage = ({ page }: { page: MailboxPage }) => {
  const largest = Math.max(1, ...page.folders.map(({ size }) => size));
  return (
    <section class="panel stack" aria-label="Storage">
      <div class="spread">
        <h2>Storage</h2>
        <span class="num">{usedWords(page)}</span>
      </div>
      {page.fill === null ? null : <Fill fill={page.fill} label="How full the mailbox is" />}
      <table class="table storage">
        <thead class="visually-hidden">
          <tr>
            <th>Folder</th>
            <th>Share</th>
            <th>Messages</th>
            <th>Size</th>
          </tr>
        </thead>
        <tbody>
          {page.folders.map((folder) => (
            <tr>
              <td class="wraps">{folder.name}</td>
              <td class="wide-only">
                <progress max={largest} value={folder.size} aria-label={`Size of ${folder.name}`} />
              </td>
              <td class="num end muted">{number(folder.messages)}</td>
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
      <section class="panel stack" aria-label="Addresses">
        <h2>Addresses</h2>
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
          label="Description"
          name="description"
          value={page.description}
          error={page.errors.description}
          hint="What the mailbox is for. Those with whom it is shared see it as its name."
          attributes={{ maxlength: 200 }}
        />
        <FormActions label="Save changes" />
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
    title="Mailbox password"
    under={BELOW(page)}
    lede="A name and password that open this mailbox alone, over IMAP and POP3: for a device or a program that should see nothing else."
  >
    <Problem text={page.errors[""]} />
    {page.login === null ? (
      <Notice kind="info">
        <p>This mailbox has no login name of its own yet. Your administrator can give it one.</p>
      </Notice>
    ) : (
      <>
        <dl class="facts">
          <dt>Login name</dt>
          <dd>
            <bdi class="mono">{page.login}</bdi>
          </dd>
          <dt>Password</dt>
          <dd>{page.hasPassword ? "set" : "none: nobody signs in with this name"}</dd>
        </dl>
        <form class="panel form" {...plainFormTo(`${page.href}/password`)}>
          <CsrfField token={frame.csrf} />
          <NewPassword
            label={page.hasPassword ? "New password" : "Password"}
            error={page.errors.password}
            strengthUrl="/mail/options/password/strength"
          />
          <FormActions label="Set the password" />
        </form>
        {page.hasPassword ? (
          <ActionButton
            action={`${page.href}/password/remove`}
            csrf={frame.csrf}
            label="Take the password away"
            icon="trash"
            class="btn"
          />
        ) : null}
      </>
    )}
  </OptionsPage>
);

/** Where mail goes on to. */
export interface ForwardingPage extends MailboxHead {
  readonly enabled: boolean;
  /** One on each line. */
  readonly addresses: string;
  readonly keepCopy: boolean;
  readonly sender: string;
  /** Addresses under which the owner may send. */
  readonly own: readonly string[];
  readonly errors: FieldErrors;
}

export const Forwarding = ({ frame, page }: { frame: OptionsFrame; page: ForwardingPage }) => (
  <OptionsPage frame={frame} title="Forwarding" under={BELOW(page)} lede="Sends on what arrives here.">
    <Problem text={page.errors[""]} />
    <form class="panel form" {...formTo(`${page.href}/forwarding`)}>
      <CsrfField token={frame.csrf} />
      <Check label="Forward my mail" name="enabled" checked={page.enabled} as="switch" />
      <TextArea
        label="To these addresses"
        name="addresses"
        value={page.addresses}
        error={page.errors.addresses}
        rows={3}
        hint="One on each line."
        attributes={{ inputmode: "email", autocapitalize: "none", spellcheck: "false", autocomplete: "off" }}
      />
      <Check
        label="Keep a copy here"
        name="keepCopy"
        checked={page.keepCopy}
        hint="Without it what was forwarded is not in this mailbox."
      />
      <Select
        label="Envelope sender"
        name="sender"
        value={page.sender}
        error={page.errors.sender}
        hint="Who hears when a forwarded message cannot be delivered. Some servers refuse mail from a sender whose domain is not ours."
        options={[
          { value: "original", label: "Whoever wrote the message" },
          { value: "mailbox", label: "This mailbox" },
          ...page.own.map((address) => ({ value: address, label: address })),
        ]}
      />
      <FormActions label="Save changes" />
    </form>
  </OptionsPage>
);

/** The reply while one is away. */
export interface AutoreplyPage extends MailboxHead {
  readonly enabled: boolean;
  /** Dates as YYYY-MM-DD; "" for none. */
  readonly startsAt: string;
  readonly endsAt: string;
  readonly subject: string;
  readonly text: string;
  readonly periodDays: string;
  /** One on each line. */
  readonly doNotRespond: string;
  readonly maySwitch: boolean;
  readonly mayWrite: boolean;
  readonly errors: FieldErrors;
}

export const Autoreply = ({ frame, page }: { frame: OptionsFrame; page: AutoreplyPage }) => (
  <OptionsPage
    frame={frame}
    title="Out-of-office reply"
    under={BELOW(page)}
    lede="Answers mail while you are away. Mailing lists, bulk mail and other automatic replies are never answered."
  >
    <Problem text={page.errors[""]} />
    {page.mayWrite || page.text !== "" ? null : (
      <Notice kind="warn">
        <p>No reply is written for this mailbox yet. Ask your administrator to write one; you can switch it on here.</p>
      </Notice>
    )}
    <form class="panel form" {...formTo(`${page.href}/reply`)}>
      <CsrfField token={frame.csrf} />
      {page.maySwitch ? (
        <>
          <Check label="Answer my mail" name="enabled" checked={page.enabled} as="switch" />
          <div class="fields">
            <TextField
              label="From"
              name="startsAt"
              type="date"
              value={page.startsAt}
              error={page.errors.startsAt}
              hint="Empty: at once."
            />
            <TextField
              label="Up to and including"
              name="endsAt"
              type="date"
              value={page.endsAt}
              error={page.errors.endsAt}
              hint="Empty: until you switch it off."
            />
          </div>
        </>
      ) : null}
      {page.mayWrite ? <ReplyText page={page} /> : <ReplyShown page={page} />}
      <FormActions label="Save changes" />
    </form>
  </OptionsPage>
);

const ReplyText = ({ page }: { page: AutoreplyPage }) => (
  <>
    <TextField
      label="Subject"
      name="subject"
      value={page.subject}
      error={page.errors.subject}
      hint="Empty: “Auto:” and the subject that is answered."
      attributes={{ maxlength: 200, dir: "auto" }}
    />
    <TextArea
      label="Text"
      name="text"
      value={page.text}
      error={page.errors.text}
      rows={8}
      attributes={{ dir: "auto" }}
    />
    <TextField
      label="Answer the same sender again after"
      name="periodDays"
      type="number"
      value={page.periodDays}
      error={page.errors.periodDays}
      addon="days"
      short
      attributes={{ min: 1, max: 365 }}
    />
    <TextArea
      label="Never answer"
      name="doNotRespond"
      value={page.doNotRespond}
      error={page.errors.doNotRespond}
      rows={3}
      hint="Addresses, one on each line; * stands for anything, as in *@shop.example."
      attributes={{ autocapitalize: "none", spellcheck: "false" }}
    />
  </>
);

const ReplyShown = ({ page }: { page: AutoreplyPage }) =>
  page.text === "" ? null : (
    <div class="field">
      <span class="label">What is answered</span>
      {page.subject ? <p class="strong wraps">{page.subject}</p> : null}
      <p class="code reply-text" dir="auto">
        {page.text}
      </p>
      <p class="hint">Your administrator writes this text.</p>
    </div>
  );

/** One rule of expiry. */
export interface ExpiryRow {
  readonly folder: string;
  readonly days: string;
  readonly action: "archive" | "delete";
}

export interface ExpiryPage extends MailboxHead {
  /** The rules there are, and an empty one to fill in. */
  readonly rows: readonly ExpiryRow[];
  readonly folders: readonly string[];
  /** Rules of the mail group, which hold where there is none here. */
  readonly inherited: readonly string[];
  readonly errors: FieldErrors;
}

const EVERY = { value: "*", label: "Every other folder" };
const ACTIONS = [
  { value: "archive", label: "Move to the archive" },
  { value: "delete", label: "Delete for good" },
];

const Option = ({ value, label, chosen }: { value: string; label: string; chosen: boolean }) => (
  <option value={value} selected={chosen}>
    {label}
  </option>
);

const ExpiryRule = ({ row, at, folders }: { row: ExpiryRow; at: number; folders: readonly string[] }) => {
  const known =
    row.folder === "" || row.folder === "*" || folders.includes(row.folder) ? folders : [row.folder, ...folders];
  return (
    <fieldset class="rule">
      <legend class="visually-hidden">{`Rule ${at + 1}`}</legend>
      <select class="input" name="folder" aria-label="Folder">
        <Option value="" label="No folder" chosen={row.folder === ""} />
        {known.map((name) => (
          <Option value={name} label={name} chosen={row.folder === name} />
        ))}
        <Option {...EVERY} chosen={row.folder === "*"} />
      </select>
      <div class="input-group">
        <input
          class="input"
          name="days"
          type="number"
          min={1}
          max={9999}
          value={row.days}
          aria-label="After how many days"
          inputmode="numeric"
        />
        <span class="addon">days</span>
      </div>
      <select class="input" name="action" aria-label="What happens then">
        {ACTIONS.map((action) => (
          <Option {...action} chosen={action.value === row.action} />
        ))}
      </select>
    </fieldset>
  );
};

export const MessageExpiry = ({ frame, page }: { frame: OptionsFrame; page: ExpiryPage }) => (
  <OptionsPage
    frame={frame}
    title="Message expiry"
    under={BELOW(page)}
    lede="Lets old messages of a folder go. Age counts from the day a message came into its folder; nothing expires where no rule says so."
  >
    <Problem text={page.errors[""]} />
    {page.inherited.length === 0 ? null : (
      <Notice kind="info" title="Your administrator has set for all mailboxes of your group">
        {page.inherited.map((rule) => (
          <p>{rule}</p>
        ))}
      </Notice>
    )}
    <form class="panel form" {...formTo(`${page.href}/expiry`)}>
      <CsrfField token={frame.csrf} />
      <div class="stack">
        {page.rows.map((row, at) => (
          <ExpiryRule row={row} at={at} folders={page.folders} />
        ))}
      </div>
      <FieldError name="rules" error={page.errors.rules} />
      <p class="hint">Empty the days of a rule to take it away. An empty rule is added with each saving.</p>
      <FormActions label="Save changes" />
    </form>
  </OptionsPage>
);

/** Somebody who reaches the mailbox too. */
export interface ShareLine {
  readonly login: string;
  readonly fullName: string;
  readonly preset: string | null;
  /** What the rights allow, in words. */
  readonly words: string;
}

export interface SharingPage extends MailboxHead {
  readonly shares: readonly ShareLine[];
  readonly presets: readonly { readonly value: string; readonly label: string }[];
  readonly login: string;
  readonly rights: string;
  readonly errors: FieldErrors;
}

export const Sharing = ({ frame, page }: { frame: OptionsFrame; page: SharingPage }) => (
  <OptionsPage
    frame={frame}
    title="Sharing"
    under={BELOW(page)}
    lede="Lets others here into this mailbox, with their own password. They see all of its folders in webmail."
  >
    <Problem text={page.errors[""]} />
    {page.shares.length === 0 ? (
      <p class="muted">Nobody but you reaches this mailbox.</p>
    ) : (
      <section class="panel panel-flush" aria-label="Who reaches this mailbox">
        <ul class="lines">
          {page.shares.map((share) => (
            <li>
              <span class="two">
                <span class="strong clip">{share.fullName || share.login}</span>
                <span class="muted small clip">
                  {[share.fullName ? share.login : "", share.words].filter(Boolean).join(" · ")}
                </span>
              </span>
              <ActionButton
                action={`${page.href}/sharing/remove`}
                csrf={frame.csrf}
                label={`Let ${share.login} in no longer`}
                icon="trash"
                class="btn btn-quiet btn-small"
                iconOnly
                fields={{ login: share.login }}
              />
            </li>
          ))}
        </ul>
      </section>
    )}
    <form class="panel form" {...formTo(`${page.href}/sharing`)}>
      <CsrfField token={frame.csrf} />
      <h2>Let somebody in</h2>
      <div class="fields">
        <TextField
          label="Login name"
          name="login"
          value={page.login}
          error={page.errors.login}
          required
          attributes={EXACT}
        />
        <Select label="May" name="rights" value={page.rights} error={page.errors.rights} options={page.presets} />
      </div>
      <FormActions label="Share" />
    </form>
  </OptionsPage>
);
