/** The tab Forwarding. */
import { Hono } from "hono";
import { z } from "zod";
import { Forwarding } from "../../../../views/admin/mailboxes/forwarding.tsx";
import type { WebEnv } from "../../context.ts";
import { lines, posted, ticked } from "../../form.ts";
import type { Desk, TabPage } from "./desk.tsx";

const forwardingForm = z.strictObject({
  enabled: ticked,
  addresses: lines,
  keepCopy: z.enum(["yes", "no"], "Choose one of the two."),
  sender: z.string().max(320, "That is too long."),
});

const forwardingPage: TabPage = {
  name: "forwarding",
  render: (_c, { label, forwarding, addresses }, form) => {
    const own = addresses.filter(({ wildcard, ended }) => !wildcard && !ended).map(({ address }) => address);
    return <Forwarding tab={{ ...forwarding, label, own, form }} />;
  },
};

export const forwardingRoutes = (desk: Desk): Hono<WebEnv> =>
  new Hono<WebEnv>()
    .get("/:id{\\d+}/forwarding", (c) => desk.open(c, forwardingPage))
    .post("/:id{\\d+}/forwarding", posted(forwardingForm), (c) =>
      desk.save(c, forwardingPage, c.req.valid("form"), (_view, { keepCopy, ...rest }) => ({
        forwarding: { ...rest, keepCopy: keepCopy === "yes" },
      })),
    );
