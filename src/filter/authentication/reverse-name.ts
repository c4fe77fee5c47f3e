/** The name of a client: what its address leads to and what leads back to it (iprev, RFC 8601 §2.7.3 and §3). */
import { normaliseAddress, parseAddress } from "../../net/access.ts";
import type { ReverseName } from "../judgement.ts";
import type { Lookups } from "../questions.ts";
import { isNotFound } from "../questions.ts";

/** Names of one address that are followed; real ones have one. */
const MOST_NAMES = 5;

/** Never throws. */
export async function confirmedName(client: string, lookups: Lookups): Promise<ReverseName> {
  const address = parseAddress(client);
  if (address === undefined) return { result: "permerror" };
  const type = address.family === 4 ? "A" : "AAAA";
  const wanted = normaliseAddress(client);
  let names: string[];
  try {
    names = (await lookups.ptr(wanted)).slice(0, MOST_NAMES);
  } catch {
    return { result: "temperror" };
  }
  if (names.length === 0) return { result: "permerror" };
  const back = await Promise.allSettled(names.map((name) => lookups.addressesOf(name, type)));
  const at = back.findIndex((one) => one.status === "fulfilled" && one.value.map(normaliseAddress).includes(wanted));
  const hostname = names[at]?.toLowerCase();
  if (hostname !== undefined) return { result: "pass", hostname };
  const unknown = back.some((one) => one.status === "rejected" && !isNotFound(one.reason));
  return { result: unknown ? "temperror" : "fail" };
}
