/** Senders whose pictures one wants to see in webmail without being asked each time. Everybody looks after his own. */
import { z } from "zod";
import { requireOwn } from "../may.ts";
import { operation } from "../operation.ts";
import { paging } from "../values.ts";

const sender = z.strictObject({
  address: z
    .string()
    .trim()
    .max(320, "That is too long.")
    .regex(/^[^\s@]+@[^\s@]+$/, "An address looks like news@shop.example."),
});

export const listPictureSenders = operation({
  name: "pictures.list",
  summary: "Lists the senders whose pictures webmail shows without asking, a page at a time.",
  http: "GET /picture-senders",
  scope: "self:read",
  who: "user",
  input: z.strictObject(paging),
  output: z.object({ addresses: z.array(z.string()), total: z.number().int() }),
  run: (context, wanted) => context.directory.pictureSenders.list(requireOwn(context, "mail is").id, wanted),
});

export const showPicturesOf = operation({
  name: "pictures.show",
  summary: "Shows the pictures of a sender's mail in webmail from now on, without asking.",
  http: "POST /picture-senders",
  scope: "self:write",
  who: "user",
  input: sender,
  output: z.object({}),
  async run(context, { address }) {
    const own = requireOwn(context, "mail is");
    await context.commit((tx, note) => {
      context.directory.pictureSenders.addWithin(tx, own.id, address);
      note({ subject: `pictures for ${own.login}` });
    });
    return {};
  },
});

export const askForPicturesOf = operation({
  name: "pictures.ask",
  summary: "Asks again before the pictures of a sender's mail are shown.",
  http: "DELETE /picture-senders/{address}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ address: z.string().max(320) }),
  output: z.object({}),
  async run(context, { address }) {
    const own = requireOwn(context, "mail is");
    await context.commit((tx, note) => {
      context.directory.pictureSenders.removeWithin(tx, own.id, address);
      note({ subject: `pictures for ${own.login}` });
    });
    return {};
  },
});

export const pictureOperations = [listPictureSenders, showPicturesOf, askForPicturesOf] as const;
