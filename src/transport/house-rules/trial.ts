/** What the rules of the house would do with a message: nothing is done, kept or counted. */
import type { User } from "../../directory/user.ts";
import { lookAtFiles } from "../../filter/attachments/look.ts";
import { parseStructure } from "../../mime/parser.ts";
import { Refusal } from "../../refusal.ts";
import { newTrace } from "../../store/events.ts";
import type { Envelope } from "../envelope.ts";
import type { Parts } from "../parts.ts";
import { planOf } from "../placement.ts";
import { ordersFor } from "./engine.ts";
import { RuleList } from "./rule-list.ts";

/** A message that is tried. */
export interface HouseTrial {
  readonly from: string;
  readonly to: readonly string[];
  readonly direction: "in" | "out";
  readonly user: User | undefined;
  readonly octets: Uint8Array;
}

/** What would become of it. */
export interface HouseAnswer {
  readonly outcome: "nothing" | "changed" | "refused";
  readonly refusal: string;
  readonly done: string[];
  readonly files: string[];
}

/** @throws Refusal as for recipients that are not taken */
export async function tryRules(parts: Parts, { from, to, direction, user, octets }: HouseTrial): Promise<HouseAnswer> {
  const trace = newTrace();
  const envelope: Envelope = {
    reversePath: from,
    recipients: to.map((address) => ({ address })),
    origin: {
      kind: direction === "in" ? "smtp" : "submission",
      ...(user !== undefined && direction === "out" && { user }),
      ...(direction === "out" && { trusted: true }),
      ...{ session: trace, trace },
    },
  };
  const structure = parseStructure(octets);
  await parts.whereabouts.ask(to);
  const plan = planOf(envelope, parts);
  const incoming = { envelope, plan, structure, judgement: undefined, octets: () => once(octets) };
  const orders = await ordersFor(parts, new RuleList(parts.store).list(), incoming);
  const files = (await lookAtFiles(structure, once(octets))).flatMap(({ sentence, name }) =>
    sentence !== "" ? sentence : name === "" ? [] : `'${name}': nothing was found`,
  );
  if (orders === undefined) return { outcome: "nothing", refusal: "", done: [], files };
  const { refusal, story } = orders;
  const done = [...story];
  if (refusal instanceof Refusal) return { outcome: "refused", refusal: refusal.sentence, done, files };
  return { outcome: "changed", refusal: "", done, files };
}

async function* once(octets: Uint8Array): AsyncGenerator<Uint8Array> {
  yield octets;
}
