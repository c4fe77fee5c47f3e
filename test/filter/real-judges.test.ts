/** Debian's rspamd and SpamAssassin, asked and taught as administrators set them up. They ask nobody elsewhere. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chownSync, rmSync } from "node:fs";
import { accountOf } from "../../src/appliance/privileges.ts";
import type { Finding } from "../../src/filter/judgement.ts";
import { scannerSettings } from "../../src/filter/scanners/settings.ts";
import { spamSettings } from "../../src/filter/spam-settings.ts";
import { temporaryFolder, until } from "../harness.ts";
import { freePort, listens } from "../ports.ts";
import { FilterHouse } from "./house.ts";
import { startRspamd } from "./rspamd.ts";

const PASSWORD = "only-for-this-test";
/** In pieces, or this file would be junk itself. Both know it, as virus scanners know the file of EICAR. */
const GTUBE = ["XJS*C4JDBQADN1.NSBN3*2IDNEN*", "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL", "*C.34X"].join("");

let house: FilterHouse;
const ends: (() => Promise<unknown>)[] = [];
const ports = { rspamd: freePort(), controller: freePort(), spamd: freePort() };

beforeAll(async () => {
  const statistics = `backend = "sqlite3"; min_learns = 1;
statfile { symbol = "BAYES_HAM"; path = "$DBDIR/ham.sqlite"; spam = false; }
statfile { symbol = "BAYES_SPAM"; path = "$DBDIR/spam.sqlite"; spam = true; }
`;
  const started = await Promise.all([
    startRspamd(ports.rspamd, {
      "worker-normal.inc": `bind_socket = "127.0.0.1:${ports.rspamd}";\ncount = 1;\n`,
      "worker-controller.inc": `bind_socket = "127.0.0.1:${ports.controller}";\npassword = "${PASSWORD}";\nsecure_ip = [];\n`,
      "worker-proxy.inc": "enabled = false;\n",
      "classifier-bayes.conf": statistics,
    }),
    startSpamd(),
  ]);
  ends.push(...started);
  house = await FilterHouse.open({}, (house) => house.spam.panel());
  await house.set({ exempt: [], dnsSeconds: 0.1 });
  await house.store.settings.set(spamSettings, { tarpitSeconds: 0, greylistAt: 100 });
  await house.store.settings.set(scannerSettings, {
    ...{ rspamd: `127.0.0.1:${ports.rspamd}`, rspamdController: `127.0.0.1:${ports.controller}` },
    ...{ rspamdPassword: PASSWORD, spamassassin: `127.0.0.1:${ports.spamd}`, spamassassinLearns: true },
  });
}, 180_000);

afterAll(async () => {
  await house.close();
  for (const end of ends) await end();
});

async function startSpamd(): Promise<() => Promise<void>> {
  const folder = temporaryFolder("spamd");
  const nobody = accountOf("nobody");
  if (nobody !== undefined && process.getuid?.() === 0) chownSync(folder, nobody.uid, nobody.gid);
  const child = Bun.spawn(
    [
      ...["/usr/sbin/spamd", "--local", "--allow-tell", "--nouser-config", "--username=nobody", "--max-children=2"],
      ...["--listen=127.0.0.1", `--port=${ports.spamd}`, "--allowed-ips=127.0.0.1", `--virtual-config-dir=${folder}`],
      ...["--cf", `bayes_path ${folder}/bayes`, "--cf", "bayes_min_ham_num 1", "--cf", "bayes_min_spam_num 1"],
    ],
    { stdout: "ignore", stderr: "ignore" },
  );
  await until(() => child.exitCode !== null || listens(ports.spamd), "spamd", 60);
  return async () => {
    child.kill();
    await child.exited;
    rmSync(folder, { recursive: true, force: true });
  };
}

const letter = (text: string) =>
  "From: Ben <ben@example.com>\r\nTo: anna@home.test\r\nSubject: Lunch\r\n" +
  `Message-ID: <${crypto.randomUUID()}@example.com>\r\nDate: ${new Date().toUTCString()}\r\n\r\n${text}\r\n`;

/** What a judge found in a message with this text. */
async function judged(judge: "rspamd" | "spamassassin", text: string): Promise<Finding[]> {
  await house.receive(letter(text), { from: `${crypto.randomUUID()}@example.com` }).catch(() => undefined);
  const findings = (house.logged("message.judged").at(-1)?.data?.findings ?? []) as Finding[];
  return findings.filter(({ test }) => test === judge);
}
const points = (found: readonly Finding[]) => found.reduce((sum, { points }) => sum + points, 0);

describe.each(["rspamd", "spamassassin"] as const)("%s", (judge) => {
  test("gives ordinary mail few points, and says what it saw", async () => {
    const found = await judged(judge, "Shall we meet at noon?");
    expect(found.map(({ result }) => result)).not.toContain("silent");
    expect(found.length).toBeGreaterThan(1);
    expect(points(found)).toBeLessThan(5);
  });

  test("knows the message that all of them take for junk", async () => {
    const found = await judged(judge, GTUBE);
    expect(points(found)).toBeGreaterThan(5);
  });
});

test("both are taught what people move into Junk and out of it", async () => {
  const move = async (message: string, from: string, to: string) => {
    const uid = await house.put(house.folderId("anna", from), message);
    await house.mailstore.copy(house.folderId("anna", from), [uid], house.folderId("anna", to), { move: true });
    await house.spam.settled();
    return message;
  };
  const text =
    "Cheap zorkmids from the frobnicating dealer, quuxified for your garden; order frotz today and plugh tomorrow.";
  const junk = await move(letter(text), "INBOX", "Junk");
  const wanted = await move(
    letter("Minutes of the choir's meeting: in spring we sing Bach and Brahms, and rehearse on Thursday evenings."),
    ...(["Junk", "INBOX"] as const),
  );
  expect(await teachAgain("spam", junk)).toInclude("already learned as spam");
  expect(await teachAgain("ham", wanted)).toInclude("already learned as ham");
  // Moved there and back again: it hears the same twice, and that is no fault.
  await move(junk, "INBOX", "Junk");
  expect(house.faults).toEqual([]);
  const found = await judged("spamassassin", text);
  expect(found.map(({ result }) => result)).toContainEqual(expect.stringMatching(/^BAYES_(99|95|80)/));
});

/** What rspamd says to a lesson. */
async function teachAgain(kind: "spam" | "ham", message: string): Promise<string> {
  const url = `http://127.0.0.1:${ports.controller}/learn${kind}`;
  return (await fetch(url, { method: "POST", headers: { password: PASSWORD }, body: message })).text();
}
