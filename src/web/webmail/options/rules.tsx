/** The mail rules of an own mailbox, and the rule for mail like a message that is being read. */
import type { Hono } from "hono";
import type { RuleFields } from "../../../../views/parts/rule-form.tsx";
import { OptionsPage } from "../../../../views/webmail/options.tsx";
import { BELOW } from "../../../../views/webmail/options-mailbox.tsx";
import { key, t } from "../../../../views/words/words.ts";
import { flatten } from "../../../mime/addresses.ts";
import { formatSpec } from "../../../mime/write.ts";
import { signedIn, type WebContext, type WebEnv } from "../../context.ts";
import { rulePages } from "../../rules/pages.tsx";
import { EMPTY_ACTION, EMPTY_CONDITION } from "../../rules/rows.ts";
import type { StoredMessage } from "../message.ts";
import { oneLine } from "../names.ts";
import { messageNamed } from "../room.ts";
import type { Places } from "./mailbox.tsx";
import type { Office } from "./office.tsx";

export function ownRulePages(app: Hono<WebEnv>, office: Office, placeOf: Places): void {
  const { webmail } = office;
  rulePages(app, {
    front: webmail.front,
    path: "/:mailbox{\\d+}/rules",
    place: async (c) => {
      const { head, view } = await placeOf(c, "rules");
      const folders = view.folders.map(({ name }) => name);
      return { id: head.id, at: `${head.href}/rules`, scriptsAt: `${head.href}/scripts`, folders };
    },
    show: async (c, { title, content, errors }) => {
      const { frame, head } = await placeOf(c, "rules");
      const isList = title === t("Mail rules");
      const under = isList ? BELOW(head) : { label: t("Mail rules"), href: `${head.href}/rules` };
      const page = (
        <OptionsPage frame={frame} title={title} under={under} {...(isList && { lede: t(LEDE) })}>
          {content}
        </OptionsPage>
      );
      return await office.show(c, title, page, errors);
    },
    done: (c, text, to) => office.done(c, text, to),
    begin: async (c, like) => await beginLike(office, c, like),
  });
}

const LEDE = key(
  "What becomes of arriving mail: moved, marked, forwarded, answered or refused, by who sends it and what it says.",
);

/** A rule for mail like one message: by its list, else by who wrote it. @throws Refusal "notFound" */
async function beginLike({ webmail }: Office, c: WebContext, like: string): Promise<RuleFields> {
  return likeMessage(await messageNamed(webmail, signedIn(c).user, like));
}

/** What stands in brackets at the start of a subject tells what it belongs to. */
const TAG = /^(?:(?:re|fwd?|aw|wg):\s*)*(\[[^\]]{1,60}\])/i;

function likeMessage({ header, envelope }: StoredMessage): RuleFields {
  const author = flatten(envelope.from)[0];
  const from = author === undefined ? "" : formatSpec(author);
  const list = /<([^<>\s]{1,200})>/.exec(header.get("list-id") ?? "")?.[1];
  const tag = TAG.exec(envelope.subject)?.[1];
  const who =
    list === undefined ? { what: "from", op: "is", value: from } : { what: "list", op: "contains", value: list };
  return {
    ...{ name: oneLine(list ?? (author?.name || from), 100), enabled: true, join: "all" },
    conditions: [
      { ...EMPTY_CONDITION, ...who },
      ...(tag === undefined ? [] : [{ ...EMPTY_CONDITION, what: "subject", value: tag }]),
    ],
    actions: [{ ...EMPTY_ACTION, does: "move" }],
  };
}
