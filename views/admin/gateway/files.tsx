/** Files: shared folders, what people's folders hold, and who is connected to the FTP service. */

import { Fill } from "../../parts/fill.tsx";
import { ActionButton, Check, CsrfField, FormActions, Select, TextField } from "../../parts/forms.tsx";
import { Icon } from "../../parts/icon.tsx";
import { type Found, FoundList } from "../../parts/list.tsx";
import { type TabForm, textIn, tickedIn } from "../../parts/tabs.tsx";
import { Badge, Empty, Moment, PageHead, Problem, sizeWords } from "../../parts/telling.tsx";
import { AskToRemove } from "../confirm.tsx";
import { Admin, type AdminFrame, Crumbs } from "../frame.tsx";
import { NameFields, numberWords, renewing } from "./parts.tsx";
import { People, type Somebody } from "./people.tsx";
import { FileTabs } from "./policy-tabs.tsx";
import { listed } from "./rule-words.ts";

export const FILES = "/admin/gateway/files";
export const STORAGE = "/admin/gateway/storage";
export const SESSIONS = "/admin/gateway/sessions";
/** Beside the folders, whose names are any. */
export const NEW_SHARE = "/admin/gateway/new-share";

export const atShare = (name: string): string => `${FILES}/${encodeURIComponent(name)}`;
export const atStorage = (login: string): string => `${STORAGE}/${encodeURIComponent(login)}`;

const LEDE =
  "The folders of people and those they share, reached with FTP programs, as web pages, and as network drives.";

export interface ShareLine {
  readonly name: string;
  readonly description: string;
  readonly folder: string;
  readonly everybody: "none" | "read" | "write";
  readonly guests: boolean;
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly maxOctets: number | null;
  readonly maxFiles: number | null;
  readonly octets: number;
  readonly files: number;
}

const rightWords = ({ everybody, guests, read, write }: ShareLine): string => {
  const may = [
    everybody === "write" ? "everybody may change it" : everybody === "read" ? "everybody may read it" : "",
    write.length > 0 ? `${listed(write)} may change it` : "",
    read.length > 0 ? `${listed(read)} may read it` : "",
    guests ? "guests may read it" : "",
  ].filter(Boolean);
  return may.length === 0 ? "nobody may do anything in it yet" : may.join("; ");
};

/** How full something is, as far as there is a limit. */
const Held = ({ octets, most, label }: { octets: number; most: number | null; label: string }) =>
  most === null || most === 0 ? (
    <span class="num">{sizeWords(octets)}</span>
  ) : (
    <span class="two">
      <span class="num small">{`${sizeWords(octets)} of ${sizeWords(most)}`}</span>
      <Fill fill={octets / most} label={label} />
    </span>
  );

export const SharedFolders = ({ frame, shares }: { frame: AdminFrame; shares: readonly ShareLine[] }) => (
  <Admin title="Shared folders" frame={frame} place="gateway/files">
    <PageHead title="Files" lede={LEDE}>
      <a class="btn btn-primary" href={NEW_SHARE}>
        <Icon name="folderPlus" />
        New shared folder
      </a>
    </PageHead>
    <FileTabs current="shares" />
    <section class="panel panel-flush" aria-label="Shared folders">
      {shares.length === 0 ? (
        <Empty icon="folder" title="No shared folder yet">
          <p>
            Everybody has a folder of his own. A shared one appears beside it, under “shared”, for those who may read or
            change it: photos for the family, minutes for the club.
          </p>
        </Empty>
      ) : (
        <ul class="lines">
          {shares.map((share) => (
            <li>
              <span class="two">
                <a class="strong clip" href={atShare(share.name)}>
                  {share.name}
                </a>
                <span class="muted small wraps">
                  {[share.description, rightWords(share)].filter(Boolean).join(" · ")}
                </span>
              </span>
              <span class="end held">
                <Held octets={share.octets} most={share.maxOctets} label={`How full ${share.name} is`} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  </Admin>
);

const EVERYBODY = [
  { value: "none", label: "Nothing, unless named below" },
  { value: "read", label: "Read" },
  { value: "write", label: "Read and change" },
] as const;

const MEGABYTE = 1_000_000;
const megabytes = (octets: number | null) => (octets === null ? "" : String(Math.round(octets / MEGABYTE)));

/** One shared folder's page, or that of a new one. */
export interface SharePage {
  readonly share: ShareLine;
  readonly form: TabForm;
  readonly isNew: boolean;
  readonly people: readonly Somebody[] | undefined;
}

export const ShareView = ({ frame, page }: { frame: AdminFrame; page: SharePage }) => {
  const { share, form, isNew, people } = page;
  const title = isNew ? "New shared folder" : share.name;
  return (
    <Admin title={title} frame={frame} place="gateway/files">
      <Crumbs href={FILES} label="Shared folders" here={title} />
      <PageHead
        title={title}
        {...(!isNew && { lede: `${sizeWords(share.octets)} in ${numberWords(share.files)} files and folders.` })}
      >
        {isNew ? null : <AskToRemove href={`${atShare(share.name)}/remove`} />}
      </PageHead>
      <form class="panel form form-wide" action={form.action} method="post">
        <CsrfField token={form.csrf} />
        <Problem text={form.errors[""]} />
        <div class="fields">
          <NameFields form={form} name={isNew ? "name" : "rename"} of={share} />
        </div>
        <TextField
          label="Folder on disk"
          name="folder"
          value={textIn(form, "folder", share.folder)}
          error={form.errors.folder}
          placeholder={`shared/${share.name || "NAME"}`}
          hint="Below the folder “files” of the data folder. Another one is another place: what lies in the old one stays there."
        />
        <h2 class="rule">Who may do what</h2>
        <Select
          label="Everybody who has logged in may"
          name="everybody"
          value={textIn(form, "everybody", share.everybody)}
          error={form.errors.everybody}
          options={EVERYBODY}
        />
        <div class="fields">
          <People form={form} name="write" label="Change it" chosen={share.write} people={people} />
          <People form={form} name="read" label="Read it" chosen={share.read} people={people} />
        </div>
        <Check
          as="switch"
          name="guests"
          label="Guests may read it"
          checked={tickedIn(form, "guests", share.guests)}
          hint="Without a login, if the guest entry has the permission to log in by FTP."
        />
        <h2 class="rule">Limits</h2>
        <LimitFields form={form} maxOctets={share.maxOctets} maxFiles={share.maxFiles} empty="Empty: no limit." />
        <FormActions label={isNew ? "Share the folder" : "Save changes"} cancel={FILES} />
      </form>
    </Admin>
  );
};

const LimitFields = ({
  form,
  maxOctets,
  maxFiles,
  empty,
}: {
  form: TabForm;
  maxOctets: number | null;
  maxFiles: number | null;
  empty: string;
}) => (
  <div class="fields">
    <TextField
      label="Size"
      name="megabytes"
      type="number"
      value={textIn(form, "megabytes", megabytes(maxOctets))}
      error={form.errors.megabytes}
      addon="MB"
      hint={empty}
      attributes={{ min: 0, inputmode: "numeric" }}
    />
    <TextField
      label="Files and folders"
      name="maxFiles"
      type="number"
      value={textIn(form, "maxFiles", maxFiles === null ? "" : String(maxFiles))}
      error={form.errors.maxFiles}
      hint={empty}
      attributes={{ min: 0, inputmode: "numeric" }}
    />
  </div>
);

export interface StorageLine {
  readonly login: string;
  readonly fullName: string;
  readonly ftpDirectory: string;
  readonly homePageFolder: string;
  readonly octets: number;
  readonly files: number;
  readonly maxOctets: number | null;
  readonly maxFiles: number | null;
  readonly ownMaxOctets: number | null;
  readonly ownMaxFiles: number | null;
}

export interface StoragePage extends Found {
  readonly people: readonly StorageLine[];
}

export const Storage = ({ frame, page }: { frame: AdminFrame; page: StoragePage }) => (
  <Admin title="People's folders" frame={frame} place="gateway/files">
    <PageHead title="Files" lede={LEDE}>
      <a class="btn" href="/admin/settings/files">
        Limits of everybody
      </a>
    </PageHead>
    <FileTabs current="storage" />
    <FoundList
      at={STORAGE}
      label="Login or full name"
      found={page}
      lines={page.people.length}
      noun={["user", "users"]}
      empty={{ icon: "users", title: "Nobody like that", hint: "Try a part of the login name or of the full name." }}
    >
      <div class="table-wrap">
        <table class="table table-stacks">
          <thead>
            <tr>
              <th>Who</th>
              <th>Folder</th>
              <th>Files</th>
              <th>Size</th>
            </tr>
          </thead>
          <tbody>
            {page.people.map((line) => (
              <tr>
                <td class="who">
                  <span class="two">
                    <a class="clip" href={atStorage(line.login)}>
                      {line.login}
                    </a>
                    <span class="muted small clip">{line.fullName}</span>
                  </span>
                </td>
                <td data-label="Folder">
                  <span class="mono small wraps">{line.ftpDirectory}</span>
                </td>
                <td data-label="Files" class="num">
                  {numberWords(line.files)}
                </td>
                <td data-label="Size">
                  <Held
                    octets={line.octets}
                    most={line.maxOctets}
                    label={`How full the folders of ${line.login} are`}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </FoundList>
  </Admin>
);

export const StorageView = ({ frame, line, form }: { frame: AdminFrame; line: StorageLine; form: TabForm }) => (
  <Admin title={`Folders of ${line.login}`} frame={frame} place="gateway/files">
    <Crumbs href={STORAGE} label="People's folders" here={line.login} />
    <PageHead
      title={`Folders of ${line.login}`}
      lede={`${sizeWords(line.octets)} in ${numberWords(line.files)} files and folders.`}
    />
    <div class="split">
      <form class="panel form" action={form.action} method="post">
        <CsrfField token={form.csrf} />
        <h2>The most they may hold</h2>
        <Problem text={form.errors[""]} />
        <LimitFields
          form={form}
          maxOctets={line.ownMaxOctets}
          maxFiles={line.ownMaxFiles}
          empty="Empty: as for everybody."
        />
        <FormActions label="Save changes" cancel={STORAGE} />
      </form>
      <section class="panel" aria-label="Folders">
        <dl class="facts">
          <dt>FTP begins in</dt>
          <dd class="mono">{line.ftpDirectory}</dd>
          <dt>Home page</dt>
          <dd class="mono">{line.homePageFolder}</dd>
        </dl>
        <p>
          <a href={`/admin/users/${encodeURIComponent(line.login)}`}>Other folders are set on the account</a>
        </p>
      </section>
    </div>
  </Admin>
);

/** One FTP session. */
export interface SessionLine {
  readonly id: string;
  readonly login: string;
  readonly remote: string;
  readonly secure: boolean;
  readonly since: number;
  readonly folder: string;
  readonly doing: string;
  readonly sent: number;
  readonly received: number;
}

const Session = ({ session, frame }: { session: SessionLine; frame: AdminFrame }) => (
  <tr>
    <td class="who">
      <span class="two">
        <span class="strong clip">{session.login || "not logged in yet"}</span>
        <span class="muted small mono clip">{session.remote}</span>
      </span>
    </td>
    <td data-label="Doing">
      <span class="wraps">{session.doing || `waits in ${session.folder || "/"}`}</span>
    </td>
    <td data-label="Down / up" class="num one-line">
      {sizeWords(session.sent)} / {sizeWords(session.received)}
    </td>
    <td data-label="Since">
      <Moment at={session.since} now={frame.now} />
    </td>
    <td data-label="Connection">{session.secure ? <Badge kind="ok">TLS</Badge> : <Badge>plain</Badge>}</td>
    <td class="end">
      <ActionButton
        action={`${SESSIONS}/end`}
        csrf={frame.csrf}
        label="End"
        about={`${session.login || session.remote}, ${session.id}`}
        fields={{ id: session.id }}
      />
    </td>
  </tr>
);

export const Sessions = ({ frame, sessions }: { frame: AdminFrame; sessions: readonly SessionLine[] }) => (
  <Admin title="Connected by FTP" frame={frame} place="gateway/files">
    <PageHead title="Files" lede={LEDE}>
      <a class="btn" href="/admin/settings/ftp">
        FTP settings
      </a>
    </PageHead>
    <FileTabs current="sessions" />
    <section
      class="panel panel-flush"
      id="sessions"
      aria-label="Connected now"
      {...renewing(`${SESSIONS}?live`, "sessions", "5s")}
    >
      {sessions.length === 0 ? (
        <Empty icon="users" title="Nobody is connected">
          <p>Whoever has the permission “Allow Login” under FTP sees his folder with any FTP program.</p>
        </Empty>
      ) : (
        <div class="table-wrap">
          <table class="table table-stacks">
            <thead>
              <tr>
                <th>Who</th>
                <th>Doing</th>
                <th>Down / up</th>
                <th>Since</th>
                <th>Connection</th>
                <th>
                  <span class="visually-hidden">End</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {sessions.map((session) => (
                <Session session={session} frame={frame} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  </Admin>
);
