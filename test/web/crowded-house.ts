/** What holds for everybody's mail after some weeks: rules, barred addresses, a journal, and somebody's temporary addresses. */
import { CONSOLE } from "../../src/administration/actor.ts";
import { addBarred } from "../../src/administration/house/barred.ts";
import { addJournal } from "../../src/administration/house/journals.ts";
import { addHouseRule } from "../../src/administration/house/rules.ts";
import { addTemporary, endTemporary } from "../../src/administration/mail/temporary.ts";
import type { House } from "./house.ts";

/** The numbers of those whose pages are looked at. */
export interface CrowdedHouse {
  readonly rule: number;
  readonly barred: number;
  readonly journal: number;
}

export async function crowdedHouse({ deps: { administration } }: House, mailbox: number): Promise<CrowdedHouse> {
  const rule = await administration.perform(addHouseRule, CONSOLE, {
    name: "Orders that come in from the shop, from the market and by the web",
    direction: "in",
    match: "any",
    conditions: [
      { on: "recipient", value: "shop-*@home.example" },
      { on: "subject", not: true, value: "a very long subject that nobody writes by chance but our own form*" },
    ],
    actions: [
      { do: "copy", value: "festival@home.example" },
      { do: "folder", value: "Orders" },
    ],
  });
  await administration.perform(addHouseRule, CONSOLE, {
    name: "No programs",
    enabled: false,
    conditions: [{ on: "attachment", value: "dangerous" }],
    actions: [
      { do: "remove", value: "" },
      { do: "route", value: "Encrypted" },
    ],
  });
  const { entries } = await administration.perform(addBarred, CONSOLE, {
    patterns: [".spam.example", "newsletters-that-nobody-asked-for-*@marketing.a-very-long-name-of-a-domain.example"],
    text: "We buy nothing at the door.",
    note: "Since spring",
  });
  await administration.perform(addBarred, CONSOLE, { patterns: ["good@spam.example"], action: "allow" });
  const journal = await administration.perform(addJournal, CONSOLE, {
    to: "festival@home.example",
    direction: "in",
    about: "home.example",
    note: "As the lawyer asked",
  });
  await administration.perform(addTemporary, CONSOLE, { id: mailbox, note: "The bicycle shop behind the station" });
  const { address } = await administration.perform(addTemporary, CONSOLE, { id: mailbox, days: 5 });
  await administration.perform(endTemporary, CONSOLE, { id: mailbox, address });
  return { rule: rule.id, barred: entries[0]?.id ?? 0, journal: journal.id };
}
