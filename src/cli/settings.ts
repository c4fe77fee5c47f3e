/** `gatepost settings`: everything that can be set, the same as on the settings page. */
import { listSettings, setSettings, showSettings } from "../administration/server/settings.ts";
import { SETTINGS_GROUPS } from "../appliance/settings-groups.ts";
import { type Command, printOne, printRows, UsageError } from "./command.ts";
import { assignments, valueFor } from "./properties.ts";

/** The text of an assignment as the value that its setting takes. */
function meant(path: string, text: string): unknown {
  const [group, name = ""] = path.split(/\.(.*)/s, 2);
  const field = SETTINGS_GROUPS.find((one) => one.group.name === group)?.group.schema.shape[name];
  return field === undefined ? text : valueFor(field, text);
}

export const settings = {
  name: "settings",
  summary: "Everything that can be set.",
  actions: {
    list: {
      usage: "[GROUP]",
      summary: "Lists settings with their values and what they mean.",
      performs: [listSettings, showSettings],
      arity: [0, 1],
      run: async (context) => {
        const [only] = context.args;
        const groups =
          only === undefined
            ? (await context.perform(listSettings, {})).groups
            : [await context.perform(showSettings, { group: only })];
        const rows = groups.flatMap((group) =>
          group.settings.map(({ name, value, meaning }) => ({ setting: `${group.name}.${name}`, value, meaning })),
        );
        printRows(context, rows, ["setting", "value", "meaning"]);
      },
    },
    set: {
      usage: "GROUP.SETTING=VALUE…",
      summary: "Changes settings; most take effect at once. A password shown as ******** stays as it is.",
      performs: [setSettings],
      arity: [1, 100],
      run: async (context) => {
        const values: Record<string, unknown> = {};
        for (const [path, text] of assignments(context.args)) {
          if (!path.includes(".")) throw new UsageError(`“${path}” is not of the form GROUP.SETTING.`);
          values[path] = meant(path, text);
        }
        const { groups } = await context.perform(setSettings, { values });
        const all = groups.flatMap(({ name, settings }) =>
          settings.map((one) => [`${name}.${one.name}`, one.value] as const),
        );
        const after = Object.fromEntries(all.filter(([path]) => Object.hasOwn(values, path)));
        if (context.json) printOne(context, after);
      },
    },
  },
} satisfies Command;
