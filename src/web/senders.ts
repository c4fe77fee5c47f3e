/** What the forms about senders say, in webmail's options and in the administration. */
import { z } from "zod";
import { lines } from "./form.ts";

export const sendersForm = z.strictObject({
  patterns: lines.pipe(z.array(z.string().max(320)).min(1, "Name a sender.").max(500, "Fewer at once.")),
  wanted: z.enum(["on", "off"]).transform((word) => word === "on"),
});

export const senderForm = z.strictObject({ pattern: z.string().max(320) });
