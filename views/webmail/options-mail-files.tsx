/** Mail in files: brought into a mailbox, and taken out of it. */
import { ActionButton, CsrfField, FormActions, Select, TextField } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { Lamp, Problem, sizeWords } from "../parts/telling.tsx";
import { folderName } from "../words/folders.ts";
import { said, t, tn } from "../words/words.ts";
import { type OptionsFrame, OptionsPage } from "./options.tsx";
import { BELOW, type MailboxHead } from "./options-mailbox.tsx";

/** How an import stands. */
export interface ImportLine {
  readonly called: string;
  readonly folder: string;
  readonly state: "running" | "done" | "stopped" | "failed";
  readonly size: number;
  readonly read: number;
  readonly messages: number;
  readonly leftOut: number;
  readonly error: string | null;
}

export interface MailFilesPage extends MailboxHead {
  readonly folders: readonly string[];
  readonly run: ImportLine | null;
  readonly problem: string;
}

const State = ({ run }: { run: ImportLine }) => {
  if (run.state === "running") return <Lamp kind="info">{t("Running")}</Lamp>;
  if (run.state === "done") return <Lamp kind="ok">{t("Done")}</Lamp>;
  return run.state === "stopped" ? (
    <Lamp kind="off">{t("Stopped")}</Lamp>
  ) : (
    <Lamp kind="danger">{said(run.error ?? "")}</Lamp>
  );
};

/** The latest import; asks again every second while it goes on. */
export const ImportProgressPart = ({ at, csrf, run }: { at: string; csrf: string; run: ImportLine | null }) => {
  if (run === null) return <div id="import-run" />;
  const busy = run.state === "running";
  const asks = { "hx-get": `${at}/status?live`, "hx-trigger": "every 1s", "hx-swap": "outerHTML" };
  return (
    <section class="panel stack" id="import-run" aria-live="polite" aria-label={t("The import")} {...(busy && asks)}>
      <h2 class="wraps">
        <bdi>{run.called}</bdi>
      </h2>
      <p>
        <State run={run} />
      </p>
      {busy ? (
        <progress class="wide" aria-label={t("How far it is")} max={Math.max(1, run.size)} value={run.read} />
      ) : null}
      <p class="num">
        {tn(run.messages, "{n} message is in {folder} and below", "{n} messages are in {folder} and below", {
          folder: folderName(run.folder),
        })}
        {run.leftOut > 0 ? `, ${tn(run.leftOut, "{n} was left out", "{n} were left out")}` : ""}
        {busy ? ` · ${t("{some} of {all}", { some: sizeWords(run.read), all: sizeWords(run.size) })}` : ""}
      </p>
      {busy ? (
        <>
          <div class="row">
            <ActionButton action={`${at}/stop`} csrf={csrf} label={t("Stop")} icon="close" />
          </div>
          <p class="hint">{t("You may leave this page; it goes on.")}</p>
        </>
      ) : null}
    </section>
  );
};

const Export = ({ page }: { page: MailFilesPage }) => (
  <form class="panel form" action={`${page.href}/export`} method="get">
    <h2>{t("Save mail as a file")}</h2>
    <Select
      label={t("Folder")}
      name="folder"
      options={[
        { value: "", label: t("All folders") },
        ...page.folders.map((value) => ({ value, label: folderName(value) })),
      ]}
    />
    <Select
      label={t("As")}
      name="format"
      value="mbox"
      options={[
        { value: "mbox", label: t("mbox: a file a folder, for most mail programs") },
        { value: "maildir", label: t("Maildir in a ZIP archive, with what is read and answered") },
        { value: "eml", label: t("a file a message (EML) in a ZIP archive") },
      ]}
    />
    <div class="form-actions">
      <button class="btn" type="submit">
        <Icon name="download" />
        {t("Save")}
      </button>
    </div>
  </form>
);

export const MailboxFiles = ({ frame, page }: { frame: OptionsFrame; page: MailFilesPage }) => (
  <OptionsPage
    frame={frame}
    title={t("Import and export")}
    under={BELOW(page)}
    lede={t("Mail from files of other programs, and mail of this mailbox as files.")}
  >
    <Problem text={page.problem} />
    <ImportProgressPart at={frame.here} csrf={frame.csrf} run={page.run} />
    <form
      class="panel form"
      action={`${frame.here}?csrf=${encodeURIComponent(frame.csrf)}`}
      method="post"
      enctype="multipart/form-data"
    >
      <CsrfField token={frame.csrf} />
      <h2>{t("Take mail from a file")}</h2>
      <Select
        label={t("Into the folder")}
        name="folder"
        id="into"
        value="INBOX"
        options={page.folders.map((value) => ({ value, label: folderName(value) }))}
        hint={t("Folders of an archive are made below it, or beside the inbox.")}
      />
      <TextField
        label={t("File")}
        name="file"
        type="file"
        required
        hint={t(
          "An mbox, a message (.eml), or a ZIP archive of those or of a Maildir. Rules are not run, and nothing is answered.",
        )}
      />
      <FormActions label={t("Take it over")} />
    </form>
    <Export page={page} />
  </OptionsPage>
);
