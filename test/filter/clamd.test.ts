/** Debian's clamd with a signature database of our own, which knows the test file of EICAR and nothing else. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { scannerSettings } from "../../src/filter/scanners/settings.ts";
import { Refusal } from "../../src/refusal.ts";
import { temporaryFolder, until } from "../harness.ts";
import { FilterHouse } from "./house.ts";

/** In pieces, or scanners would find it in here. */
const EICAR = ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$", "EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"].join("");

let house: FilterHouse;
let clamd: { readonly folder: string; readonly child: ReturnType<typeof Bun.spawn> };

beforeAll(async () => {
  const folder = temporaryFolder("clamd");
  mkdirSync(join(folder, "db"));
  const md5 = new Bun.CryptoHasher("md5").update(EICAR).digest("hex");
  writeFileSync(join(folder, "db", "own.hdb"), `${md5}:${EICAR.length}:Own.EICAR.Test\n`);
  const socket = join(folder, "clamd.sock");
  const lines = ["Foreground yes", `DatabaseDirectory ${join(folder, "db")}`, `LocalSocket ${socket}`];
  writeFileSync(join(folder, "clamd.conf"), [...lines, "StreamMaxLength 1M", "SelfCheck 0", ""].join("\n"));
  const child = Bun.spawn(["clamd", "--config-file", join(folder, "clamd.conf")], {
    stdout: "ignore",
    stderr: "ignore",
  });
  clamd = { folder, child };
  house = await FilterHouse.open();
  await house.set({ dnsSeconds: 0.1, spf: false, reverseName: false, dmarc: "off" });
  await house.store.settings.set(scannerSettings, { clamd: [socket] });
  await until(() => answers(socket), "clamd", 20);
});

afterAll(async () => {
  clamd.child.kill();
  await clamd.child.exited;
  rmSync(clamd.folder, { recursive: true, force: true });
  await house.close();
});

const withFile = (file: string) =>
  "From: Eve <eve@example.com>\r\nTo: anna@home.test\r\nSubject: A file\r\nMIME-Version: 1.0\r\n" +
  'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n--b\r\n' +
  'Content-Type: application/octet-stream; name="a.com"\r\nContent-Transfer-Encoding: base64\r\n\r\n' +
  `${(file.match(/.{1,57}/gs) ?? []).map((piece) => Buffer.from(piece).toString("base64")).join("\r\n")}\r\n--b--\r\n`;

const verdict = async () =>
  /^Gatepost-Virus: (.*)\r$/m.exec((await house.letters("anna")).at(-1) ?? "")?.[1] ?? "no verdict";

test("finds the test file in an attachment, and it is refused", async () => {
  const refused = await house.receive(withFile(EICAR)).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Refusal);
  expect((refused as Refusal).sentence).toBe(
    "This message is not taken. It carries the virus Own.EICAR.Test.UNOFFICIAL.",
  );
});

test("finds nothing in other files, also where a message comes in many pieces", async () => {
  await house.receive(withFile("harmless ".repeat(50_000)));
  expect(await verdict()).toBe("none");
});

test("takes no message beyond its limit, which is said in the header", async () => {
  await house.receive(withFile("harmless ".repeat(400_000)));
  expect(await verdict()).toBe("not scanned; too large");
});

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
