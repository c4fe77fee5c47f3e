/** Everything that can be set, group by group. Passwords are covered, here and in the audit log. */
import { z } from "zod";
import { Refusal } from "../../refusal.ts";
import { type Context, operation } from "../operation.ts";
import type { TitledGroup } from "../parts.ts";
import { issuesOf, sentenceOfIssues } from "../words.ts";
import { covered, coveredChange, UnknownSecret, uncovered } from "./secrets.ts";

const groupView = z.object({
  name: z.string(),
  title: z.string(),
  settings: z.array(
    z.object({
      name: z.string(),
      value: z.unknown().describe("What holds now; passwords are covered."),
      meaning: z.string(),
    }),
  ),
});
export type SettingsView = z.output<typeof groupView>;

/** Values that do not fit, each with a sentence. */
export class WrongSettings extends Refusal {
  constructor(
    /** By path, such as "transport.smartHosts.0.port". */
    readonly issues: Readonly<Record<string, string>>,
    sentence: string,
  ) {
    super("invalid", sentence);
  }
}

const named = z.strictObject({ group: z.string().max(64) });

export const listSettings = operation({
  name: "settings.list",
  summary: "Lists all settings with their values and what they mean.",
  http: "GET /settings",
  scope: "server:read",
  who: "administrator",
  input: z.strictObject({}),
  output: z.object({ groups: z.array(groupView) }),
  run: (context) => ({ groups: context.settingsGroups.map((group) => viewOf(context, group)) }),
});

export const showSettings = operation({
  name: "settings.show",
  summary: "Shows the settings of one group.",
  http: "GET /settings/{group}",
  scope: "server:read",
  who: "administrator",
  input: named,
  output: groupView,
  run: (context, { group }) => viewOf(context, groupOf(context, group)),
});

export const setSettings = operation({
  name: "settings.set",
  summary: "Changes settings; most take effect at once.",
  http: "PATCH /settings",
  scope: "server:write",
  who: "administrator",
  input: z.strictObject({
    values: z
      .record(z.string().max(128), z.unknown())
      .describe("New values by group and name, such as lockout.barAfter. A covered password stays as it is."),
  }),
  output: z.object({ groups: z.array(groupView).describe("The groups that were changed, as they are now.") }),
  async run(context, { values }) {
    const wanted = new Map<TitledGroup, Record<string, unknown>>();
    for (const [path, value] of Object.entries(values)) {
      const [name = "", setting = ""] = path.split(/\.(.*)/s, 2);
      const titled = groupOf(context, name);
      wanted.set(titled, { ...wanted.get(titled), [setting]: value });
    }
    await context.commit((tx, note) => {
      for (const [titled, patch] of wanted) {
        const { group } = titled;
        const before = context.store.settings.get(group);
        const after = context.store.settings.setWithin(tx, group, patchFrom(titled, before, patch));
        note({ subject: `settings ${group.name}`, ...coveredChange(before, after) });
      }
    });
    return { groups: [...wanted.keys()].map((group) => viewOf(context, group)) };
  },
});

/** A group of settings that people may change. @throws Refusal "notFound" */
function groupOf({ settingsGroups }: Context, name: string): TitledGroup {
  const found = settingsGroups.find(({ group }) => group.name === name);
  if (found !== undefined) return found;
  const names = settingsGroups.map(({ group }) => group.name).join(", ");
  throw new Refusal("notFound", `There are no settings “${name}”. There are: ${names}.`);
}

function viewOf({ store }: Context, { title, group }: TitledGroup): SettingsView {
  const values: Readonly<Record<string, unknown>> = store.settings.get(group);
  const settings = Object.entries(group.schema.shape).map(([name, field]) => ({
    name,
    value: coveredIn(name, values[name]),
    meaning: z.globalRegistry.get(field)?.description ?? "",
  }));
  return { name: group.name, title, settings };
}

function coveredIn(name: string, value: unknown): unknown {
  return (covered({ [name]: value }) as Record<string, unknown>)[name];
}

/** The values with covered passwords put back. @throws WrongSettings, Refusal "notFound" */
function patchFrom({ group }: TitledGroup, before: object, values: Readonly<Record<string, unknown>>) {
  const { shape } = group.schema;
  const strange = Object.keys(values).find((name) => !Object.hasOwn(shape, name));
  if (strange !== undefined) {
    const names = Object.keys(shape).join(", ");
    throw new Refusal("notFound", `There is no setting “${group.name}.${strange}”. There are: ${names}.`);
  }
  try {
    const patch = uncovered(values, before) as Record<string, unknown>;
    const parsed = group.schema.safeParse({ ...before, ...patch });
    if (parsed.success) return patch;
    const issues = Object.entries(issuesOf(parsed.error)).map(([path, words]) => [`${group.name}.${path}`, words]);
    throw new WrongSettings(Object.fromEntries(issues), sentenceOfIssues(parsed.error, group.name));
  } catch (thrown) {
    if (thrown instanceof UnknownSecret) throw new Refusal("invalid", "Give the password of each new entry.");
    throw thrown;
  }
}

export const settingsOperations = [listSettings, showSettings, setSettings] as const;
