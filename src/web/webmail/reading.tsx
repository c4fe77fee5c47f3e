/** One message: the reading pane, its body in a frame, its files, its source, and why it is where it is. */
import type { Hono } from "hono";
import { z } from "zod";
import { HeaderFields } from "../../../views/webmail/fields.tsx";
import { ReaderFragment } from "../../../views/webmail/page.tsx";
import { WhyHere } from "../../../views/webmail/why.tsx";
import { t } from "../../../views/words/words.ts";
import { askForPicturesOf, showPicturesOf } from "../../administration/users/pictures.ts";
import { SEEN } from "../../mailstore/flags.ts";
import { decodeWords } from "../../mime/words.ts";
import { Refusal } from "../../refusal.ts";
import { localPath, signedIn, type WebContext, type WebEnv } from "../context.ts";
import { asked, flag, oneOf, posted, whole } from "../form.ts";
import { perform } from "../performing.ts";
import type { RoledFolder } from "./access.ts";
import { conversationAround, type Home } from "./conversation.ts";
import {
  archiveResponse,
  bodyStream,
  messageResponse,
  packedResponse,
  partResponse,
  sourceResponse,
} from "./download.ts";
import { frameDocument, frameHeaders, hasPictures } from "./frame.ts";
import { Letters } from "./letters.ts";
import { addressOf } from "./listing.ts";
import { oneLine } from "./names.ts";
import { fileAt } from "./packed.ts";
import { printDocument, printHeaders } from "./print.ts";
import { folderHref, moveTargets, ruleHref } from "./rail.ts";
import type { ReadingWish } from "./rendering.ts";
import { folderOf, homeText, listWish, pageSizeOf, shownBy, targetOf, type Webmail, wishQuery } from "./room.ts";
import { isWide } from "./searches.ts";
import { whyHere } from "./why.ts";

const readQuery = wishQuery.extend({ in: homeText, view: oneOf("", "text"), pictures: flag, colours: flag });
const pictureForm = z.object({ show: z.enum(["always", "ask"]), back: z.string().default("") });
const partQuery = z.object({ view: flag });

/** How an address wants a message to be seen. */
const readingWish = ({ view, pictures, colours }: z.output<typeof readQuery>): ReadingWish => ({
  ...{ asText: view === "text", pictures, originalColours: colours },
});

export function messageRoutes(app: Hono<WebEnv>, webmail: Webmail) {
  const { front, access, messages, lists, searches, renderings } = webmail;
  const letters = new Letters(webmail);
  const openMessage = async (c: WebContext, folder: RoledFolder) =>
    await messages.open(folder, Number(c.req.param("uid")));

  app.get("/f/:folder{\\d+}/m/:uid{\\d+}", asked(readQuery), async (c) => {
    const asks = c.req.valid("query");
    const folder = folderOf(c, webmail);
    const message = await openMessage(c, folder);
    const { uid } = message;
    const home = homeOf(c, webmail, asks.in) ?? { folder, uid };
    const inList = listWish(asks, uid);
    // The disk takes its time for the mark; meanwhile the message is made.
    const [marked, { shown: alone }] = await Promise.all([
      markRead(c, webmail, folder, message, asks.q),
      letters.show(message, folder, { ...inList, ...readingWish(asks) }),
    ]);
    const beside = await conversationAround({ lists, ...front.deps }, home, { folder: folder.id, uid }, inList);
    const elsewhere = home.folder.id !== folder.id;
    // What is done beside an answer is done to the conversation where it lies.
    const around = elsewhere && {
      ...{ uid: beside.conversation.line, role: home.folder.role, actHref: `${folderHref(home.folder.id)}/act` },
      moveTo: moveTargets(access, home.folder),
    };
    const shown = { ...alone, ...beside, ...around };
    const fresh = access.folder(signedIn(c).user, home.folder.id);
    if (targetOf(c) !== "reader" && isWide(asks.q)) {
      const wide = { query: asks.q, page: asks.page, folder: fresh };
      const found = await searches.page(signedIn(c).user, wide, pageSizeOf(webmail));
      return await webmail.show(c, folder.id, { kind: "found", found, message: shown });
    }
    if (targetOf(c) !== "reader") {
      const list = await lists.read(fresh, inList, pageSizeOf(webmail));
      return await webmail.show(c, fresh.id, { kind: "mail", list, message: shown });
    }
    const line = marked && !isWide(asks.q) ? await lists.line(fresh, home.uid, inList) : undefined;
    const read = marked ? { row: line?.row, counted: line?.counted } : undefined;
    return c.html(<ReaderFragment around={webmail.around(c, fresh.id)} message={shown} read={read} />);
  });

  app.post("/f/:folder{\\d+}/m/:uid{\\d+}/pictures", posted(pictureForm), async (c) => {
    const { show, back } = whole(c.req.valid("form"));
    const folder = folderOf(c, webmail);
    const sender = await letters.pictureSender(folder.user, await openMessage(c, folder));
    if (sender === undefined)
      throw new Refusal("notPermitted", t("Somebody else may have written this, so its pictures are not kept shown."));
    if (show === "always") await perform(front, c, showPicturesOf, { address: sender.address });
    else if (sender.kept) await perform(front, c, askForPicturesOf, { address: sender.address });
    return c.redirect(localPath(back, "/mail"), 303);
  });

  app.get("/f/:folder{\\d+}/m/:uid{\\d+}/body", asked(readQuery), async (c) => {
    const message = await openMessage(c, folderOf(c, webmail));
    const wish = readingWish(c.req.valid("query"));
    const rendered = await renderings.render(message, { ...wish, asText: false });
    if (rendered.kind !== "html") throw new Refusal("notFound", t("This message has no formatting."));
    const { theme } = front.deps.directory.preferences.of(signedIn(c).user.id);
    const paper = { theme: theme === "auto" ? undefined : theme, originalColours: wish.originalColours };
    const document = frameDocument(messages, message, rendered, paper);
    return new Response(bodyStream(document), { headers: frameHeaders(wish.pictures, hasPictures(rendered)) });
  });

  app.get("/f/:folder{\\d+}/m/:uid{\\d+}/print", asked(readQuery), async (c) => {
    const folder = folderOf(c, webmail);
    const message = await openMessage(c, folder);
    const asks = c.req.valid("query");
    const { shown, rendered } = await letters.show(message, folder, {
      ...listWish(asks, message.uid),
      ...readingWish(asks),
    });
    return new Response(bodyStream(printDocument(messages, message, shown, rendered)), {
      headers: printHeaders(hasPictures(rendered)),
    });
  });

  app.get("/f/:folder{\\d+}/m/:uid{\\d+}/part/:part{[\\d.]+|TEXT}", asked(partQuery), async (c) => {
    const message = await openMessage(c, folderOf(c, webmail));
    return partResponse(messages, message, c.req.param("part"), c.req.valid("query").view);
  });

  app.get("/f/:folder{\\d+}/m/:uid{\\d+}/packed/:part{[\\d.]+}/:file{\\d+}", async (c) => {
    const message = await openMessage(c, folderOf(c, webmail));
    return packedResponse(await fileAt(messages, message, c.req.param("part"), Number(c.req.param("file"))));
  });

  app.get("/f/:folder{\\d+}/m/:uid{\\d+}/attachments.zip", async (c) =>
    archiveResponse(messages, await openMessage(c, folderOf(c, webmail))),
  );

  app.get("/f/:folder{\\d+}/m/:uid{\\d+}/message.eml", async (c) =>
    messageResponse(messages, await openMessage(c, folderOf(c, webmail))),
  );

  app.get("/f/:folder{\\d+}/m/:uid{\\d+}/source", async (c) =>
    sourceResponse(messages, await openMessage(c, folderOf(c, webmail))),
  );

  app.get("/f/:folder{\\d+}/m/:uid{\\d+}/headers", async (c) => {
    const folder = folderOf(c, webmail);
    const message = await openMessage(c, folder);
    const fields = message.header.fields.slice(0, MOST_FIELDS).map((field) => ({
      name: oneLine(message.header.octets.slice(field.start, field.valueStart - 1), 100),
      value: oneLine(decodeWords(message.header.octetsOf(field)), LONGEST_FIELD),
    }));
    const back = addressOf(folder.id, message.uid, { page: 1, query: "" });
    const content = <HeaderFields fields={fields} back={back} alone={targetOf(c) !== "dialog"} />;
    if (targetOf(c) === "dialog") return c.html(content);
    return await webmail.show(c, folder.id, { kind: "other", title: t("Header fields"), content });
  });

  app.get("/f/:folder{\\d+}/m/:uid{\\d+}/why", async (c) => {
    const folder = folderOf(c, webmail);
    const message = await openMessage(c, folder);
    const { user } = signedIn(c);
    const own = access.owns(user, folder);
    const content = (
      <WhyHere
        why={await whyHere(front.deps, folder, message, own)}
        back={addressOf(folder.id, message.uid, { page: 1, query: "" })}
        alone={targetOf(c) !== "dialog"}
        act={access.permits(user, folder, "t") ? `${folderHref(folder.id)}/act` : undefined}
        uid={message.uid}
        csrf={c.get("csrf")}
        ruleHref={own ? ruleHref(folder, message.uid) : undefined}
      />
    );
    if (targetOf(c) === "dialog") return c.html(content);
    return await webmail.show(c, folder.id, { kind: "other", title: t("Why is this here?"), content });
  });
}

/** The list in which a message of another folder is read: that of an answer's conversation. */
function homeOf(c: WebContext, { access }: Webmail, text: string | undefined): Home | undefined {
  const [folder, uid] = text?.split(".").map(Number) ?? [];
  const found = folder === undefined ? undefined : access.find(signedIn(c).user, folder);
  return found && uid !== undefined ? { folder: found, uid } : undefined;
}

/** Fields and characters of one that the page of header fields shows; the source has all. */
const MOST_FIELDS = 500;
const LONGEST_FIELD = 4_000;

/** Opening a message marks it as read, unless a browser fetches it ahead of its reader. True where it was unread. */
async function markRead(
  c: WebContext,
  webmail: Webmail,
  folder: RoledFolder,
  { uid, flags: { system } }: { readonly uid: number; readonly flags: { readonly system: number } },
  query: string,
): Promise<boolean> {
  const { front, access } = webmail;
  const ahead = /prefetch|preload|prerender/i.test(c.req.header("sec-purpose") ?? c.req.header("purpose") ?? "");
  if (ahead || (system & SEEN) !== 0) return false;
  const { user } = signedIn(c);
  if (!access.permits(user, folder, "s")) return false;
  const change = { mode: "add", flags: { system: SEEN } } as const;
  // The answer has no line of a list in which all folders were searched.
  const origin = isWide(query) ? undefined : shownBy(c, webmail);
  await front.deps.mailstore.setFlags(folder.id, [uid], change, { reader: folder.reader, ...(origin && { origin }) });
  return true;
}
