/**
 * Options: what people see and change of their own account. The frame of all its pages (a list of the pages beside each of them, on a
 * phone the list is the first page), and that first page. What is not allowed is not here.
 */
import type { Child, PropsWithChildren } from "hono/jsx";
import { Icon, type IconName } from "../parts/icon.tsx";
import { Notice, PageHead } from "../parts/telling.tsx";
import { t } from "../words/words.ts";
import { actAttributes } from "./menus.tsx";

/** Where all of it stands. */
export const OPTIONS = "/mail/options";

/** One page of the list. */
export interface OptionsLink {
  readonly href: string;
  readonly label: string;
  readonly icon: IconName;
  /** How things stand there, in a few words: for the first page. */
  readonly state?: string;
  /** Loaded as a page of its own: it brings a script along. */
  readonly whole?: boolean;
}

/** Pages under a heading. */
export interface OptionsGroup {
  readonly title: string;
  readonly links: readonly OptionsLink[];
}

/** What is around every page. */
export interface OptionsFrame {
  readonly groups: readonly OptionsGroup[];
  /** The address of the page that is shown. */
  readonly here: string;
  readonly csrf: string;
  /** The moment the page is made, epoch milliseconds. */
  readonly now: number;
}

const follow = ({ href, whole }: Pick<OptionsLink, "href" | "whole">) => ({
  href,
  ...(whole !== true && swapped(href)),
});

const swapped = (href: string) => ({
  "hx-get": href,
  "hx-target": "#main",
  "hx-swap": "outerHTML show:top",
  "hx-push-url": "true",
});

const first = (): OptionsLink => ({ href: OPTIONS, label: t("Overview"), icon: "overview" });

const Pages = ({ frame }: { frame: OptionsFrame }) => (
  <nav class="options-pages" aria-label={t("Options")}>
    {[{ title: "", links: [first()] }, ...frame.groups].map((group) => (
      <div>
        {group.title ? <h2 class="clip">{group.title}</h2> : null}
        <ul>
          {group.links.map((link) => (
            <li>
              <a class="options-link" {...follow(link)} aria-current={link.href === frame.here ? "page" : undefined}>
                <Icon name={link.icon} />
                <span class="clip">{link.label}</span>
              </a>
            </li>
          ))}
        </ul>
      </div>
    ))}
  </nav>
);

/** One page. `under` is the page it belongs to, where that is not the first one. */
export const OptionsPage = ({
  frame,
  title,
  lede,
  under,
  actions,
  children,
}: PropsWithChildren<{
  frame: OptionsFrame;
  title: string;
  lede?: Child;
  under?: { readonly href: string; readonly label: string };
  actions?: Child;
}>) => (
  <div class="options">
    <Pages frame={frame} />
    <div class="options-page stack">
      {frame.here === OPTIONS ? null : (
        <nav class={under ? "crumbs" : "crumbs options-back"} aria-label={t("Where this is")}>
          <a {...follow({ href: under?.href ?? OPTIONS, whole: frame.here.endsWith("/second-factor") })}>
            {under?.label ?? t("Options")}
          </a>
          <Icon name="chevronRight" />
          <span>{title}</span>
        </nav>
      )}
      <PageHead title={title} {...(lede !== undefined && { lede })}>
        {actions}
      </PageHead>
      {children}
    </div>
  </div>
);

/** The first page: every other one with how things stand there. */
export const OptionsOverview = ({
  frame,
  name,
  address,
  notices,
}: {
  frame: OptionsFrame;
  name: string;
  address: string;
  notices?: Child;
}) => (
  <OptionsPage frame={frame} title={t("Options")} lede={[name, address].filter(Boolean).join(" · ")}>
    {notices}
    {frame.groups.map((group) => (
      <section class="panel panel-flush" aria-label={group.title}>
        <div class="panel-head">
          <h2>{group.title}</h2>
        </div>
        <ul class="lines options-lines">
          {group.links.map((link) => (
            <li>
              <a class="options-line" {...follow(link)}>
                <Icon name={link.icon} />
                <span class="two">
                  <span class="strong clip">{link.label}</span>
                  {link.state ? <span class="muted small clip">{link.state}</span> : null}
                </span>
                <Icon name="chevronRight" />
              </a>
            </li>
          ))}
        </ul>
      </section>
    ))}
  </OptionsPage>
);

/** A form of the pages: without a script a plain one; with htmx the answer is the page after it. */
export const formTo = (action: string) => actAttributes(action);

/** A form that answers with something that is shown once: never through htmx, which keeps what it was given. */
export const plainFormTo = (action: string) => ({ action, method: "post" as const });

/** Stands where something is changed only by who has shown lately that it is he. */
export const Confirm = ({ href, children }: PropsWithChildren<{ href: string }>) => (
  <Notice kind="info">
    <p>{children}</p>
    <div>
      <a class="btn btn-small" href={href}>
        <Icon name="unlock" />
        {t("Show that it is you")}
      </a>
    </div>
  </Notice>
);
