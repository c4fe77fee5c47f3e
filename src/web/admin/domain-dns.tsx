/** The records of a domain in the DNS, and the keys that sign its mail. */
import { Hono } from "hono";
import { DomainDns } from "../../../views/admin/domain-dns.tsx";
import {
  checkDkimKeys,
  listDkimKeys,
  removeDkimKey,
  rotateDkimKeys,
  useDkimKey,
} from "../../administration/mail/dkim.ts";
import { checkDns } from "../../administration/mail/dns.ts";
import { timeOf } from "../../administration/values.ts";
import type { WebContext, WebEnv } from "../context.ts";
import { doneAt, perform } from "../performing.ts";
import type { Front } from "../site.ts";
import { adminFrame } from "./office.ts";

export const domainDnsRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();
  const nameOf = (c: WebContext) => c.req.param("name") ?? "";
  const back = (c: WebContext, text: string) =>
    doneAt(front, c, text, `/admin/domains/${encodeURIComponent(nameOf(c))}/dns`);
  const keyOf = (c: WebContext) => ({ name: nameOf(c), selector: c.req.param("selector") ?? "" });

  app.get("/:name/dns", async (c) => {
    const [seen, { keys }] = await Promise.all([
      perform(front, c, checkDns, { name: nameOf(c) }),
      perform(front, c, listDkimKeys, { name: nameOf(c) }),
    ]);
    const lines = keys.map(({ createdAt, usedAt, removableAt, ...key }) => ({
      ...key,
      createdAt: timeOf(createdAt),
      usedAt: usedAt === null ? null : timeOf(usedAt),
      removableAt: removableAt === null ? null : timeOf(removableAt),
    }));
    return c.html(<DomainDns frame={adminFrame(front, c)} page={{ ...seen, keys: lines }} />);
  });

  app.post("/:name/dkim", async (c) => {
    await perform(front, c, rotateDkimKeys, { name: nameOf(c) });
    return back(c, "New keys were made. Put their records into the DNS.");
  });

  app.post("/:name/dkim/check", async (c) => {
    const { keys } = await perform(front, c, checkDkimKeys, { name: nameOf(c) });
    const waiting = keys.filter(({ state }) => state === "new").length;
    return back(c, waiting === 0 ? "No key waits for its record." : `${waiting} keys wait for their records.`);
  });

  app.post("/:name/dkim/:selector/use", async (c) => {
    await perform(front, c, useDkimKey, keyOf(c));
    return back(c, `Mail is signed with ${keyOf(c).selector} now.`);
  });

  app.post("/:name/dkim/:selector/remove", async (c) => {
    await perform(front, c, removeDkimKey, keyOf(c));
    return back(c, `${keyOf(c).selector} was forgotten.`);
  });

  return app;
};
