/** Examples of the standards in which several extensions work together. */
import { expect, test } from "bun:test";
import { brief, examples, sieve, textOf } from "./harness.ts";

const MAIL = `From: Boss <boss@example.org>
To: me@example.net
Subject: ALERT: lunch
Message-ID: <1@example.org>

Are you there?
`;

examples([
  {
    from: "RFC 5230 §4.8: the subject of the answer",
    script: `require ["vacation", "variables"]; if header :matches "subject" "*" { vacation :subject "Automatic response to: \${1}" "I'm away -- send mail to foo in my absence"; }`,
    on: MAIL,
    gives: ["vacation I'm away -- send mail to foo in my absence", "keep"],
  },
  {
    from: "RFC 5230 §4.2: another answer for another question",
    script: `require "vacation"; if header :contains "subject" "lunch" { vacation :handle "ran-away" "I'm out and can't meet for lunch"; } else { vacation :handle "ran-away" "I'm out"; }`,
    on: MAIL,
    gives: ["vacation I'm out and can't meet for lunch", "keep"],
  },
  {
    from: "RFC 6131 §4: in a meeting",
    script: `require ["vacation-seconds"]; vacation :addresses ["tjs@example.edu", "ts4z@landru.example.edu"] :seconds 1800 "I am in a meeting, and do not have access to email.";`,
    on: MAIL,
    gives: ["vacation I am in a meeting, and do not have access to email.", "keep"],
  },
  {
    from: "RFC 5435 §3.8: what is important",
    script: `require ["enotify", "fileinto", "variables"]; if header :contains "from" "boss@example.org" { notify :importance "1" :message "This is probably very important" "mailto:alm@example.com"; stop; }`,
    on: MAIL,
    gives: ["notify alm@example.com This is probably very important", "keep"],
  },
  {
    from: "RFC 5435 §3.8: who wrote, and about what",
    script: `require ["enotify", "variables"]; set "notif" "[SIEVE] "; if header :matches "From" "*" { set "from" "\${1}"; } if header :matches "subject" "*: *" { notify :message "\${notif}\${from}: \${2}" "mailto:a@example.org"; }`,
    on: MAIL,
    gives: ["notify a@example.org [SIEVE] Boss <boss@example.org>: lunch", "keep"],
  },
  {
    from: "RFC 5435 §4: another method where one is not known",
    script: `require ["enotify"]; if not valid_notify_method ["xmpp:tim@example.com"] { notify :message "no" "mailto:tim@example.com"; }`,
    on: MAIL,
    gives: ["notify tim@example.com no", "keep"],
  },
  {
    from: "RFC 7352 §5.2: an alarm once a minute",
    script: `require ["duplicate", "variables", "imap4flags", "fileinto"]; if header :matches "subject" "ALERT: *" { if duplicate :seconds 60 :uniqueid "\${1}" { setflag "\\\\Seen"; } fileinto "Alerts"; }`,
    on: MAIL,
    with: { remembers: () => true },
    gives: ["fileinto Alerts \\Seen"],
  },
  {
    from: "RFC 7352 §5.4: a burst is marked, its first one not",
    script: `require ["duplicate", "imap4flags", "fileinto"]; if duplicate :seconds 900 :handle "last" :last { setflag "\\\\Seen"; } fileinto "Events";`,
    on: MAIL,
    gives: ["remember 900", "fileinto Events"],
  },
  {
    from: "RFC 6009 §4: who was logged in",
    script: `require ["envelope", "envelope-auth"]; if envelope "auth" "smith" { discard; }`,
    on: MAIL,
    with: { envelope: { from: "a@example.org", to: "b@example.org", auth: "smith" } },
    gives: ["discard"],
  },
  {
    from: "RFC 5463 §6: one way or the other",
    script: `require ["ihave", "variables", "fileinto"]; if ihave "special-use" { if specialuse_exists "\\\\Junk" { fileinto :specialuse "\\\\Junk" "Junk"; } else { fileinto "Spam"; } }`,
    on: MAIL,
    with: { hasSpecialUse: (use) => use === "\\Junk" },
    gives: ["fileinto Junk"],
  },
]);

test("RFC 8580 §3: copies of what is sent, and where they go", async () => {
  const { actions } = await sieve(
    `require ["enotify", "vacation", "fcc", "mailbox", "special-use", "imap4flags"];
vacation :days 7 :from "hemingway@example.com" :fcc "INBOX.Sent" "Gone Fishin'";
notify :fcc "INBOX.Sent" :specialuse "\\\\Sent" :create :message "You got mail!" "mailto:ken@example.com";
notify :fcc "INBOX.Sent" :flags ["\\\\Seen"] "mailto:tim@example.com";`,
    MAIL,
  );
  const copies = actions.flatMap((action) => ("fcc" in action ? [action.fcc] : []));
  const plain = { mailbox: "INBOX.Sent", flags: [], create: false, mailboxId: undefined, specialUse: undefined };
  expect(copies).toEqual([plain, { ...plain, create: true, specialUse: "\\Sent" }, { ...plain, flags: ["\\Seen"] }]);
});

const PROGRAM = `From: a@example.org
Subject: run this
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

See the file.
--b
Content-Type: application/octet-stream; name="fun.EXE"

MZ
--b
Content-Type: image/gif

GIF
--b--
`;

test("RFC 5703 §5: programs and pictures make way", async () => {
  const { actions } = await sieve(
    `require ["foreverypart", "mime", "replace"];
foreverypart {
  if header :mime :param ["filename", "name"] :matches ["Content-Type", "Content-Disposition"] ["*.com", "*.exe", "*.vbs"] { replace "Executable attachment removed by user filter"; }
  elsif anyof (header :mime :contenttype :is "Content-Type" "audio/mp3", header :mime :type "Content-Type" "image") { replace :mime text:
Content-Type: text/plain

Multimedia attachment removed
.
; }
}`,
    PROGRAM,
  );
  const [keep] = actions;
  const text = keep?.kind === "keep" ? textOf(keep.rewritten, PROGRAM) : "";
  expect(text.match(/--b\r\n(?:.+\r\n)+\r\n(.*)/g)?.map((part) => part.split("\r\n").at(-1))).toEqual([
    "See the file.",
    "Executable attachment removed by user filter",
    "Multimedia attachment removed",
  ]);
});

test("RFC 5703 §6, §7: a warning around it, and its first words in a notification", async () => {
  const outcome = await sieve(
    `require ["foreverypart", "mime", "enclose", "extracttext", "variables", "enotify"];
foreverypart {
  if header :mime :contenttype :is "Content-Type" "text/plain" { extracttext :first 7 "msgcontent"; }
  if header :mime :param "name" :matches "Content-Type" "*.exe" { enclose :subject "Warning" "WARNING! The enclosed message has a program."; break; }
}
notify :message "a@example.org: \${msgcontent}" "mailto:me@example.org";`,
    PROGRAM,
  );
  expect(brief(outcome)).toEqual(["notify me@example.org a@example.org: See the", "keep"]);
  const keep = outcome.actions.at(-1);
  expect(keep?.kind === "keep" && textOf(keep.rewritten, PROGRAM)).toContain("Subject: Warning\r\n");
});

test("an address without a domain has none to compare", async () => {
  const script = `require "fileinto"; if address :domain :matches "from" "*" { discard; } if address :localpart "from" "root" { fileinto "root"; }`;
  expect(brief(await sieve(script, "From: root\n\n"))).toEqual(["fileinto root"]);
});
