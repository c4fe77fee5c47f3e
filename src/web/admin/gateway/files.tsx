/** Files: shared folders, what people's folders hold, the FTP service's sessions. Mounted by gateway.tsx at /admin/gateway. */
import { Hono } from "hono";
import { z } from "zod";
import { Confirm, ConfirmForm, type Question } from "../../../../views/admin/confirm.tsx";
import {
  atShare,
  atStorage,
  FILES,
  NEW_SHARE,
  SESSIONS,
  Sessions,
  SharedFolders,
  type ShareLine,
  ShareView,
  STORAGE,
  Storage,
  StorageView,
} from "../../../../views/admin/gateway/files.tsx";
import { endFtpSession, listFtpSessions } from "../../../administration/gateway/ftp.ts";
import {
  addSharedFolder,
  listSharedFolders,
  removeSharedFolder,
  setSharedFolder,
  showSharedFolder,
} from "../../../administration/gateway/shares.ts";
import { listStorage, type StorageView as Storage_, setStorage } from "../../../administration/gateway/storage.ts";
import { Refusal } from "../../../refusal.ts";
import { type WebContext, type WebEnv, wantsFragment } from "../../context.ts";
import {
  asked,
  type Errors,
  errorsFrom,
  type Fields,
  listQuery,
  posted,
  statusFrom,
  ticked,
  whole,
} from "../../form.ts";
import { doneAt, perform } from "../../performing.ts";
import type { Front } from "../../site.ts";
import { adminFrame, PAGE_SIZE, pagesOf } from "../office.ts";
import { people, peopleOf } from "./fields.ts";

const MEGABYTE = 1_000_000;

const number = z.union(
  [
    z.literal("").transform(() => null),
    z
      .string()
      .trim()
      .regex(/^\d{1,9}$/)
      .transform(Number),
  ],
  "This is a whole number, 0 or more; or nothing.",
);
const limits = { megabytes: number, maxFiles: number };
const shared = {
  description: z.string(),
  folder: z.string().trim(),
  everybody: z.enum(["none", "read", "write"], "Choose one of these."),
  read: people,
  write: people,
  guests: ticked,
  ...limits,
};
const name = z.string().trim().min(1, "A shared folder has a name.").max(200, "The name is too long.");
const newForm = z.strictObject({ ...shared, name });
const changeForm = z.strictObject({ ...shared, rename: name });
const storageForm = z.strictObject(limits);
const endForm = z.strictObject({ id: z.string().max(64) });

const NEW: ShareLine = {
  ...{ name: "", description: "", folder: "", everybody: "none", guests: false, read: [], write: [] },
  ...{ maxOctets: null, maxFiles: null, octets: 0, files: 0 },
};

/** The names of the form's own fields, where they differ. */
const FIELDS = { maxOctets: "megabytes" } as const;

const octetsOf = (megabytes: number | null) => (megabytes === null ? null : megabytes * MEGABYTE);

const shareFrom = ({ megabytes, folder, ...rest }: Omit<z.output<typeof newForm>, "name">) => ({
  ...rest,
  maxOctets: octetsOf(megabytes),
  ...(folder !== "" && { folder }),
});

export const fileRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  shareRoutes(app, front);
  storageRoutes(app, front);

  app.get("/sessions", async (c) => {
    const { sessions } = await perform(front, c, listFtpSessions, {});
    const shown = sessions.map((session) => ({ ...session, since: Date.parse(session.since) }));
    return c.html(<Sessions frame={adminFrame(front, c)} sessions={shown} />);
  });

  app.post("/sessions/end", posted(endForm), async (c) => {
    await perform(front, c, endFtpSession, whole(c.req.valid("form")));
    return doneAt(front, c, "The session was ended.", SESSIONS);
  });

  return app;
};

function shareRoutes(app: Hono<WebEnv>, front: Front): void {
  const show = async (
    c: WebContext,
    share: ShareLine,
    typed?: Fields,
    errors: Errors = {},
    status: 200 | 403 | 422 = 200,
  ) => {
    const isNew = share.name === "";
    const action = isNew ? NEW_SHARE : atShare(share.name);
    const form = { csrf: c.get("csrf"), action, errors, ...(typed && { typed }) };
    const page = { share, form, isNew, people: await peopleOf(front, c) };
    return c.html(<ShareView frame={adminFrame(front, c)} page={page} />, status);
  };

  const shareOf = (c: WebContext) => perform(front, c, showSharedFolder, { name: c.req.param("name") ?? "" });

  app.get("/files", async (c) => {
    const { shares } = await perform(front, c, listSharedFolders, {});
    return c.html(<SharedFolders frame={adminFrame(front, c)} shares={shares} />);
  });

  app.get("/new-share", (c) => show(c, NEW));

  app.post("/new-share", posted(newForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return show(c, NEW, form.fields, form.errors, 422);
    const { name, ...rest } = form.value;
    try {
      const made = await perform(front, c, addSharedFolder, { ...shareFrom(rest), name });
      return doneAt(front, c, `The folder ${made.name} is shared.`, FILES);
    } catch (thrown) {
      return show(c, NEW, form.fields, errorsFrom(thrown, FIELDS), statusFrom(thrown));
    }
  });

  app.get("/files/:name", async (c) => show(c, await shareOf(c)));

  app.post("/files/:name", posted(changeForm), async (c) => {
    const share = await shareOf(c);
    const form = c.req.valid("form");
    if (!form.ok) return show(c, share, form.fields, form.errors, 422);
    const { rename, ...rest } = form.value;
    try {
      const after = await perform(front, c, setSharedFolder, {
        ...{ ...shareFrom(rest), name: share.name },
        ...(rename !== share.name && { rename }),
      });
      return doneAt(front, c, `The shared folder ${after.name} was changed.`, atShare(after.name));
    } catch (thrown) {
      const errors = errorsFrom(thrown, { ...FIELDS, name: "rename" });
      return show(c, share, form.fields, errors, statusFrom(thrown));
    }
  });

  app.get("/files/:name/remove", async (c) => {
    const { name, folder } = await shareOf(c);
    const question: Question = {
      title: `Share ${name} no longer?`,
      text: `Nobody reaches it any more. What lies in it stays on disk, in files/${folder}.`,
      action: `${atShare(name)}/remove`,
      doIt: "Share it no longer",
      back: atShare(name),
    };
    if (wantsFragment(c)) return c.html(<ConfirmForm question={question} csrf={c.get("csrf")} />);
    return c.html(<Confirm frame={adminFrame(front, c)} place="gateway/files" question={question} />);
  });

  app.post("/files/:name/remove", async (c) => {
    const { name } = await shareOf(c);
    await perform(front, c, removeSharedFolder, { name });
    return doneAt(front, c, `${name} is shared no longer.`, FILES);
  });
}

function storageRoutes(app: Hono<WebEnv>, front: Front): void {
  app.get("/storage", asked(z.object(listQuery)), async (c) => {
    const { q, page } = c.req.valid("query");
    const found = await perform(front, c, listStorage, { search: q, page, pageSize: PAGE_SIZE });
    const view = { ...found, search: q, page, pages: pagesOf(found.total) };
    return c.html(<Storage frame={adminFrame(front, c)} page={view} />);
  });

  const show = (c: WebContext, line: Storage_, typed?: Fields, errors: Errors = {}, status: 200 | 403 | 422 = 200) => {
    const form = { csrf: c.get("csrf"), action: atStorage(line.login), errors, ...(typed && { typed }) };
    return c.html(<StorageView frame={adminFrame(front, c)} line={line} form={form} />, status);
  };

  /** What the folders of the one named in the path hold. @throws Refusal "notFound" */
  const storageOf = async (c: WebContext): Promise<Storage_> => {
    const login = c.req.param("login") ?? "";
    const { people } = await perform(front, c, listStorage, { search: login.slice(0, 200), pageSize: 1_000 });
    const found = people.find((one) => one.login.toLowerCase() === login.toLowerCase());
    if (found === undefined) throw new Refusal("notFound", "There is no such user.");
    return found;
  };

  app.get("/storage/:login", async (c) => show(c, await storageOf(c)));

  app.post("/storage/:login", posted(storageForm), async (c) => {
    const line = await storageOf(c);
    const form = c.req.valid("form");
    if (!form.ok) return show(c, line, form.fields, form.errors, 422);
    const { megabytes, maxFiles } = form.value;
    try {
      await perform(front, c, setStorage, { login: line.login, maxOctets: octetsOf(megabytes), maxFiles });
    } catch (thrown) {
      return show(c, line, form.fields, errorsFrom(thrown, FIELDS), statusFrom(thrown));
    }
    return doneAt(front, c, `The limits of ${line.login} were changed.`, STORAGE);
  });
}
