/** What a gateway has after some weeks: rules, lists, groups, limits, upstream proxies, shared folders, and traffic of every kind. */
import { CONSOLE } from "../../src/administration/actor.ts";
import { addPeopleGroup } from "../../src/administration/gateway/groups.ts";
import { setLimit } from "../../src/administration/gateway/limits.ts";
import { addHostList } from "../../src/administration/gateway/lists.ts";
import { addRule } from "../../src/administration/gateway/rules.ts";
import { addSharedFolder } from "../../src/administration/gateway/shares.ts";
import { addUpstream } from "../../src/administration/gateway/upstreams.ts";
import { GateRefusal } from "../../src/gateway/gateway.ts";
import { dayBefore } from "../../src/gateway/times.ts";
import type { House } from "./house.ts";

const HOUR_MS = 3_600_000;

export interface CrowdedGateway {
  readonly rule: number;
  readonly upstream: number;
}

/** Fills it. The people are those of the crowded house. */
export async function crowdedGateway(house: House, longLogin: string): Promise<CrowdedGateway> {
  const { administration } = house.deps;
  const perform: typeof administration.perform = (operation, actor, input) =>
    administration.perform(operation, actor, input);

  await perform(addPeopleGroup, CONSOLE, {
    name: "Children",
    members: ["lars", "eva"],
    description: "Until they are 14",
  });
  await perform(addPeopleGroup, CONSOLE, {
    name: "Everybody who works in the workshop and in the garden",
    members: [longLogin],
  });
  const hosts = Array.from({ length: 40 }, (_, at) => `ads${at}.advertising.example`).join("\n");
  await perform(addHostList, CONSOLE, {
    name: "Advertising",
    source: "text",
    location: hosts,
    description: "Of the house",
  });
  await perform(addHostList, CONSOLE, {
    name: "Unwanted",
    source: "url",
    location: "https://lists.example.org/a/rather/long/path/to/the/list/of/hosts-that-nobody-wants.txt",
    enabled: false,
  });
  const { id: rule } = await perform(addRule, CONSOLE, {
    name: "No advertising",
    action: "bar",
    hosts: ["list:Advertising", "*.doubleclick.example"],
  });
  await perform(addRule, CONSOLE, {
    name: "Bedtime of those who have to go to school in the morning",
    action: "bar",
    groups: ["Children"],
    days: ["sunday", "monday", "tuesday", "wednesday", "thursday"],
    from: "20:00",
    to: "6:00",
    text: "It is late. Tomorrow is another day.",
  });
  await perform(addRule, CONSOLE, {
    name: "Shops",
    action: "warn",
    hosts: [".shop.example"],
    users: ["ann", longLogin],
  });
  await perform(addRule, CONSOLE, {
    name: "Old",
    action: "allow",
    enabled: false,
    ports: ["8000-8100", "25"],
    groups: ["guests"],
  });
  await perform(setLimit, CONSOLE, { login: "ann", dayMegabytes: 500, monthMegabytes: 5_000 });
  await perform(setLimit, CONSOLE, { login: "guest", dayMegabytes: 100, kilobytesPerSecond: 500 });
  const { id: upstream } = await perform(addUpstream, CONSOLE, {
    ...{ name: "Company", kind: "http", address: "proxy.company.example", login: "branch", password: "let me out" },
    ...{ hosts: [".company.example", "10.0.0.0/8"], fallback: true },
  });
  await perform(addUpstream, CONSOLE, {
    name: "Onions",
    kind: "socks5",
    address: "127.0.0.1",
    port: 9050,
    hosts: ["*.onion"],
    checkNames: false,
  });
  await perform(addSharedFolder, CONSOLE, {
    name: "Photos",
    everybody: "read",
    write: ["ann"],
    guests: true,
    maxOctets: 50_000_000_000,
  });
  await perform(addSharedFolder, CONSOLE, {
    name: "Minutes of the meetings of the committee for the summer festival",
    read: [longLogin],
  });
  await traffic(house, longLogin);
  const wrong = { service: "proxy", remote: "192.168.1.23", why: "The login name or the password is wrong." } as const;
  house.gateway.turnedAway({ ...wrong, login: longLogin });
  house.gateway.turnedAway({ ...wrong, login: "grandma on the phone" });
  house.gateway.turnedAway({
    ...{ service: "socks", remote: "2001:db8:1234:5678:9abc:def0:1234:5678", login: "eva", reason: "permission" },
    why: "This account may not use SOCKS.",
  });
  await house.gateway.flush();
  return { rule, upstream };
}

const HOSTS = [
  ...["www.example.org", "video.example.net", "cdn.example.com", "ads3.advertising.example", "mail.example.org"],
  "a-very-long-name-of-a-host-that-nobody-would-type.and-another-long-label.in-a-domain.example",
];

async function traffic(house: House, longLogin: string): Promise<void> {
  const { gateway, store } = house;
  const visitors = ["ann", longLogin, undefined].map((login, at) => ({
    ...({ service: at === 2 ? "socks" : "proxy", user: login === undefined ? null : house.user(login) } as const),
    remote: at === 1 ? "2001:db8:5:1::17" : `192.168.1.${20 + at}`,
    session: `s${at}`,
  }));
  let at = 0;
  for (const visitor of visitors)
    for (const host of HOSTS) {
      const trip = gateway.ledger.begin(visitor, { host, port: at % 4 ? 443 : 8080, scheme: "tunnel" }, undefined);
      trip.add(40_000 * ++at, 2_345_678 * at);
      if (host.startsWith("ads")) trip.cut(new GateRefusal("barred", "No advertising.", "No advertising"));
      // What is open is shown as it is now.
      if (at % 6 !== 0) trip.close();
    }
  await gateway.ledger.flush();
  const now = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const hour = store.client.query(
    "INSERT OR REPLACE INTO gateway_hours (hour, trips, refused, sent, received) VALUES (?, ?, ?, ?, ?)",
  );
  for (let back = 1; back < 24; back++) {
    const much = Math.round(1e8 * (1.1 + Math.sin(back / 3)));
    hour.run(now - back * HOUR_MS, back * 40, back, Math.round(much / 9), much);
  }
  const day = store.client.query(
    "INSERT OR REPLACE INTO gateway_user_days (user_id, day, trips, refused, sent, received) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const hostDay = store.client.query(
    "INSERT OR REPLACE INTO gateway_host_days (day, host, trips, refused, sent, received) VALUES (?, ?, ?, ?, ?, ?)",
  );
  for (let back = 1; back < 30; back++) {
    const much = Math.round(1e9 * (1.2 + Math.sin(back / 2)));
    const then = dayBefore(now, back);
    for (const [rank, login] of ["ann", "lars", longLogin].entries())
      day.run(house.user(login).id, then, 900 >> rank, 3 * rank, Math.round(much / 10), Math.round(much / (rank + 1)));
    for (const [rank, host] of HOSTS.entries())
      hostDay.run(then, host, 500 >> rank, rank, 1e6, Math.round(much / (rank + 2)));
  }
}
