/** `gatepost settings`: everything that can be set, the same as on the settings page. */
import { z } from "zod";
import { SETTINGS_GROUPS } from "../appliance/settings-groups.ts";
import { Refusal } from "../refusal.ts";
import type { SettingsGroup } from "../store/settings.ts";
import { type Command, printOne, printRows } from "./command.ts";
import { assignments, valueFor } from "./properties.ts";

function groupOf(name: string): SettingsGroup {
  const found = SETTINGS_GROUPS.find(({ group }) => group.name === name)?.group;
  if (found === undefined) {
    const names = SETTINGS_GROUPS.map(({ group }) => group.name).join(", ");
    throw new Refusal("notFound", `There are no settings “${name}”. There are: ${names}.`);
  }
  return found;
}

/** The value with every password in it covered, however deep. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  const covered = Object.entries(value).map(([name, inner]) => [
    name,
    name === "password" && inner !== "" ? "********" : withoutSecrets(inner),
  ]);
  return Object.fromEntries(covered);
}

export const settings = {
  name: "settings",
  summary: "Everything that can be set.",
  actions: {
    list: {
      usage: "[GROUP]",
      summary: "Lists settings with their values and what they mean.",
      arity: [0, 1],
      run: (context) => {
        const { store } = context.appliance;
        const [only] = context.args;
        const groups = only === undefined ? SETTINGS_GROUPS.map(({ group }) => group) : [groupOf(only)];
        const rows = groups.flatMap((group) => {
          const values = store.settings.get(group);
          return Object.entries(group.schema.shape).map(([name, field]) => ({
            setting: `${group.name}.${name}`,
            value: withoutSecrets(values[name]),
            meaning: z.globalRegistry.get(field)?.description ?? "",
          }));
        });
        printRows(context, rows, ["setting", "value", "meaning"]);
      },
    },
    set: {
      usage: "GROUP.SETTING=VALUE…",
      summary: "Changes settings; most take effect at once.",
      arity: [1, 100],
      run: async (context) => {
        const given = assignments(context.args).map(([path, text]) => {
          const at = path.indexOf(".");
          const group = groupOf(at < 0 ? path : path.slice(0, at));
          const name = path.slice(at + 1);
          const field = group.schema.shape[name];
          if (field === undefined) {
            const names = Object.keys(group.schema.shape).join(", ");
            throw new Refusal("notFound", `There is no setting “${path}”. There are: ${names}.`);
          }
          return { group, name, value: valueFor(field, text) };
        });
        const { store } = context.appliance;
        await store.commit((tx) => {
          for (const { group, name, value } of given) store.settings.setWithin(tx, group, { [name]: value });
        });
        if (context.json) {
          printOne(
            context,
            Object.fromEntries(given.map(({ group, name, value }) => [`${group.name}.${name}`, value])),
          );
        }
      },
    },
  },
} satisfies Command;
