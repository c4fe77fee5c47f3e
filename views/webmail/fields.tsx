/** The header fields of a message, in a dialog or on a page of their own. */
import { Icon } from "../parts/icon.tsx";
import { t } from "../words/words.ts";

/** One field, decoded, on one line. */
export interface FieldLine {
  readonly name: string;
  readonly value: string;
}

/** All of them in their order. `alone` is a page without the message beside it. */
export const HeaderFields = ({
  fields,
  back,
  alone,
}: {
  fields: readonly FieldLine[];
  back: string;
  alone: boolean;
}) => (
  <div class="stack">
    <div class="spread">
      {alone ? <h1>{t("Header fields")}</h1> : <h2>{t("Header fields")}</h2>}
      <a class="btn btn-quiet btn-small" href={back} data-close>
        <Icon name={alone ? "arrowLeft" : "close"} />
        {alone ? t("Back to the message") : t("Close")}
      </a>
    </div>
    <dl class="mail-fields">
      {fields.map((field) => (
        <>
          <dt>
            <bdi>{field.name}</bdi>
          </dt>
          <dd>
            <bdi>{field.value}</bdi>
          </dd>
        </>
      ))}
    </dl>
  </div>
);
