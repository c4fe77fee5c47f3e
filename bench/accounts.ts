/** What accounts cost: logins of many connections at once, remembered passwords, and pages over ten thousand users. Nobody else's server does the same work; the figures stand alone. */
import { createHash } from "node:crypto";
import { Directory } from "../src/directory/directory.ts";
import { Store } from "../src/store/store.ts";
import { Gatepost, PASSWORD } from "../test/harness.ts";
import { House } from "../test/house.ts";

/** One figure. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly value: number;
}

const CONNECTIONS = 300;
const USERS = 10_000;
const REMEMBERED = 20_000;
const LOOKS = 21;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Milliseconds of something. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

class AuthHouse extends House {
  static async build(): Promise<AuthHouse> {
    const house = new AuthHouse("bench");
    await house.directory.domains.create({ name: "home.example" });
    await house.addUser("anna", { permissions: ["http.proxy"] });
    return house;
  }

  async login(): Promise<void> {
    const outcome = await this.auth.authenticate({
      service: "proxy",
      remote: "192.168.1.20",
      secure: true,
      mechanism: "PLAIN",
      credentials: { login: "anna", password: "correct horse battery staple" },
    });
    if (!outcome.ok) throw new Error(outcome.sentence);
  }
}

/** Logins inside the process, with passwords hashed as the defaults say. */
async function logins(): Promise<Figure[]> {
  const cold = await AuthHouse.build();
  const one = await timed(() => cold.login());
  const remembered = await timed(async () => {
    for (let index = 0; index < REMEMBERED; index++) await cold.login();
  });
  await cold.close();
  const crowd = await AuthHouse.build();
  const many = await timed(() => Promise.all(Array.from({ length: CONNECTIONS }, () => crowd.login())));
  await crowd.close();
  return [
    { what: "A first login (one Argon2id)", unit: "ms", value: one },
    { what: `${CONNECTIONS} connections of one user, first login of all at once`, unit: "ms", value: many },
    { what: "A login whose password is remembered", unit: "µs", value: (remembered / REMEMBERED) * 1_000 },
  ];
}

/** Fills a stopped server's folder with users. */
async function fill(folder: string): Promise<void> {
  const store = Store.open(folder);
  const directory = new Directory(store);
  for (let from = 0; from < USERS; from += 500) {
    await store.commit((tx) => {
      for (let index = from; index < from + 500; index++) {
        const name = `user${String(index).padStart(5, "0")}`;
        const fullName = createHash("sha1").update(name).digest("hex").slice(0, 12);
        directory.users.createWithin(tx, { login: name, fullName });
      }
    });
  }
  directory.close();
  store.close();
}

/** Signs in as the administrator over HTTP and gives the cookies. */
export async function signedIn(base: string): Promise<string> {
  const page = await fetch(`${base}/login`);
  const csrf = /name="csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? "";
  const visitor = cookiesOf(page);
  const answer = await fetch(`${base}/login`, {
    method: "POST",
    redirect: "manual",
    headers: { cookie: visitor, origin: base, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ csrf, login: "admin", password: PASSWORD }),
  });
  if (answer.status !== 303) throw new Error(`signing in answered ${answer.status}`);
  return cookiesOf(answer);
}

function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ");
}

/** Pages of the executable over ten thousand users, over loopback. */
async function lists(): Promise<Figure[]> {
  const server = await Gatepost.start();
  try {
    await server.stop();
    await fill(server.folder);
    await server.resume();
    const base = `http://127.0.0.1:${server.port(80)}`;
    const cookie = await signedIn(base);
    const figures: Figure[] = [];
    for (const [what, query] of [
      ["by login name", ""],
      ["by last login", "?sort=lastLogin&down=1"],
      ["by size of mail", "?sort=mailSize&down=1"],
      ["searched", "?q=user09"],
      ["the last page", "?page=200"],
    ] as const) {
      const look = async () => {
        const page = await fetch(`${base}/admin/users${query}`, { headers: { cookie } });
        if (page.status !== 200 || !(await page.text()).includes("user0")) throw new Error(`${what}: ${page.status}`);
      };
      await look();
      const times: number[] = [];
      for (let index = 0; index < LOOKS; index++) times.push(await timed(look));
      figures.push({ what: `List of ${USERS.toLocaleString("en")} users, ${what}`, unit: "ms", value: median(times) });
    }
    return figures;
  } finally {
    await server.remove();
  }
}

/** All figures about accounts. */
export async function accounts(): Promise<Figure[]> {
  return [...(await logins()), ...(await lists())];
}
