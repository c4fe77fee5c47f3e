/** `gatepost journal`: copies of mail for the record. */
import { addJournal, listJournals, removeJournal, setJournal } from "../administration/house/journals.ts";
import { Refusal } from "../refusal.ts";
import { type Command, type Context, printOne, printRows } from "./command.ts";
import { assignments, patchFrom, propertiesOf } from "./properties.ts";

const COLUMNS = ["id", "enabled", "direction", "about", "to", "copies", "note"];
const addable = addJournal.input.omit({ to: true });
const settable = setJournal.input.omit({ id: true });

/** A journal by its id or its address. @throws Refusal "notFound", "invalid" where several go there */
async function journalNamed(context: Context, named = ""): Promise<number> {
  const { journals } = await context.perform(listJournals, {});
  const found = journals.filter(({ id, to }) => String(id) === named || to.toLowerCase() === named.toLowerCase());
  const [first] = found;
  if (first === undefined) throw new Refusal("notFound", `There is no journal “${named}”. See: gatepost journal list`);
  if (found.length > 1) throw new Refusal("invalid", `${found.length} journals go to ${named}; name the id.`);
  return first.id;
}

export const journal = {
  name: "journal",
  summary: "Copies of mail for the record, with what each envelope said.",
  actions: {
    list: {
      usage: "",
      summary: "Lists the journals, and how many copies each has made.",
      arity: [0, 0],
      performs: [listJournals],
      run: async (context) => {
        const { journals } = await context.perform(listJournals, {});
        printRows(context, journals, COLUMNS);
      },
    },
    add: {
      usage: "ADDRESS [direction=in|out|both] [about=DOMAIN|ADDRESS] [note=…]",
      summary: "Has copies put into the mailbox of an address here, or sent to one elsewhere.",
      properties: propertiesOf(addable),
      arity: [1, 6],
      performs: [addJournal],
      run: async (context) => {
        const [to = "", ...words] = context.args;
        const made = await context.perform(addJournal, { ...patchFrom(addable, assignments(words)), to });
        if (context.json) printOne(context, made);
        else context.out(`Copies go to ${made.to} from now on.`);
      },
    },
    set: {
      usage: "ID|ADDRESS PROPERTY=VALUE…",
      summary: "Changes a journal; enabled=off pauses it.",
      properties: propertiesOf(settable),
      arity: [2, 10],
      performs: [setJournal, listJournals],
      run: async (context) => {
        const [named, ...words] = context.args;
        const id = await journalNamed(context, named);
        const after = await context.perform(setJournal, { ...patchFrom(settable, assignments(words)), id });
        if (context.json) printOne(context, after);
      },
    },
    remove: {
      usage: "ID|ADDRESS",
      summary: "Ends a journal; its copies stay where they are.",
      arity: [1, 1],
      performs: [removeJournal, listJournals],
      run: async (context) => {
        await context.perform(removeJournal, { id: await journalNamed(context, context.args[0]) });
      },
    },
  },
} satisfies Command;
