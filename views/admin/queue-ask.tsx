/** What is asked before something is done to mail that waits, and what a waiting message says: inside the dialog, or pages of their own. */
import { CsrfField, TextArea, TextField } from "../parts/forms.tsx";
import { Notice } from "../parts/telling.tsx";
import { Admin, type AdminFrame, Crumbs } from "./frame.tsx";

/** What may be done to mail that waits. */
export type QueueAction = "retry" | "hold" | "release" | "reroute" | "bounce" | "delete";

/** Where it is posted. */
export const DO = "/admin/queue/do";

/** What a waiting message says. */
export interface ReadPage {
  readonly id: number;
  readonly subject: string;
  readonly header: string;
  readonly text: string;
  readonly whole: boolean;
}

/** The same, inside the dialog or a page. */
export const ReadMessage = ({ page, alone }: { page: ReadPage; alone?: boolean }) => (
  <div class="stack">
    {alone ? <h1 class="as-h2">{page.subject || "(no subject)"}</h1> : <h2>{page.subject || "(no subject)"}</h2>}
    <pre class="code">{page.text || "(no text)"}</pre>
    {page.whole ? null : <p class="muted small">Only its beginning is shown.</p>}
    <details class="fold fold-in">
      <summary>Header</summary>
      <pre class="code">{page.header}</pre>
    </details>
    <div class="form-actions">
      <a class="btn" href={`/admin/queue/${page.id}`} data-close>
        Close
      </a>
    </div>
  </div>
);

export const ReadMessagePage = ({ frame, page }: { frame: AdminFrame; page: ReadPage }) => (
  <Admin title={page.subject || "Waiting message"} frame={frame} place="queue">
    <Crumbs href={`/admin/queue/${page.id}`} label="Message" here={page.id} />
    <div class="panel">
      <ReadMessage page={page} alone />
    </div>
  </Admin>
);

/** What is asked before mail is sent another way, returned or deleted. */
export interface QueueQuestion {
  readonly action: Extract<QueueAction, "reroute" | "bounce" | "delete">;
  /** Whose mail: "message 12", "3 messages", "all that waits for gmx.de". */
  readonly what: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly back: string;
  readonly typed?: string;
  readonly problem?: string;
}

const ASKED: Readonly<Record<QueueQuestion["action"], { title: string; doIt: string; text: string }>> = {
  reroute: {
    title: "Send it another way?",
    doIt: "Send it there",
    text: "It is handed to the server named here at once, and to no other until you send it back to its usual way.",
  },
  bounce: {
    title: "Return it to its sender?",
    doIt: "Return it",
    text: "It is not tried again. Its sender gets a report with your words, and the message with it.",
  },
  delete: { title: "Delete it?", doIt: "Delete it", text: "It is not sent, and its sender is not told." },
};

export const QueueAsk = ({ question, csrf, alone }: { question: QueueQuestion; csrf: string; alone?: boolean }) => {
  const { action, what, fields, back, typed, problem } = question;
  const { title, doIt, text } = ASKED[action];
  return (
    <form class="form" action={DO} method="post">
      <CsrfField token={csrf} />
      {Object.entries({ ...fields, action, back, sure: "yes" }).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      {alone ? <h1 class="as-h2">{title}</h1> : <h2>{title}</h2>}
      <p>
        This is about {what}. {text}
      </p>
      {action === "reroute" ? (
        <TextField
          label="Server"
          name="server"
          value={typed ?? ""}
          placeholder="relay.example.org:587"
          hint="A name and, after a colon, a port (else 25). A smart host that is set up here is logged in to. Empty: the usual way."
          {...(problem !== undefined && { error: problem })}
          attributes={{ autocomplete: "off", autocapitalize: "none", spellcheck: "false" }}
        />
      ) : null}
      {action === "bounce" ? (
        <TextArea
          label="What the sender is told"
          name="reason"
          value={typed ?? ""}
          rows={3}
          hint="One or two sentences. Empty: that the administrator returned it."
          {...(problem !== undefined && { error: problem })}
        />
      ) : null}
      {action === "delete" && problem !== undefined ? <Notice kind="danger">{problem}</Notice> : null}
      <div class="form-actions">
        <a class="btn" href={back} data-close autofocus>
          Leave it
        </a>
        <button class={action === "reroute" ? "btn btn-primary" : "btn btn-danger"} type="submit">
          {doIt}
        </button>
      </div>
    </form>
  );
};

/** The question as a page. */
export const QueueAskPage = ({ frame, question }: { frame: AdminFrame; question: QueueQuestion }) => (
  <Admin title={ASKED[question.action].title} frame={frame} place="queue">
    <div class="panel narrow">
      <QueueAsk question={question} csrf={frame.csrf} alone />
    </div>
  </Admin>
);
