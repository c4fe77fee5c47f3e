/** Files: the FTP service's sessions, shared folders, what people's folders hold. Mounted by gateway.tsx at /admin/gateway/files. */
import { Hono } from "hono";
import { z } from "zod";
import { FILES, Files } from "../../../../views/admin/gateway/files.tsx";
import { endFtpSession, listFtpSessions } from "../../../administration/gateway/ftp.ts";
import type { WebEnv } from "../../context.ts";
import { posted, whole } from "../../form.ts";
import { doneAt, perform } from "../../performing.ts";
import type { Front } from "../../site.ts";
import { adminFrame } from "../office.ts";

const endForm = z.strictObject({ id: z.string().max(64) });

export const fileRoutes = (front: Front): Hono<WebEnv> => {
  const app = new Hono<WebEnv>();

  app.get("/", async (c) => {
    const { sessions } = await perform(front, c, listFtpSessions, {});
    const page = { sessions: sessions.map((session) => ({ ...session, since: Date.parse(session.since) })) };
    return c.html(<Files frame={adminFrame(front, c)} page={page} />);
  });

  app.post("/sessions/end", posted(endForm), async (c) => {
    await perform(front, c, endFtpSession, whole(c.req.valid("form")));
    return doneAt(front, c, "The session was ended.", FILES);
  });

  return app;
};
