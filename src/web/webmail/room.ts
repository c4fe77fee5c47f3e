/** What the routes of webmail share, and what their addresses have in common. */
import { z } from "zod";
import type { MailFrame, MailMain } from "../../../views/webmail/page.tsx";
import type { User } from "../../directory/user.ts";
import { Refusal } from "../../refusal.ts";
import { signedIn, type WebContext, wantsFragment } from "../context.ts";
import { pageNumber } from "../form.ts";
import type { Front } from "../site.ts";
import type { Access, RoledFolder } from "./access.ts";
import type { Lists, ListWish } from "./listing.ts";
import type { Live } from "./live.ts";
import type { Messages, StoredMessage } from "./message.ts";
import type { Renderings } from "./rendering.ts";
import type { Sanitiser } from "./sanitiser.ts";
import type { Searches } from "./searches.ts";
import { webmailSettings } from "./settings.ts";
import type { Undo } from "./undo.ts";

/** What the routes of webmail share. */
export interface Webmail {
  readonly front: Front;
  readonly access: Access;
  readonly messages: Messages;
  readonly lists: Lists;
  readonly searches: Searches;
  readonly renderings: Renderings;
  readonly sanitiser: Sanitiser;
  readonly live: Live;
  /** What was done a moment ago and can be taken back; every room may offer something. */
  readonly undo: Undo;
  /** The page around a main part. `current` is the folder marked in the rail. */
  readonly around: (c: WebContext, current: number | undefined) => MailFrame;
  /** Answers with the whole page, or for htmx with the main part. */
  readonly show: (
    c: WebContext,
    current: number | undefined,
    main: MailMain,
    status?: 200 | 422,
  ) => Response | Promise<Response>;
}

/** Which element htmx will put the answer into, by its id. */
export const targetOf = (c: WebContext): string =>
  wantsFragment(c) ? (c.req.header("hx-target") ?? "").replace(/^.*#/, "") : "";

/** The origin of a change that the page shows in the answer, and so does not hear of. */
export const shownBy = (c: WebContext, { live }: Webmail): object | undefined =>
  wantsFragment(c) ? live.origin(signedIn(c).user, c.req.header("x-page")) : undefined;

/** What addresses of a list ask for. */
export const wishQuery = z.object({ q: z.string().default(""), page: pageNumber });

/** The list that an address asks for, with the message that is open beside it (0 for none). */
export const listWish = ({ q: query, page }: z.output<typeof wishQuery>, open: number): ListWish => ({
  page,
  query,
  open,
});

/** On account of which message of which list one of another folder is read: `3.17`. */
export const homeText = z
  .string()
  .regex(/^\d{1,15}\.\d{1,15}$/)
  .optional()
  .catch(undefined);

/** The folder of an address, if whoever asks reaches it. */
export const folderOf = (c: WebContext, { access }: Webmail): RoledFolder =>
  access.folder(signedIn(c).user, Number(c.req.param("folder")));

/**
 * The message of "3.17", in a folder of the user's.
 * @throws Refusal "notFound"
 */
export async function messageNamed(
  { access, messages }: Pick<Webmail, "access" | "messages">,
  user: User,
  reference: string,
): Promise<StoredMessage> {
  const [, folder, uid] = /^(\d{1,15})\.(\d{1,15})$/.exec(reference) ?? [];
  if (folder === undefined) throw new Refusal("notFound", "There is no such message.");
  return await messages.open(access.folder(user, Number(folder)), Number(uid));
}

/** Messages on one page of a list. */
export const pageSizeOf = ({ front }: Webmail): number => front.deps.store.settings.get(webmailSettings).pageSize;
