/** The keys with which mail of a domain is signed: making new ones, looking for their records, using, forgetting. */
import { z } from "zod";
import type { Domain } from "../../directory/directory.ts";
import { type DkimKey, recordName, recordText } from "../../filter/keys/keys.ts";
import { managedDomain } from "../may.ts";
import { type Context, operation } from "../operation.ts";
import { textOfTime, timeText } from "../values.ts";

const name = z.string().trim().min(1, "Give the domain's name.").max(253, "That is too long for a domain.");
const selector = z.string().trim().min(1, "Name the key by its selector.").max(63, "That is too long for a selector.");

/** A key as administrators see it; the private part is never shown. */
const keyView = z.object({
  selector: z.string(),
  algorithm: z.enum(["rsa-sha256", "ed25519-sha256"]),
  state: z.enum(["new", "signing", "retired"]).describe("Waits for its record in the DNS; signs; was replaced."),
  record: z
    .object({ name: z.string(), type: z.literal("TXT"), value: z.string() })
    .describe("What must be in the DNS."),
  problem: z.string().describe("What is wrong with the record; empty where nothing is, or nobody looked yet."),
  createdAt: timeText,
  usedAt: timeText.nullable().describe("Since when it signs."),
  retiredAt: timeText.nullable().describe("When it was replaced."),
  removableAt: timeText.nullable().describe("From then on its record is not needed any more."),
  checkedAt: timeText.nullable().describe("When the DNS was last asked."),
});
export type DkimKeyView = z.output<typeof keyView>;

const keysView = z.object({ domain: z.string(), keys: z.array(keyView) });

export const listDkimKeys = operation({
  name: "dkim.list",
  summary: "Lists the keys with which mail of a domain is signed.",
  http: "GET /domains/{name}/dkim",
  scope: "mail:read",
  who: "manager",
  input: z.strictObject({ name }),
  output: keysView,
  run: (context, { name }) => viewOf(context, managedDomain(context, name)),
});

export const rotateDkimKeys = operation({
  name: "dkim.rotate",
  summary: "Makes new keys for a domain; they sign once their records were seen in the DNS.",
  http: "POST /domains/{name}/dkim",
  scope: "mail:write",
  who: "manager",
  input: z.strictObject({ name }),
  output: keysView,
  async run(context, { name }) {
    const domain = managedDomain(context, name);
    await context.signingKeys.make(domain);
    const made = context.signingKeys.list(domain.id).filter(({ state }) => state === "new");
    const after = { keys: made.map((key) => key.selector) };
    await context.record({ subject: `keys of ${domain.displayName}`, after });
    return viewOf(context, domain);
  },
});

export const checkDkimKeys = operation({
  name: "dkim.check",
  summary: "Looks for the records of a domain's keys now; new keys whose record is there sign from then on.",
  http: "POST /domains/{name}/dkim/check",
  scope: "mail:write",
  who: "manager",
  input: z.strictObject({ name }),
  output: keysView,
  async run(context, { name }) {
    const domain = managedDomain(context, name);
    const before = statesOf(context, domain);
    context.resolver.forget();
    await context.signingKeys.check(domain);
    const after = statesOf(context, domain);
    if (JSON.stringify(before) !== JSON.stringify(after)) {
      await context.record({ subject: `keys of ${domain.displayName}`, before, after });
    }
    return viewOf(context, domain);
  },
});

export const useDkimKey = operation({
  name: "dkim.use",
  summary: "Lets a key sign although its record was not seen in the DNS, for those whose DNS this server cannot ask.",
  http: "POST /domains/{name}/dkim/{selector}/use",
  scope: "mail:write",
  who: "manager",
  input: z.strictObject({ name, selector }),
  output: keysView,
  async run(context, { name, selector }) {
    const domain = await context.commit((tx, note) => {
      const domain = managedDomain(context, name);
      const before = statesOf(context, domain);
      context.signingKeys.useWithin(tx, domain, selector);
      note({ subject: `keys of ${domain.displayName}`, before, after: statesOf(context, domain) });
      return domain;
    });
    return viewOf(context, domain);
  },
});

export const removeDkimKey = operation({
  name: "dkim.remove",
  summary: "Forgets a key; mail is not signed with it any more.",
  http: "DELETE /domains/{name}/dkim/{selector}",
  scope: "mail:write",
  who: "manager",
  input: z.strictObject({ name, selector }),
  output: keysView,
  async run(context, { name, selector }) {
    const domain = await context.commit((tx, note) => {
      const domain = managedDomain(context, name);
      const { state } = context.signingKeys.removeWithin(tx, domain, selector);
      note({ subject: `keys of ${domain.displayName}`, before: { [selector]: state } });
      return domain;
    });
    return viewOf(context, domain);
  },
});

function statesOf({ signingKeys }: Context, { id }: Domain): Record<string, string> {
  return Object.fromEntries(signingKeys.list(id).map(({ selector, state }) => [selector, state]));
}

function viewOf({ signingKeys }: Context, domain: Domain): z.output<typeof keysView> {
  const removableAt = (key: DkimKey) => signingKeys.removableAt(key) ?? null;
  const keys = signingKeys.list(domain.id).map((key) => ({
    ...{ selector: key.selector, algorithm: key.algorithm, state: key.state, problem: key.problem },
    record: { name: recordName(key.selector, domain.name), type: "TXT" as const, value: recordText(key) },
    createdAt: textOfTime(key.createdAt),
    usedAt: textOfTime(key.usedAt),
    retiredAt: textOfTime(key.retiredAt),
    removableAt: textOfTime(removableAt(key)),
    checkedAt: textOfTime(key.checkedAt),
  }));
  return { domain: domain.name, keys };
}

export const dkimOperations = [listDkimKeys, rotateDkimKeys, checkDkimKeys, useDkimKey, removeDkimKey] as const;
