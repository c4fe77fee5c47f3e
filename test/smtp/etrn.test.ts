import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Dialogue } from "../dialogue.ts";
import { House } from "./house.ts";

let house: House;
let client: Dialogue;

beforeEach(async () => {
  house = await House.build();
  await house.directory.domains.create({ name: "branch.example", unknownRecipients: "relay" });
  client = await house.dial();
  await client.reply("220 ");
  await client.ask("EHLO branch.example", /\n250-ETRN\n/);
});
afterEach(async () => {
  client.destroy();
  await house.close();
});

test("a domain's own server asks for its mail (RFC 1985)", async () => {
  await client.ask("ETRN branch.example", "251 2.0.0 Nothing waits for branch.example.");
  house.post.waiting = 2;
  await client.ask("etrn branch.example", "253 2.0.0 2 recipients wait at branch.example; they are tried now.");
});

test("nobody asks for the mail of others, nor in the middle of a message", async () => {
  await client.ask("ETRN home.example", "459 5.7.1");
  await client.ask("ETRN #queue", "501 5.5.4");
  await client.ask("ETRN", "501 5.5.4");
  await client.ask(`ETRN ${"x".repeat(300)}`, "501 5.5.4");
  await client.ask("MAIL FROM:<eve@other.example>", "250 ");
  await client.ask("ETRN branch.example", "503 5.5.1");
});

test("is not offered where no mail is kept for others", async () => {
  await house.directory.domains.update("branch.example", { unknownRecipients: "refuse" });
  const reply = await client.ask("EHLO client.example", "250-");
  expect(reply).not.toContain("ETRN");
});
