/** Mailboxes with a name and password of their own, patterns, addresses that end and domain aliases, through real protocols. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Dialogue } from "../dialogue.ts";
import { Gatepost, PASSWORD } from "../harness.ts";
import { calls } from "./python.ts";

const OWN = "a long walk over 7 hills";

let server: Gatepost;
beforeAll(async () => {
  server = await Gatepost.start({
    users: ["anna", "bert"],
    settings: ["smtp.errorsBeforeDelay=1000", "smtp.maxErrors=1000"],
  });
  await server.command(["mailbox", "add", "anna", "--address", "office@example.test", "login=the-office"]);
  await server.command(["mailbox", "password", "office@example.test", "--password-stdin"], OWN);
});
afterAll(() => server.remove());

/** The code that a stranger gets for a recipient; where it is 250 and there is a subject, a message is delivered. */
async function recipient(address: string, subject?: string): Promise<string> {
  const client = await Dialogue.open({ port: server.port(25) });
  await client.expect("220 ");
  await client.ask("EHLO client.example", "250");
  await client.ask("MAIL FROM:<somebody@outside.example>", "250");
  const reply = await client.ask(`RCPT TO:<${address}>`);
  if (reply.startsWith("250") && subject !== undefined) {
    await client.ask("DATA", "354");
    client.send(`Subject: ${subject}`, "", "Text");
    await client.ask(".", "250");
  }
  client.end();
  return reply.slice(0, 3);
}

/** Messages in the inbox that a login opens over IMAP and over POP3; "refused" where it opens nothing. */
async function opened(login: string, password: string): Promise<{ imap: unknown; pop3: unknown }> {
  const [entered, selected] = await calls(server, "imaps", ["login", login, password], ["select", "INBOX"]);
  const pop3 = await calls(server, "pop3s", ["user", login], ["pass_", password], ["stat"]);
  const isRefused = (result: unknown) => JSON.stringify(result).includes('"error"');
  return {
    imap: isRefused(entered) ? "refused" : Number((selected as [string, string[]])[1][0]),
    pop3: isRefused(pop3[1]) ? "refused" : (pop3[2] as number[])[0],
  };
}

describe("a mailbox's own name and password", () => {
  test("open that mailbox alone, over IMAP and POP3", async () => {
    expect(await recipient("office@example.test", "for the office")).toBe("250");
    expect(await opened("the-office", OWN)).toEqual({ imap: 1, pop3: 1 });
    expect(await opened("anna", PASSWORD)).toEqual({ imap: 0, pop3: 0 });
    expect(await opened("the-office", PASSWORD)).toEqual({ imap: "refused", pop3: "refused" });
    expect(await opened("anna", OWN)).toEqual({ imap: "refused", pop3: "refused" });
  });

  test("end at once when they are taken away", async () => {
    await server.command(["mailbox", "password", "office@example.test", "--none"]);
    expect(await opened("the-office", OWN)).toEqual({ imap: "refused", pop3: "refused" });
  });
});

describe("mail from outside", () => {
  test("reaches patterns, the closest first, and what they do not fit is refused", async () => {
    await server.command(["alias", "add", "shop-*@example.test", "office@example.test"]);
    await server.command(["alias", "add", "shop-book*@example.test", "bert"]);
    expect(await recipient("Shop-Tools@example.test", "tools")).toBe("250");
    expect(await recipient("shop-books@example.test", "books")).toBe("250");
    expect(await recipient("shops@example.test")).toBe("550");
    expect(await opened("bert", PASSWORD)).toEqual({ imap: 1, pop3: 1 });
    const folders = await server.json<{ folders: { name: string; messages: number }[] }>(
      ...["mailbox", "show", "office@example.test"],
    );
    expect(folders.folders.find(({ name }) => name === "INBOX")?.messages).toBe(2);
  });

  test("reaches an address with a date until that day is over", async () => {
    const year = new Date().getFullYear();
    expect(await recipient(`anna$E${year + 1}0131@example.test`, "in time")).toBe("250");
    expect(await recipient(`anna$E${year - 1}0131@example.test`)).toBe("550");
    expect(await recipient(`nobody$E${year + 1}0131@example.test`)).toBe("550");
    expect(await recipient(`anna$E${year + 1}1331@example.test`)).toBe("550");
    await server.set("directory.temporaryAddresses=no");
    expect(await recipient(`anna$E${year + 1}0131@example.test`)).toBe("550");
  });

  test("reaches the same mailboxes by every name of a domain, and the catch-all by any", async () => {
    expect(await recipient("anna@also.test")).not.toBe("250");
    await server.command(["domain", "set", "example.test", "aliases=also.test"]);
    expect(await recipient("anna@also.test")).toBe("250");
    expect(await recipient("whoever@also.test")).toBe("550");
    await server.command([
      ...["domain", "set", "example.test", "unknownRecipients=mailbox", "catchAllMailbox=office@example.test"],
    ]);
    expect(await recipient("whoever@also.test")).toBe("250");
    expect(await recipient("anna$E20200131@also.test")).toBe("250");
    await server.set("directory.temporaryAddresses=yes");
    expect(await recipient("anna$E20200131@also.test")).toBe("550");
  });
});
