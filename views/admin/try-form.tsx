/** A box beside a list in which one tries what the list does to something. */
import type { Child } from "hono/jsx";
import { CsrfField, FormActions } from "../parts/forms.tsx";
import { Problem } from "../parts/telling.tsx";

interface TryProps {
  at: string;
  title: string;
  error: string | undefined;
  /** For what is too long for an address, and is posted; the page's token. */
  csrf?: string;
  /** A notice with what came of it. */
  answer: Child;
  children: Child;
}

/** The form, `#test`, comes back with the answer. */
export const TryForm = ({ at, title, error, csrf, answer, children }: TryProps) => (
  <form
    class="panel form"
    id="test"
    action={at}
    method={csrf === undefined ? "get" : "post"}
    {...{ [csrf === undefined ? "hx-get" : "hx-post"]: at }}
    hx-target="#test"
    hx-select="#test"
    hx-swap="outerHTML"
  >
    {csrf === undefined ? null : <CsrfField token={csrf} />}
    <h2>{title}</h2>
    <Problem text={error} />
    {children}
    <FormActions id="try" label="Try" plain />
    {answer ? <div role="status">{answer}</div> : null}
  </form>
);
