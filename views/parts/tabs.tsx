/** Tabs of one thing's properties: each is a page with an address of its own, which htmx fetches as a fragment; and the forms on them. */
import type { Child, PropsWithChildren } from "hono/jsx";
import { t } from "../words/words.ts";
import { CsrfField, type FieldErrors, FormActions } from "./forms.tsx";
import { Problem } from "./telling.tsx";

/** One tab of the properties. */
export interface TabLink {
  readonly name: string;
  readonly label: string;
  readonly href: string;
  readonly current: boolean;
}

/** The row of tabs. A tab's link replaces `target`, which holds the tabs too. */
export const Tabs = ({ tabs, target }: { tabs: readonly TabLink[]; target: string }) => (
  <nav class="tabs" aria-label={t("Properties")}>
    {tabs.map(({ name, label, href, current }) => (
      <a
        href={href}
        id={`tab-${name}`}
        aria-current={current ? "page" : undefined}
        hx-get={href}
        hx-target={target}
        hx-swap="outerHTML"
        hx-push-url="true"
      >
        {label}
      </a>
    ))}
  </nav>
);

/** A form of a tab: what was typed and what is wrong with it, where it was sent and refused. */
export interface TabForm {
  readonly csrf: string;
  /** Where it is posted. */
  readonly action: string;
  readonly errors: FieldErrors;
  /** What was typed; missing before the first try. */
  readonly typed?: Readonly<Record<string, string>>;
}

/** The value a text field shows: what was typed, else what is. */
export const textIn = ({ typed }: TabForm, name: string, value: string): string =>
  typed ? (typed[name] ?? "") : value;

/** Whether a box is ticked. */
export const tickedIn = ({ typed }: TabForm, name: string, value: boolean): boolean =>
  typed ? typed[name] !== undefined : value;

/** The form of a tab, in a panel. */
export const TabPanel = ({
  form,
  title,
  lede,
  save = t("Save changes"),
  wide,
  id,
  children,
}: PropsWithChildren<{ form: TabForm; title?: string; lede?: Child; save?: string; wide?: boolean; id?: string }>) => (
  <form class={wide ? "panel form form-wide" : "panel form"} action={form.action} method="post" id={id}>
    <CsrfField token={form.csrf} />
    {title ? (
      <div class="stack stack-s">
        <h2>{title}</h2>
        {lede ? <p class="hint">{lede}</p> : null}
      </div>
    ) : null}
    <Problem text={form.errors[""]} />
    {children}
    <FormActions label={save} />
  </form>
);
