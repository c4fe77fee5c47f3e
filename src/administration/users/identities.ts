/** Identities: as whom somebody writes. Everybody says it of his own addresses; whoever looks after a user may do it for him. */
import { z } from "zod";
import type { User } from "../../directory/directory.ts";
import { type Identity, identityChange } from "../../directory/identities.ts";
import { Refusal } from "../../refusal.ts";
import { managedOrOwn } from "../may.ts";
import { type Context, operation } from "../operation.ts";

const identityView = z.object({
  address: z.string(),
  name: z.string().describe("As it stands before the address."),
  replyTo: z.string(),
  organisation: z.string(),
  signature: z.string(),
  signatureHtml: z.string(),
  isDefault: z.boolean().describe("New messages begin with it."),
});
export type IdentityView = z.output<typeof identityView>;

const login = z.string().max(512).describe("Whose it is.");
const address = z.string().trim().min(3).max(320);

export const listIdentities = operation({
  name: "identity.list",
  summary:
    "Lists as whom a user may write: his addresses with name, reply address, organisation and signatures, the default first.",
  http: "GET /users/{login}/identities",
  scope: "self:read",
  who: "user",
  input: z.strictObject({ login }),
  output: z.object({ identities: z.array(identityView) }),
  run(context, { login }) {
    const user = managedOrOwn(context, login, "users:read");
    return { identities: context.directory.identities.of(user.id) };
  },
});

export const setIdentity = operation({
  name: "identity.set",
  summary: "Changes what is said of an address that one writes from; one with a detail, as anna+shop@, is added so.",
  http: "PATCH /users/{login}/identities/{address}",
  scope: "self:write",
  who: "user",
  input: identityChange.safeExtend({
    login,
    address,
    isDefault: z.literal(true).optional().describe("New messages begin with it from now on."),
  }),
  output: identityView,
  async run(context, { login, address, ...change }) {
    const user = managedOrOwn(context, login, "users:write");
    const { identities } = context.directory;
    const before = identities.get(user.id, address);
    await context.commit((tx, note) => {
      identities.setWithin(tx, user.id, address, change);
      note({ subject: subjectOf(user, address), ...(before && { before: recorded(before) }), after: change });
    });
    return shown(context, user, address);
  },
});

export const removeIdentity = operation({
  name: "identity.remove",
  summary: "Forgets what was said of an address that one writes from; one with a detail is gone from the list.",
  http: "DELETE /users/{login}/identities/{address}",
  scope: "self:write",
  who: "user",
  input: z.strictObject({ login, address }),
  output: z.object({}),
  async run(context, { login, address }) {
    const user = managedOrOwn(context, login, "users:write");
    const { identities } = context.directory;
    const before = identities.get(user.id, address);
    await context.commit((tx, note) => {
      if (!identities.removeWithin(tx, user.id, address))
        throw new Refusal("notFound", `Nothing was said of ${address}.`);
      note({ subject: subjectOf(user, address), ...(before && { before: recorded(before) }) });
    });
    return {};
  },
});

function shown({ directory }: Context, user: User, address: string): IdentityView {
  const found = directory.identities.get(user.id, address);
  if (found === undefined) throw new Error(`the identity ${address} vanished while it was changed`);
  return found;
}

const subjectOf = ({ login }: User, address: string) => `identity ${address} of ${login}`;

/** What the audit log keeps. */
function recorded({ address: _, ...said }: Identity): object {
  return said;
}

export const identityOperations = [listIdentities, setIdentity, removeIdentity] as const;
