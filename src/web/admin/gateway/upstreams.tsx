/** Upstream proxies. Mounted by gateway.tsx at /admin/gateway/upstreams. */
import { Hono } from "hono";
import { Confirm, ConfirmForm, type Question } from "../../../../views/admin/confirm.tsx";
import {
  UPSTREAMS,
  type UpstreamLine,
  UpstreamList,
  UpstreamView,
} from "../../../../views/admin/gateway/upstreams.tsx";
import {
  addUpstream,
  listUpstreams,
  moveUpstream,
  removeUpstream,
  setUpstream,
  showUpstream,
  type UpstreamView as Upstream,
} from "../../../administration/gateway/upstreams.ts";
import { type WebContext, type WebEnv, wantsFragment } from "../../context.ts";
import { anyFields, type Errors, errorsFrom, type Fields, posted, statusFrom, whole } from "../../form.ts";
import { doneAt, perform } from "../../performing.ts";
import type { Front } from "../../site.ts";
import { adminFrame, idOf } from "../office.ts";
import { linesOf, parsed, tickedOf } from "./fields.ts";
import { movedTo, orderForm } from "./order.ts";

const NEW: UpstreamLine = {
  ...{ id: 0, position: 0, name: "", enabled: true, kind: "http", address: "", port: 3128, login: "" },
  ...{ hasPassword: false, hosts: [], schemes: [], fallback: false, checkNames: true },
};

/** What the form says; the operation judges it. A password that is not typed stays. */
const upstreamFrom = (fields: Fields): Record<string, unknown> => ({
  ...Object.fromEntries(["name", "kind", "address", "login"].map((name) => [name, fields[name] ?? ""])),
  ...Object.fromEntries(["enabled", "fallback", "checkNames"].map((name) => [name, fields[name] !== undefined])),
  port: Number(fields.port || Number.NaN),
  hosts: linesOf(fields.hosts),
  schemes: tickedOf(fields, "scheme"),
  ...((fields.password ?? "") !== "" && { password: fields.password }),
});

export const upstreamRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  const showList = async (c: WebContext) => {
    const { upstreams } = await perform(front, c, listUpstreams, {});
    return c.html(<UpstreamList frame={adminFrame(front, c)} upstreams={upstreams} />);
  };

  const show = (
    c: WebContext,
    line: UpstreamLine,
    typed?: Fields,
    errors: Errors = {},
    status: 200 | 403 | 422 = 200,
  ) => {
    const isNew = line.id === 0;
    const action = isNew ? `${UPSTREAMS}/new` : `${UPSTREAMS}/${line.id}`;
    const form = { csrf: c.get("csrf"), action, errors, ...(typed && { typed }) };
    return c.html(<UpstreamView frame={adminFrame(front, c)} line={line} form={form} isNew={isNew} />, status);
  };

  const upstreamOf = (c: WebContext): Promise<Upstream> => perform(front, c, showUpstream, { id: idOf(c) ?? 0 });

  app.get("/", (c) => showList(c));

  app.post("/order", posted(orderForm), async (c) => {
    const { id, way } = whole(c.req.valid("form"));
    const { position, name } = await perform(front, c, showUpstream, { id });
    await perform(front, c, moveUpstream, { id, position: movedTo(position, way) });
    if (c.req.header("hx-request") === "true") return await showList(c);
    return doneAt(front, c, `${name} was moved ${way}.`, UPSTREAMS);
  });

  app.get("/new", (c) => show(c, NEW));

  app.post("/new", posted(anyFields), async (c) => {
    const { fields } = c.req.valid("form");
    try {
      const input = parsed(addUpstream.input, upstreamFrom(fields));
      const made = await perform(front, c, addUpstream, input);
      return doneAt(front, c, `The upstream proxy ${made.name} is in use from now on.`, UPSTREAMS);
    } catch (thrown) {
      return show(c, NEW, fields, errorsFrom(thrown), statusFrom(thrown));
    }
  });

  app.get("/:id{\\d+}", async (c) => show(c, await upstreamOf(c)));

  app.post("/:id{\\d+}", posted(anyFields), async (c) => {
    const line = await upstreamOf(c);
    const { fields } = c.req.valid("form");
    try {
      const input = parsed(setUpstream.input, { ...upstreamFrom(fields), id: line.id });
      const after = await perform(front, c, setUpstream, input);
      return doneAt(front, c, `The upstream proxy ${after.name} was changed.`, UPSTREAMS);
    } catch (thrown) {
      return show(c, line, fields, errorsFrom(thrown), statusFrom(thrown));
    }
  });

  app.get("/:id{\\d+}/remove", async (c) => {
    const { id, name } = await upstreamOf(c);
    const question: Question = {
      title: `Remove the upstream proxy ${name}?`,
      text: "Its hosts are then reached by the next one that fits, or directly. Its password is forgotten.",
      action: `${UPSTREAMS}/${id}/remove`,
      doIt: "Remove the upstream proxy",
      back: `${UPSTREAMS}/${id}`,
    };
    if (wantsFragment(c)) return c.html(<ConfirmForm question={question} csrf={c.get("csrf")} />);
    return c.html(<Confirm frame={adminFrame(front, c)} place="gateway/rules" question={question} />);
  });

  app.post("/:id{\\d+}/remove", async (c) => {
    const { id, name } = await upstreamOf(c);
    await perform(front, c, removeUpstream, { id });
    return doneAt(front, c, `The upstream proxy ${name} was removed.`, UPSTREAMS);
  });

  return app;
};
