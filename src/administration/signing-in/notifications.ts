/** Which browsers are told of new mail while no page is open. A browser says it itself, in its session; anybody of its owner's may end it. */
import { z } from "zod";
import { Refusal } from "../../refusal.ts";
import { managedOrOwn } from "../may.ts";
import { operation } from "../operation.ts";

const login = z.string().max(512).describe("Whose it is.");

export const tellSession = operation({
  name: "session.tell",
  summary: "Tells the browser that asks of new mail by its maker's push service, as long as it is signed in.",
  http: "POST /users/{login}/notifications",
  scope: "self:write",
  who: "user",
  notByToken: "Only a browser that is signed in can be told of new mail.",
  input: z.strictObject({
    login,
    endpoint: z
      .url({ protocol: /^https$/, error: "A push service has an address that begins with https://." })
      .max(1_000)
      .refine((text) => URL.parse(text)?.username === "", "That is no address of a push service."),
    p256dh: z.string().regex(/^[\w-]{87}$/, "That is no key of a browser."),
    auth: z.string().regex(/^[\w-]{22}$/, "That is no secret of a browser."),
    language: z.string().max(20),
  }),
  output: z.object({}),
  async run(context, { login, ...subscribing }) {
    const user = managedOrOwn(context, login, "users:write");
    const { session } = context.actor;
    if (session === undefined || user.id !== context.actor.user?.id)
      throw new Refusal("notPermitted", "Only a browser that is signed in can be told of new mail.");
    await context.commit((tx, note) => {
      context.auth.subscriptions.setWithin(tx, user.id, session, subscribing);
      const { host } = new URL(subscribing.endpoint);
      note({ subject: `notifications of ${user.login}`, after: { service: host } });
    });
    return {};
  },
});

export const quietSession = operation({
  name: "session.quiet",
  summary: "Tells a browser of new mail no more; it stays signed in.",
  http: "DELETE /users/{login}/sessions/{id}/notifications",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ login, id: z.string().max(100).describe("The session's name.") }),
  output: z.object({}),
  async run(context, { login, id }) {
    const user = managedOrOwn(context, login, "users:write");
    const told = context.auth.subscriptions.of(user.id);
    const found = told.find(({ session }) => Buffer.from(session).toString("hex") === id);
    if (found === undefined) throw new Refusal("notFound", "This browser is not told of new mail.");
    await context.commit((tx, note) => {
      context.auth.subscriptions.removeWithin(tx, found.session);
      note({ subject: `notifications of ${user.login}`, before: { service: new URL(found.endpoint).host } });
    });
    return {};
  },
});

export const notificationOperations = [tellSession, quietSession] as const;
