/** The form with a field for each way to search, for whoever does not know the operators by heart. Works without a script. */
import { Check, FormActions, Select, TextField } from "../parts/forms.tsx";
import { PageHead } from "../parts/telling.tsx";
import { t } from "../words/words.ts";
import { SEARCH } from "./search.tsx";

export interface SearchFormPage {
  /** What was asked for so far, by the fields' names. */
  readonly fields: Readonly<Record<string, string>>;
  readonly folders: readonly { readonly value: string; readonly label: string }[];
}

export const SearchForm = ({ page: { fields, folders } }: { page: SearchFormPage }) => {
  const value = (name: string) => fields[name] ?? "";
  const text = (name: string, label: string, hint?: string) => (
    <TextField
      label={label}
      name={name}
      value={value(name)}
      {...(hint && { hint })}
      attributes={{ maxlength: 200, autocomplete: "off" }}
    />
  );
  return (
    <>
      <PageHead title={t("Search")} lede={t("Fill in what you know; all of it must be right.")} />
      <form class="panel form" action={`${SEARCH}/form`} method="get">
        <input type="hidden" name="go" value="1" />
        {text("words", t("Words"), t("Anywhere in the text, the subject, the addresses or the names of files"))}
        {text("without", t("Without these words"))}
        <div class="fields">
          {text("from", t("From"))}
          {text("to", t("To"))}
        </div>
        <div class="fields">
          {text("subject", t("Subject"))}
          {text("filename", t("Name of a file"))}
        </div>
        <div class="fields">
          <TextField label={t("On this day or later")} name="after" type="date" value={value("after")} />
          <TextField label={t("Before this day")} name="before" type="date" value={value("before")} />
        </div>
        <div class="fields">
          <Select
            label={t("Where")}
            name="in"
            value={value("in")}
            options={[
              { value: "", label: t("All folders but the trash and the junk") },
              { value: "any", label: t("All folders") },
              ...folders,
            ]}
          />
          <Select
            label={t("State")}
            name="is"
            value={value("is")}
            options={[
              { value: "", label: t("Any") },
              { value: "unread", label: t("Unread") },
              { value: "read", label: t("Read") },
              { value: "starred", label: t("Starred") },
              { value: "answered", label: t("Answered") },
              { value: "unanswered", label: t("Not answered") },
            ]}
          />
        </div>
        <div class="fields">
          {text("larger", t("Larger than"), "500K, 5M")}
          {text("smaller", t("Smaller than"), "100K, 1M")}
        </div>
        <Check label={t("With files")} name="has" value="attachment" checked={value("has") === "attachment"} />
        <FormActions label={t("Search")} icon="search" />
      </form>
    </>
  );
};
