/** The question before something is gone: a page of its own, or the inside of the page's dialog. */
import type { Child } from "hono/jsx";
import { CsrfField } from "../parts/forms.tsx";
import { Icon } from "../parts/icon.tsx";
import { Admin, type AdminFrame, type AdminPlace } from "./frame.tsx";

/** What is asked. */
export interface Question {
  readonly title: string;
  readonly text: Child;
  /** Where the answer is posted. */
  readonly action: string;
  /** What the button that does it says. */
  readonly doIt: string;
  /** Where "keep" leads. */
  readonly back: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly harmless?: boolean;
}

/** The question itself, for the dialog; `alone` on a page of its own. */
export const ConfirmForm = ({ question, csrf, alone }: { question: Question; csrf: string; alone?: boolean }) => (
  <form class="form" action={question.action} method="post">
    <CsrfField token={csrf} />
    {Object.entries(question.fields ?? {}).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
    {alone ? <h1 class="as-h2">{question.title}</h1> : <h2>{question.title}</h2>}
    <p>{question.text}</p>
    <div class="form-actions">
      <a class="btn" href={question.back} data-close autofocus>
        Keep it
      </a>
      <button class={question.harmless ? "btn btn-primary" : "btn btn-danger"} type="submit">
        {question.doIt}
      </button>
    </div>
  </form>
);

/** The question as a page. */
export const Confirm = ({ frame, place, question }: { frame: AdminFrame; place: AdminPlace; question: Question }) => (
  <Admin title={question.title} frame={frame} place={place}>
    <div class="panel narrow">
      <ConfirmForm question={question} csrf={frame.csrf} alone />
    </div>
  </Admin>
);

/** The button that asks the question: in the page's dialog, and without scripts on a page of its own. */
export const AskToRemove = ({ href, label = "Remove" }: { href: string; label?: string }) => (
  <a class="btn" href={href} hx-get={href} hx-target="#dialog">
    <Icon name="trash" />
    {label}
  </a>
);
