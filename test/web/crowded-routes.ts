/** Routes of every length, for pages that show them. */
import { CONSOLE } from "../../src/administration/actor.ts";
import { addRoute } from "../../src/administration/mail/routes.ts";
import type { House } from "./house.ts";

/** Makes them; the number of one that says all there is to say. */
export async function crowdedRoutes({ deps: { administration } }: House): Promise<number> {
  await administration.perform(addRoute, CONSOLE, { name: "Straight to the neighbours", to: ["neighbour.example"] });
  const { id } = await administration.perform(addRoute, CONSOLE, {
    name: "What the accountants send to everybody who has to do with taxes",
    from: ["accounts-*@home.example", "*.verein.example"],
    to: ["*.rather-long-name-of-a-ministry.example", "tax.example"],
    users: ["ann"],
    groups: ["Staff"],
    hosts: ["smtp.provider.example:587", "backup.provider.example:465"],
    login: "accounts@provider.example",
    password: "swordfish-swordfish",
    otherwise: "direct",
  });
  await administration.perform(addRoute, CONSOLE, {
    name: "Everything else",
    hosts: ["relay.example"],
    enabled: false,
  });
  await administration.perform(addRoute, CONSOLE, { name: "Encrypted", hosts: ["gateway.example:465"], ruled: true });
  return id;
}
