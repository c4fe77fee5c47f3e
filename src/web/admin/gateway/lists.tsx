/** Lists of hosts that rules name. Mounted by gateway.tsx at /admin/gateway, for its lists and new-list. */
import { Hono } from "hono";
import { z } from "zod";
import { Confirm, ConfirmForm, type Question } from "../../../../views/admin/confirm.tsx";
import {
  atList,
  type HostListLine,
  HostLists,
  HostListView,
  LISTS,
  type ListsPage,
  NEW_LIST,
  NewHostList,
} from "../../../../views/admin/gateway/lists.tsx";
import {
  addHostList,
  bringHostList,
  type HostListView as List,
  listHostLists,
  lookUpHost,
  refreshHostList,
  removeHostList,
  setHostList,
  showHostList,
} from "../../../administration/gateway/lists.ts";
import { sendOn, type WebContext, type WebEnv, wantsFragment } from "../../context.ts";
import {
  asked,
  type Errors,
  errorsFrom,
  type Fields,
  fileText,
  posted,
  searchText,
  statusFrom,
  ticked,
} from "../../form.ts";
import { doneAt, perform } from "../../performing.ts";
import type { Front } from "../../site.ts";
import { adminFrame } from "../office.ts";

const NEW: HostListLine = {
  ...{ name: "", description: "", source: "url", location: "", exceptions: "", everyHours: 24, enabled: true },
  ...{ entries: 0, skipped: 0, checkedAt: null, changedAt: null, problem: "", busy: false, octets: 0 },
};

const text = z.string().default("");
const shared = {
  description: text,
  source: z.enum(["url", "text", "upload", "file"], "Choose where its hosts come from."),
  url: text,
  everyHours: z.coerce.number("Give a number of hours.").int().min(0).max(10_000),
  hosts: text,
  upload: fileText,
  file: text,
  exceptions: text,
  enabled: ticked,
};
const name = z.string().trim().min(1, "A list has a name.").max(100, "At most 100 characters.");
const newForm = z.strictObject({ ...shared, name });
const changeForm = z.strictObject({ ...shared, rename: name });
type Form = Omit<z.output<typeof newForm>, "name">;

/** The field that holds what `location` is for each source. */
const LOCATION = { url: "url", text: "hosts", upload: "upload", file: "file" } as const;

const listFrom = ({ source, url, hosts, file, upload: _, ...rest }: Form) => ({
  ...rest,
  source,
  location: { url: url.trim(), text: hosts, upload: "", file: file.trim() }[source],
  // What stands in the form is read at once; what comes from elsewhere takes its time, and the list's page tells of it.
  wait: source === "text",
});

const lineOf = ({ checkedAt, changedAt, ...list }: List): HostListLine => ({
  ...list,
  checkedAt: checkedAt === null ? null : Date.parse(checkedAt),
  changedAt: changedAt === null ? null : Date.parse(changedAt),
});

export const hostListRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  const lookedUp = async (c: WebContext, host: string): Promise<ListsPage["lookup"]> => {
    if (host === "") return { host };
    try {
      const { lists, host: known } = await perform(front, c, lookUpHost, { host });
      return { host: known, found: lists };
    } catch (thrown) {
      return { host, error: Object.values(errorsFrom(thrown))[0] ?? "" };
    }
  };

  const listOf = (c: WebContext): Promise<List> => perform(front, c, showHostList, { name: c.req.param("name") ?? "" });

  const showNew = (c: WebContext, typed?: Fields, errors: Errors = {}, status: 200 | 403 | 422 = 200) => {
    const form = { csrf: c.get("csrf"), action: NEW_LIST, errors, ...(typed && { typed }) };
    return c.html(<NewHostList frame={adminFrame(front, c)} list={NEW} form={form} />, status);
  };

  const show = (c: WebContext, list: List, typed?: Fields, errors: Errors = {}, status: 200 | 403 | 422 = 200) => {
    const form = { csrf: c.get("csrf"), action: atList(list.name), errors, ...(typed && { typed }) };
    return c.html(<HostListView frame={adminFrame(front, c)} list={lineOf(list)} form={form} />, status);
  };

  /** What was wrong, beside the field in which it was typed. */
  const wrong = (thrown: unknown, { source }: Form, name = "name") =>
    errorsFrom(thrown, { location: LOCATION[source], name });

  app.get("/lists", asked(z.object({ host: searchText })), async (c) => {
    const { lists } = await perform(front, c, listHostLists, {});
    const page = { lists: lists.map(lineOf), lookup: await lookedUp(c, c.req.valid("query").host) };
    return c.html(<HostLists frame={adminFrame(front, c)} page={page} />);
  });

  app.get("/new-list", (c) => showNew(c));

  app.post("/new-list", posted(newForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return showNew(c, form.fields, form.errors, 422);
    const { name, ...rest } = form.value;
    if (rest.source === "upload" && rest.upload === "")
      return showNew(c, form.fields, { upload: "Choose a file that holds the hosts." }, 422);
    try {
      const made = await perform(front, c, addHostList, { name, ...listFrom(rest) });
      if (rest.source === "upload") await perform(front, c, bringHostList, { name, hosts: rest.upload });
      return doneAt(front, c, `The list ${made.name} was made.`, atList(made.name));
    } catch (thrown) {
      return showNew(c, form.fields, wrong(thrown, rest), statusFrom(thrown));
    }
  });

  app.get("/lists/:name", async (c) => show(c, await listOf(c)));

  app.post("/lists/:name", posted(changeForm), async (c) => {
    const list = await listOf(c);
    const form = c.req.valid("form");
    if (!form.ok) return show(c, list, form.fields, form.errors, 422);
    const { rename, ...rest } = form.value;
    try {
      const after = await perform(front, c, setHostList, {
        ...{ ...listFrom(rest), name: list.name },
        ...(rename !== list.name && { rename }),
      });
      if (rest.source === "upload" && rest.upload !== "")
        await perform(front, c, bringHostList, { name: after.name, hosts: rest.upload });
      return doneAt(front, c, `The list ${after.name} was changed.`, atList(after.name));
    } catch (thrown) {
      return show(c, list, form.fields, wrong(thrown, rest, "rename"), statusFrom(thrown));
    }
  });

  app.post("/lists/:name/refresh", async (c) => {
    const list = await listOf(c);
    await perform(front, c, refreshHostList, { name: list.name, wait: false });
    return sendOn(c, atList(list.name));
  });

  app.get("/lists/:name/remove", async (c) => {
    const list = await listOf(c);
    const question: Question = {
      title: `Remove the list ${list.name}?`,
      text: "Its hosts are forgotten. A list that a rule names cannot be removed; change the rule first.",
      action: `${atList(list.name)}/remove`,
      doIt: "Remove the list",
      back: atList(list.name),
    };
    if (wantsFragment(c)) return c.html(<ConfirmForm question={question} csrf={c.get("csrf")} />);
    return c.html(<Confirm frame={adminFrame(front, c)} place="gateway/rules" question={question} />);
  });

  app.post("/lists/:name/remove", async (c) => {
    const list = await listOf(c);
    await perform(front, c, removeHostList, { name: list.name });
    return doneAt(front, c, `The list ${list.name} was removed.`, LISTS);
  });

  return app;
};
