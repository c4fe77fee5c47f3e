/** The examples of the extensions that act or ask the server: script, message, what comes of it. */
import { describe, expect, test } from "bun:test";
import type { Action } from "../../src/sieve/outcome.ts";
import { compile, type Surroundings } from "../../src/sieve/sieve.ts";
import { brief, examples, octetsOf, sieve, textOf } from "./harness.ts";

const MAIL = `From: Ann <ann@example.com>
To: me@example.net
Subject: Hello
Message-ID: <1@example.com>
Received: from a by b; Sat, 21 Nov 2026 10:00:00 +0000

Text
`;

async function only<K extends Action["kind"]>(
  kind: K,
  script: string,
  mail = MAIL,
): Promise<Extract<Action, { kind: K }>> {
  const { actions, error } = await sieve(script, mail);
  expect(error).toBeUndefined();
  const found = actions.find((action): action is Extract<Action, { kind: K }> => action.kind === kind);
  if (found === undefined) throw new Error(`there is no ${kind} among ${JSON.stringify(actions)}`);
  return found;
}

examples([
  {
    from: "RFC 5230 §4.6: an answer leaves the message",
    script: `require "vacation"; vacation :days 23 :addresses ["tjs@example.edu", "ts4z@landru.example.edu"] "I'm away until October 19.";`,
    on: MAIL,
    gives: ["vacation I'm away until October 19.", "keep"],
  },
  {
    from: "RFC 5230 §4.7: two answers are an error",
    script: `require "vacation"; vacation "a"; vacation "b";`,
    on: MAIL,
    gives: ["error: “vacation” is done twice.", "keep"],
  },
  {
    from: "RFC 5490 §3: filing where a folder exists, and making it",
    script: `require ["fileinto", "mailbox"]; if mailboxexists "Partners" { fileinto "Partners"; } elsif mailboxexists ["Family", "Friends"] { fileinto "Family"; } fileinto :create "New";`,
    on: MAIL,
    with: { mailboxExists: (name) => name !== "Partners" },
    gives: ["fileinto Family", "fileinto New :create"],
  },
  {
    from: "RFC 5490 §3.3: annotations of folders and the server",
    script: `require ["fileinto", "mboxmetadata", "servermetadata"];
if metadata :is "INBOX" "/private/vnd.example/auto-replies" "on" { fileinto "on"; }
if metadataexists "INBOX" ["/private/vnd.example/auto-replies", "/private/comment"] { fileinto "both"; }
if servermetadata :contains "/shared/admin" "mailto" { fileinto "server"; }
if servermetadataexists ["/shared/admin"] { fileinto "exists"; }`,
    on: MAIL,
    with: {
      metadata: (mailbox, name) =>
        mailbox === undefined ? "mailto:a@example.org" : name.endsWith("replies") ? "on" : undefined,
    },
    gives: ["fileinto on", "fileinto server", "fileinto exists"],
  },
  {
    from: "RFC 9042 §4, §5: folders by their identifier",
    script: `require ["fileinto", "mailboxid"]; if mailboxidexists "F6352ae03-b7f5-463c-896f-d8b48ee3" { fileinto :mailboxid "F6352ae03-b7f5-463c-896f-d8b48ee3" "INBOX.harassment"; }`,
    on: MAIL,
    with: { mailboxIdExists: (id) => id.startsWith("F6352") },
    gives: ["fileinto INBOX.harassment"],
  },
  {
    from: "RFC 8579 §4, §5: folders by their use",
    script: `require ["fileinto", "special-use", "mailbox"]; if specialuse_exists "\\\\Archive" { fileinto :specialuse "\\\\Archive" "INBOX/Archive"; } if not specialuse_exists "Work" "\\\\Archive" { fileinto :create :specialuse "\\\\Junk" "Spam"; }`,
    on: MAIL,
    with: { hasSpecialUse: (use, mailbox) => use === "\\Archive" && mailbox === undefined },
    gives: ["fileinto INBOX/Archive", "fileinto Spam :create"],
  },
  {
    from: "RFC 7352 §5.1: what came before goes",
    script: `require ["duplicate", "fileinto", "mailbox"]; if duplicate { fileinto :create "Trash/Duplicate"; }`,
    on: MAIL,
    with: { remembers: () => true },
    gives: ["fileinto Trash/Duplicate :create"],
  },
  {
    from: "RFC 7352 §5.3: a text of one's own, and its time",
    script: `require ["duplicate", "variables"]; if header :matches "subject" "*ll*" { if duplicate :uniqueid "\${1}" :seconds 1800 :handle "alerts" { discard; stop; } }`,
    on: MAIL,
    gives: ["remember 1800", "keep"],
  },
  {
    from: "RFC 5183 §5: what the server knows",
    script: `require ["environment", "fileinto", "variables"]; if environment :contains "remote-host" "mx.example.org" { fileinto "mx"; } if environment :matches "name" "Gate*" { fileinto "\${1}"; } if environment "nosuch" "" { discard; }`,
    on: MAIL,
    with: { environment: { "remote-host": "mx.example.org", name: "Gatepost" } },
    gives: ["fileinto mx", "fileinto post"],
  },
  {
    from: "RFC 5235 §3.2: how sure it is spam",
    script: `require ["spamtestplus", "fileinto", "relational", "comparator-i;ascii-numeric", "virustest"];
if spamtest :value "eq" :comparator "i;ascii-numeric" "0" { fileinto "INBOX.unclassified"; }
elsif spamtest :percent :value "eq" :comparator "i;ascii-numeric" "0" { fileinto "INBOX.not-spam"; }
elsif spamtest :percent :value "lt" :comparator "i;ascii-numeric" "37" { fileinto "INBOX.spam-trap"; } else { discard; }
if virustest :value "eq" :comparator "i;ascii-numeric" "4" { fileinto "INBOX.quarantine"; }
if spamtest :count "eq" "1" { fileinto "tested"; }`,
    on: MAIL,
    with: { spamPercent: 20, virus: 4 },
    gives: ["fileinto INBOX.spam-trap", "fileinto INBOX.quarantine", "fileinto tested"],
  },
  {
    from: "RFC 6134 §3: lists kept elsewhere",
    script: `require ["envelope", "extlists", "fileinto", "copy"]; if envelope :list "from" ":addrbook:default" { fileinto "known"; } if valid_ext_list ["tag:x"] { discard; } redirect :copy :list "tag:friends";`,
    on: MAIL,
    with: { onList: (list, text) => (list === ":addrbook:default" ? text === "sender@example.com" : undefined) },
    gives: ["fileinto known", "redirect :list tag:friends"],
  },
  {
    from: "RFC 5463 §6: what is not there fails only where it is reached",
    script: `require ["ihave", "fileinto"]; if ihave ["vnd.example.nosuch"] { nosuch :foo "x"; } elsif ihave "copy" { fileinto :copy "a"; }`,
    on: MAIL,
    gives: ["fileinto a", "keep"],
  },
  {
    from: "RFC 5463 §5: an error of one's own",
    script: `require "ihave"; if not ihave "vnd.example.nosuch" { error "nosuch is not there"; } discard;`,
    on: MAIL,
    gives: ["error: nosuch is not there", "keep"],
  },
  {
    from: "RFC 5293 §4: what follows sees the field that was added",
    script: `require ["editheader", "fileinto"]; if not header :contains "X-Sieve-Filtered" ["<kim@job.example.com>"] { addheader "X-Sieve-Filtered" "<kim@job.example.com>"; } if header :is "x-sieve-filtered" "<kim@job.example.com>" { fileinto "filtered"; }`,
    on: MAIL,
    gives: ["fileinto filtered"],
  },
]);

describe("RFC 5230: vacation", () => {
  test("takes its options, days within bounds and the handle that tells answers apart", async () => {
    const plain = await only("vacation", `require "vacation"; vacation "a";`);
    expect(plain).toMatchObject({
      seconds: 7 * 86_400,
      mime: false,
      subject: undefined,
      from: undefined,
      addresses: [],
    });
    const other = await only("vacation", `require "vacation"; vacation :subject "x" "a";`);
    expect(other.handle).not.toBe(plain.handle);
    const full = await only(
      "vacation",
      `require ["vacation", "variables", "fcc", "mailbox", "imap4flags"]; set "s" "Away"; vacation :days 0 :subject "\${s}" :from "Me <me@example.net>" :handle "ran-away" :addresses "x@example.net" :fcc "Sent" :create :flags "\\\\Seen" "gone";`,
    );
    expect(full).toMatchObject({ seconds: 86_400, subject: "Away", from: "Me <me@example.net>", handle: "ran-away" });
    expect(full.fcc).toEqual({
      mailbox: "Sent",
      flags: ["\\Seen"],
      create: true,
      mailboxId: undefined,
      specialUse: undefined,
    });
  });

  test("counts seconds (RFC 6131), 0 among them", async () => {
    expect(await only("vacation", `require "vacation-seconds"; vacation :seconds 1800 "a";`)).toMatchObject({
      seconds: 1800,
    });
    expect(await only("vacation", `require "vacation-seconds"; vacation :seconds 0 "a";`)).toMatchObject({
      seconds: 0,
    });
  });
});

describe("RFC 5435, RFC 5436: notify", () => {
  test("the knitting list (RFC 5436 §3)", async () => {
    const mail = "List-Id: Knitting <knitting.example.com>\nSubject: [Knitting] A new sweater\n\n";
    const action = await only(
      "notify",
      `require ["enotify", "variables"]; if header :contains "list-id" "knitting.example.com" { if header :matches "Subject" "[*] *" { notify :message "From \${1} list: \${2}" :importance "3" "mailto:0123456789@sms.example.net?to=backup@example.com"; } }`,
      mail,
    );
    expect(action).toMatchObject({
      to: ["0123456789@sms.example.net", "backup@example.com"],
      subject: "From Knitting list: A new sweater",
      importance: 3,
    });
  });

  test("takes the URI apart and leaves out what would deceive", async () => {
    const action = await only(
      "notify",
      `require "enotify"; notify :from "bad" "mailto:a%40b@example.org?cc=c@example.org&bcc=d@example.org&subject=Hi%20there&body=x%0Ay&from=evil@example.org&X-Tag=1%0D%0AEvil:%202&auto-submitted=no";`,
    );
    expect(action).toMatchObject({ to: ["a@b@example.org"], cc: ["c@example.org"], bcc: ["d@example.org"] });
    expect(action).toMatchObject({
      subject: "Hi there",
      body: "x\ny",
      from: undefined,
      fields: [{ name: "x-tag", value: "1 Evil: 2" }],
    });
  });

  test("tells which methods there are", async () => {
    const script = `require ["enotify", "fileinto"]; if valid_notify_method ["mailto:a@example.org"] { fileinto "1"; } if not valid_notify_method ["mailto:a@example.org", "xmpp:x"] { fileinto "2"; } if notify_method_capability "mailto:a@example.org" "Online" ["maybe", "yes"] { fileinto "3"; }`;
    expect(brief(await sieve(script, MAIL))).toEqual(["fileinto 1", "fileinto 2", "fileinto 3"]);
  });
});

describe("RFC 5293: editheader", () => {
  const edit = async (commands: string, mail = MAIL) => {
    const { actions } = await sieve(
      `require ["editheader", "fileinto", "variables", "index", "relational"]; ${commands}`,
      mail,
    );
    return actions.flatMap((action) => ("rewritten" in action ? [textOf(action.rewritten, mail).split("\r\n")] : []));
  };

  test("adds in front or at the end, in encoded words and folded", async () => {
    const [lines = []] = await edit(`addheader "X-First" "Grüße"; addheader :last "X-Last" "${"word ".repeat(30)}";`);
    expect(lines[0]).toMatch(/^X-First: =\?UTF-8\?[BQ]\?/);
    expect(lines.find((line) => line.startsWith("X-Last: "))?.length).toBeLessThan(79);
    expect(lines.at(-2)).toBe("Text");
  });

  test("deletes by name, number and pattern, but not what says where a message came from", async () => {
    const mail = "X-A: one\nX-B: y\nX-A: two\nReceived: r\nX-A: three\n\n";
    const left = async (commands: string) => (await edit(commands, mail))[0]?.filter((line) => line !== "") ?? [];
    expect(await left(`deleteheader "X-A";`)).toEqual(["X-B: y", "Received: r"]);
    expect(await left(`deleteheader :index 1 :last "x-a";`)).toEqual(["X-A: one", "X-B: y", "X-A: two", "Received: r"]);
    expect(await left(`deleteheader :contains "X-A" ["w", "r"];`)).toEqual(["X-A: one", "X-B: y", "Received: r"]);
    expect(await left(`deleteheader :index 2 :is "X-A" "one";`)).toEqual([]);
    expect(await left(`deleteheader "Received";`)).toEqual([]);
  });

  test("each action has the message as it was then", async () => {
    const copies = await edit(`fileinto "a"; addheader "X-B" "b"; fileinto "b"; deleteheader "X-B"; keep;`);
    expect(copies.map((lines) => lines[0])).toEqual(["", "X-B: b", "From: Ann <ann@example.com>"]);
  });

  test("nothing that is added begins another field", async () => {
    const [lines = []] = await edit(`addheader "X-A" text:\none\nBcc: two\n.\n;`);
    expect(lines[0]).toBe("X-A: one Bcc: two");
  });
});

describe("RFC 5703: parts", () => {
  const PARTS = `From: ann@example.com
Subject: parts
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe
--b
Content-Type: application/x-msdownload; name="run.exe"
Content-Disposition: attachment; filename="=?utf-8?q?run?=.exe"

MZ
--b
Content-Type: message/rfc822

From: inner@example.org
Subject: inner

<b>x</b>
--b--
`;
  const all = (commands: string) =>
    sieve(
      `require ["mime", "foreverypart", "fileinto", "variables", "extracttext", "replace", "enclose"]; ${commands}`,
      PARTS,
    );

  test("tests of the parts' fields (§4)", async () => {
    const outcome = await all(`
if header :mime :type "Content-Type" "multipart" { fileinto "1"; }
if header :mime :anychild :subtype "Content-Type" "x-msdownload" { fileinto "2"; }
if header :mime :anychild :contenttype "Content-Type" "text/plain" { fileinto "3"; }
if header :mime :anychild :param "filename" :contains "Content-Disposition" ".exe" { fileinto "4"; }
if address :mime :anychild :is "from" "inner@example.org" { fileinto "5"; }
if exists :mime :anychild "Content-Disposition" { fileinto "6"; }
if exists :mime "Content-Disposition" { fileinto "wrong"; }`);
    expect(brief(outcome)).toEqual([1, 2, 3, 4, 5, 6].map((number) => `fileinto ${number}`));
  });

  test("foreverypart goes through all parts, loops in loops, and break leaves one of them (§3)", async () => {
    const outcome = await all(`
set "seen" "";
foreverypart :name "outer" {
  if header :mime :matches :contenttype "Content-Type" "*" { set "seen" "\${seen} \${1}"; }
  if header :mime :type "Content-Type" "multipart" { foreverypart { set "seen" "\${seen}."; } }
  if header :mime :subtype "Content-Type" "x-msdownload" { foreverypart { keep; } break :name "outer"; }
}
fileinto "\${seen}";`);
    expect(brief(outcome)).toEqual(["fileinto  multipart/mixed.... text/plain application/x-msdownload"]);
  });

  test("extracttext takes the decoded text (§7)", async () => {
    const outcome = await all(
      `foreverypart { if header :mime :type "Content-Type" "text" { extracttext :upper :first 4 "t"; break; } } fileinto "\${t}";`,
    );
    expect(brief(outcome)).toEqual(["fileinto GRÜSS"]);
    expect(() => compile(`require ["extracttext", "variables", "foreverypart"]; extracttext "t";`)).toThrow(
      "inside of foreverypart",
    );
  });

  test("replace puts other text in the place of a part, or of all (§5)", async () => {
    const part = await all(
      `foreverypart { if header :mime :subtype "Content-Type" "x-msdownload" { replace "It was a program."; } }`,
    );
    const [keep] = part.actions;
    const text = keep?.kind === "keep" ? textOf(keep.rewritten, PARTS) : "";
    expect(text).toContain(
      "--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\nIt was a program.\r\n--b\r\nContent-Type: message/rfc822",
    );
    expect(text).not.toContain("MZ");
    const whole = await all(`replace :subject "Grüße" :mime text:\nContent-Type: text/html\n\n<b>gone</b>\n.\n;`);
    const [kept] = whole.actions;
    const changed = kept?.kind === "keep" ? textOf(kept.rewritten, PARTS) : "";
    expect(changed.split("\r\n\r\n")[1]).toBe("<b>gone</b>\r\n");
    expect(changed).toContain("Content-Type: text/html");
    expect(changed).not.toContain("multipart");
  });

  test("enclose makes it a part of another message (§6)", async () => {
    const { actions } = await all(`enclose :subject "Warning" :headers ["X-None"] "This may be dangerous.";`);
    const [keep] = actions;
    const text = keep?.kind === "keep" ? textOf(keep.rewritten, PARTS) : "";
    expect(text).toContain("Subject: Warning\r\n");
    expect(text).toContain("This may be dangerous.");
    const original = octetsOf(PARTS).toString();
    expect(text).toContain(`Content-Type: message/rfc822\r\n\r\n${original.slice(0, 60)}`);
    expect(text.trimEnd()).toEndWith("--");
  });
});

describe("RFC 6609: include", () => {
  const LIBRARY: Readonly<Record<string, string>> = {
    "personal always_allow": `require ["include", "variables", "fileinto"]; global "seen"; set "seen" "\${seen}+"; set "own" "x"; if header "subject" "Hello" { fileinto "allowed"; return; } discard;`,
    "global spam": `require ["include", "variables"]; if string "\${own}" "" { set "global.seen" "\${global.seen}s"; }`,
    "personal ring": `require "include"; include :personal "ring2";`,
    "personal ring2": `require "include"; include :personal "ring";`,
    "personal stopping": `stop;`,
    "personal broken": `require ["ihave"]; error "broken";`,
    "personal reads": `require ["body", "fileinto"]; if body :contains "Text" { fileinto "body"; }`,
  };
  const including = (commands: string, explain = false) => {
    const include: Surroundings["include"] = (location, name) => {
      const text = LIBRARY[`${location} ${name}`];
      return text === undefined ? undefined : compile(text);
    };
    return sieve(`require ["include", "variables", "fileinto"]; ${commands}`, MAIL, { include, explain });
  };

  test("runs other scripts, whose variables are their own but for the global ones (§3.4)", async () => {
    const script = `global ["seen"]; include :personal "always_allow"; include :global "spam"; include :once "always_allow"; fileinto "\${seen}\${own}";`;
    expect(brief(await including(script))).toEqual(["fileinto allowed", "fileinto +s"]);
  });

  test("stop ends all of them, and a body is read when the first script wants it", async () => {
    expect(brief(await including(`include "stopping"; discard;`))).toEqual(["keep"]);
    expect(brief(await including(`include "reads";`))).toEqual(["fileinto body"]);
  });

  test("a ring, what is missing and what fails end the script, and the message is kept", async () => {
    expect(brief(await including(`include "ring"; discard;`))).toEqual([
      "error: the script “ring” includes itself.",
      "keep",
    ]);
    expect(brief(await including(`include "nosuch";`))).toEqual([
      "error: there is no script “nosuch” to include.",
      "keep",
    ]);
    expect(brief(await including(`include :optional "nosuch"; discard;`))).toEqual(["discard"]);
    expect((await including(`discard; include "broken";`)).error).toMatchObject({
      script: "broken",
      reason: "broken",
      line: 1,
    });
  });
});
