/** Senders whose mail is always or never wanted: by a mailbox in webmail's options, by the whole house in the administration. */

import { t } from "../words/words.ts";
import { ActionButton, CsrfField, EXACT, type FieldErrors, FormActions, Select, TextArea } from "./forms.tsx";
import { Badge } from "./telling.tsx";

export interface SendersPart {
  /** Where further ones are posted; those that go are posted below it, at /remove. */
  readonly action: string;
  readonly csrf: string;
  readonly senders: readonly { readonly pattern: string; readonly wanted: boolean }[];
  /** What was typed as further ones. */
  readonly patterns: string;
  readonly wanted: boolean;
  readonly errors: FieldErrors;
  /** Of the form, beside its action. */
  readonly attributes?: Readonly<Record<string, string>>;
}

const Listed = ({ part }: { part: SendersPart }) => (
  <section class="panel panel-flush" aria-labelledby="senders">
    <div class="panel-head">
      <h2 id="senders">{t("Senders")}</h2>
    </div>
    <ul class="lines">
      {part.senders.map(({ pattern, wanted }) => (
        <li>
          <bdi class="clip">{pattern}</bdi>
          <span class="row end">
            <Badge kind={wanted ? "ok" : "danger"}>{wanted ? t("always wanted") : t("never wanted")}</Badge>
            <ActionButton
              action={`${part.action}/remove`}
              csrf={part.csrf}
              label={t("Remove")}
              class="btn btn-small"
              fields={{ pattern }}
            />
          </span>
        </li>
      ))}
    </ul>
  </section>
);

export const Senders = ({ part }: { part: SendersPart }) => (
  <>
    {part.senders.length === 0 ? null : <Listed part={part} />}
    <form class="panel form" action={part.action} method="post" {...part.attributes}>
      <h2>{t("Senders who are always or never wanted")}</h2>
      <CsrfField token={part.csrf} />
      <TextArea
        label={t("Senders, one a line")}
        name="patterns"
        value={part.patterns}
        error={part.errors.patterns}
        rows={2}
        hint={t(
          "ann@example.org, example.org, or *.example.org for everything below it. Who is wanted passes where it is proven that the mail is his: anybody can write a name.",
        )}
        attributes={EXACT}
      />
      <Select
        label={t("Their mail")}
        name="wanted"
        value={part.wanted ? "on" : "off"}
        options={[
          { value: "on", label: t("is always wanted") },
          { value: "off", label: t("is never wanted") },
        ]}
      />
      <FormActions label={t("Add")} />
    </form>
  </>
);
