/** News: the groups that may be read, and those that may be posted to. */
import { TextArea } from "../../parts/forms.tsx";
import { type TabForm, TabPanel, textIn } from "./page.tsx";

export interface NewsTab {
  readonly newsRead: readonly string[];
  readonly newsPost: readonly string[];
  readonly form: TabForm;
}

export const News = ({ tab: { form, ...groups } }: { tab: NewsTab }) => (
  <TabPanel
    form={form}
    wide
    title="Newsgroups"
    lede="Only groups that this server itself is subscribed to can be read or posted to; what is listed here beyond them has an effect as soon as the server subscribes."
  >
    <div class="fields">
      <TextArea
        label="May read"
        name="newsRead"
        rows={10}
        mono
        value={textIn(form, "newsRead", groups.newsRead.join("\n"))}
        error={form.errors.newsRead}
        attributes={{ spellcheck: "false", autocapitalize: "none" }}
      />
      <TextArea
        label="May post to"
        name="newsPost"
        rows={10}
        mono
        value={textIn(form, "newsPost", groups.newsPost.join("\n"))}
        error={form.errors.newsPost}
        attributes={{ spellcheck: "false", autocapitalize: "none" }}
      />
    </div>
    <p class="hint">
      One group or pattern a line: <code>local.chat</code>, <code>local.*</code> for all that begin so, <code>*</code>{" "}
      for every group; a line like <code>!local.board</code> takes groups out again. An empty list allows none.
    </p>
  </TabPanel>
);
