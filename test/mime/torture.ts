/**
 * Six hundred messages as nobody should send them and somebody does: deep and broken structures, boundaries that begin
 * like others, wrong encodings, odd parameters and addresses, octets that mail must not have. Always the same ones, so
 * that a failure has a name.
 */
import { Dice, generate } from "./generate.ts";

/** One of them. */
export interface Torture {
  /** The family and what is done there: "boundary: prefix of the outer one". */
  readonly name: string;
  readonly bytes: Buffer;
}

type Cases = Readonly<Record<string, string>>;

const HEAD = "From: Ann <ann@example.org>\nSubject: torture\nDate: Mon, 7 Feb 1994 21:52:25 -0800\nMIME-Version: 1.0\n";

/** All of them. Text is written with LF as its line end and Latin-1 as its octets; CRLF goes out. */
export function tortureMessages(): Torture[] {
  const all: Torture[] = [];
  const add = (family: string, cases: Cases) => {
    for (const [name, text] of Object.entries(cases)) {
      all.push({ name: `${family}: ${name}`, bytes: Buffer.from(text.replaceAll("\n", "\r\n"), "latin1") });
    }
  };
  add("encoding", encodings());
  add(
    "type",
    wrapped(TYPES, (value) => `${HEAD}Content-Type: ${value}\n\nbody\n`),
  );
  add(
    "parameter",
    wrapped(PARAMETERS, (value) => `${HEAD}Content-Type: text/plain; ${value}\n\nbody\n`),
  );
  add(
    "disposition",
    wrapped(DISPOSITIONS, (value) => `${HEAD}${value}\n\nbody\n`),
  );
  add(
    "address",
    wrapped(ADDRESSES, (value) => `From: ann@example.org\nTo: ${value}\nSubject: address\n\nbody\n`),
  );
  add("header", headers());
  add("boundary", boundaries());
  add("nesting", nestings());
  add("charset", charsets());
  for (const [name, bytes] of Object.entries(lineEnds())) all.push({ name: `line ends: ${name}`, bytes });
  for (let seed = 1; seed <= 60; seed++) all.push({ name: `generated: ${seed}`, bytes: crlf(generate(seed).bytes) });
  for (let seed = 1; seed <= 60; seed++) all.push({ name: `damaged: ${seed}`, bytes: damaged(seed) });
  return all;
}

function wrapped(values: readonly string[], message: (value: string) => string): Cases {
  return Object.fromEntries(values.map((value, index) => [`${index + 1} ${value.slice(0, 60)}`, message(value)]));
}

function crlf(bytes: Uint8Array): Buffer {
  return Buffer.from(Buffer.from(bytes).toString("latin1").replace(/\r?\n/g, "\r\n"), "latin1");
}

/** A generated message from which lines were taken, doubled, cut or exchanged. */
function damaged(seed: number): Buffer {
  const dice = new Dice(seed * 7919);
  const lines = Buffer.from(generate(seed + 1000).bytes)
    .toString("latin1")
    .split(/\r?\n/);
  for (let count = 1 + dice.below(4); count > 0; count--) {
    const at = dice.below(lines.length);
    const line = lines[at] ?? "";
    const other = lines[dice.below(lines.length)] ?? "";
    lines.splice(
      at,
      1,
      ...dice.pick([[], [line, line], [line.slice(0, dice.below(line.length + 1))], [other], [line, ""]]),
    );
  }
  return Buffer.from(lines.join("\r\n"), "latin1");
}

function encodings(): Cases {
  const bodies: Cases = {
    good: "SGVsbG8gd29ybGQ=\n",
    "no padding": "SGVsbG8gd29ybGQ\n",
    "too much padding": "SGVsbG8=====\n",
    "goes on after padding": "SGVs\nbG8=\nSGVsbG8=\n",
    "strange characters": "SGVs*bG8g!d29y bGQ=\n--\n",
    "one character": "S\n",
    empty: "",
    "soft line breaks": "one=\n two=  \n three\n",
    "bad escapes": "a=ZZb=4=\n=\n=3d=3D=\n",
    "white space at ends": "one  \ntwo\t\n  \n",
    "escape at the end": "one=",
    "8-bit": "gr\xfcn \xe4=FC\n",
    uuencoded: "begin 644 a.txt\n%2&5L;&\\`\n`\nend\n",
    "uuencoded without an end": "begin 644 a.txt\n%2&5L;&\\`\n",
  };
  const names = [
    "7bit",
    "8bit",
    "binary",
    "BASE64",
    "quoted-printable",
    "x-uuencode",
    "x-odd",
    '"base64"',
    "(a) base64 (b)",
    "base64; x=y",
    "",
  ];
  return Object.fromEntries(
    names.flatMap((name) =>
      Object.entries(bodies).map(([what, body]) => [
        `${name || "none"}, ${what}`,
        `${HEAD}Content-Type: application/octet-stream\nContent-Transfer-Encoding: ${name}\n\n${body}`,
      ]),
    ),
  );
}

const TYPES = [
  "text/plain",
  "TEXT/HTML; CHARSET=UTF-8",
  "text",
  "text/",
  "/plain",
  "plain",
  "",
  ";",
  "text/plain;",
  "text/plain;;;",
  "text / plain",
  "(a comment) text/plain",
  "text(a)/(b)plain(c); (d) charset(e)=(f)utf-8(g)",
  "text/plain (unclosed; charset=utf-8",
  '"text/plain"',
  "text/plain charset=utf-8",
  "text/plain, charset=utf-8",
  "text/x y",
  "text/pl\xe4in",
  "text/plain/more",
  "image/png; name=x.png",
  "message/partial; number=1; total=2; id=x",
  'message/external-body; access-type=URL; URL="http://example.org/"',
  "message/delivery-status",
  "message/rfc822; x=y",
  "message/global",
  "message/x-unknown",
  "multipart/mixed",
  'multipart/mixed; boundary=""',
  "multipart/mixed; boundary=never",
  "multipart/digest; boundary=never",
  "x-a/x-b",
  "application/octet-stream; type=a;\n conversions=x",
  "text/plain\n ;\n\tcharset\n =\n utf-8",
  "text/html; charset=us-ascii\nContent-Type: text/plain",
  "text/plain; charset=utf-8; charset=latin1",
];

const PARAMETERS = [
  'name="a b"',
  "name=a b.txt",
  'name="a\\"b"',
  'name="a\\\\b"',
  'name="unclosed',
  'name="a"b"c"',
  "name=",
  'name=""',
  "name",
  "name; charset=utf-8",
  "=value",
  '"name"=value',
  "name = value",
  "name=\n\tvalue",
  'name="a\n b"',
  "NAME=VALUE",
  "name=a;name=b",
  "name*0=a;name*1=b",
  "name*1=b;name*0=a",
  "name*0=a;name*2=c",
  "name*1=b;name*2=c",
  "name*0*=utf-8''%E2%82%AC;name*1=x",
  "name*0*=utf-8''a%20;name*1*=b%20;name*2=\"c d\"",
  "name*0=a;name*1*=%20b",
  "name*=utf-8''%E2%82%AC",
  "name*=utf-8'en'%E2%82%AC%20rates",
  "name*=%E2%82%AC",
  "name*=utf-8''%E2%82",
  "name*=utf-8''%ZZ",
  "name*=x;name=y",
  "name=y;name*=utf-8''x",
  "name*0=a;name*0=b",
  "name*00=a;name*01=b",
  "name*x=a",
  "name**=a",
  "name*0**=a",
  "name==?utf-8?q?a?=",
  'name="=?utf-8?q?a_b?="',
  "name=gr\xfcn",
  'name="gr\xfcn"',
  "name=a(b)c",
  'name="a" (comment)',
  "name=a,b",
  "name=a@b:c",
  "name=a/b",
  "name='a b'",
  "name=<a>",
  `name=${"x".repeat(1200)}`,
  Array.from({ length: 60 }, (_, i) => `p${i}=v${i}`).join("; "),
];

const DISPOSITIONS = [
  "Content-Disposition: attachment",
  'Content-Disposition: ATTACHMENT; FILENAME="a"',
  "Content-Disposition: ",
  "Content-Disposition: ; filename=a",
  "Content-Disposition: attachment filename=a",
  'Content-Disposition: "inline"',
  'Content-Disposition: x-odd; size=1; read-date="Mon, 7 Feb 1994 21:52:25 -0800"',
  "Content-Disposition: attachment (c); (d) filename (e) = (f) a (g)",
  "Content-Disposition: attachment; filename*0*=utf-8''a; filename*1=b",
  "Content-Disposition: inline\nContent-Disposition: attachment",
  "Content-Language: de",
  "Content-Language: de, en-GB ,fr",
  "Content-Language: (a) de (b), (c) en",
  "Content-Language: ",
  "Content-Language: ,",
  "Content-Language: de en",
  "Content-Location: http://example.org/\n a",
  'Content-Location: "http://example.org/a"',
  "Content-Location: ",
  "Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==",
  "Content-MD5: ",
  "Content-ID: <a@b>",
  "Content-ID: a@b (c)",
  "Content-ID: <a @ b>",
  "Content-ID: ",
  "Content-Description: a  b\n  c",
  "Content-Description: ",
  "Content-Description: =?utf-8?q?a?= (b)",
  "Content-Description: gr\xfcn",
  'Content-Description: "a\\b"',
];

const ADDRESSES = [
  "ben@example.org",
  "Ben <ben@example.org>",
  '"Ben, the \\"second\\"" <ben@example.org>',
  "Ben Example <ben@example.org>, carl@example.org",
  "ben@example.org (Ben)",
  "(a) ben (b) @ (c) example (d) . (e) org (f)",
  "(a(nested)b) ben@example.org",
  "(a \\) b) ben@example.org",
  "(unclosed ben@example.org",
  "ben@example.org) closed",
  "Ben <ben@example.org> (a comment)",
  "Ben (a comment) <ben@example.org>",
  "<ben@example.org>",
  "<>",
  "Ben <>",
  "<@a.example,@b.example:ben@example.org>",
  "Ben <@a.example:ben@example.org>",
  "undisclosed-recipients:;",
  "Team: ben@example.org, Carl <carl@example.org>;",
  "Team:; , ben@example.org",
  '"The team": ben@example.org;',
  "Team: ben@example.org",
  "A: b@example.org;, C: d@example.org;",
  "A: b@example.org; C: d@example.org;",
  "A: B: c@example.org;;",
  "",
  " ",
  ",",
  ",,ben@example.org,,",
  ";",
  "ben",
  "Ben Example",
  '"Ben Example"',
  '"ben"@example.org',
  '"ben b"@example.org',
  '"ben\\"b"@example.org',
  "ben@",
  "@example.org",
  "ben@example",
  "ben@[192.0.2.1]",
  "ben@[IPv6:2001:db8::1]",
  "ben@[unclosed",
  "ben@@example.org",
  "ben@a@example.org",
  "ben.@example.org",
  ".ben@example.org",
  "be..n@example.org",
  "ben @example.org",
  "ben@ example.org",
  "ben . example @ example . org",
  "ben@example.org carl@example.org",
  "ben@example.org; carl@example.org",
  "Ben ben@example.org",
  "Ben <ben@example.org",
  "Ben ben@example.org>",
  "Ben <<ben@example.org>>",
  "Ben <ben@example.org> Carl <carl@example.org>",
  "=?utf-8?q?Gr=C3=BCn?= <ben@example.org>",
  '"=?utf-8?q?Gr=C3=BCn?=" <ben@example.org>',
  "=?utf-8?q?a?= =?utf-8?q?b?= <ben@example.org>",
  "Gr\xfcn <ben@example.org>",
  "Gr\xc3\xbcn <gr\xc3\xbcn@example.org>",
  "J. R. Tolkien <ben@example.org>",
  "A . B <ben@example.org>",
  "O'Hara <ben@example.org>",
  "a\\b <ben@example.org>",
  "Ben\n <ben@example.org>,\n carl@example.org",
  "ben@exam\n ple.org",
  '"a\n b" <ben@example.org>',
  "MAILER-DAEMON",
  "ben%host@example.org",
  "host!ben",
  "ben at example.org",
  "'ben@example.org'",
  "mailto:ben@example.org",
  "<mailto:ben@example.org>",
  '"ben@example.org" <ben@example.org>',
  "ben@example.org <ben@example.org>",
  "a  b\tc <ben@example.org>",
  Array.from({ length: 50 }, (_, i) => `p${i} <p${i}@example.org>`).join(",\n "),
];

function headers(): Cases {
  return {
    none: "\nbody\n",
    "nothing at all": "",
    "one line end": "\n",
    "without a blank line": "From: ann@example.org\nSubject: x\n",
    "without a line end": "Subject: x",
    "text at once": "This is no header.\nThis neither.\n\nbody\n",
    "a line that is no field": "Subject: a\nno field\nTo: ben@example.org\n\nbody\n",
    "a continuation first": " folded\nSubject: a\n\nbody\n",
    "From of a mailbox file": "From ann Mon Feb  7 21:52:25 1994\nSubject: a\n\nbody\n",
    ">From": ">From ann\nSubject: a\n\nbody\n",
    "blanks before the colon": "Subject : a\nTo\t: ben@example.org\n\nbody\n",
    "no blank after the colon": "Subject:a\n\nbody\n",
    "empty name": ": a\nSubject: b\n\nbody\n",
    "empty values": "Subject:\nFrom:\nDate:\nMessage-ID:\nIn-Reply-To:\nTo:\n\nbody\n",
    "blank values": "Subject: \nFrom: \nDate:  \nMessage-ID:\t\nIn-Reply-To: \n \n\nbody\n",
    "folded blank lines": "Subject: a\n \n\t\n b\nTo: ben@example.org\n\nbody\n",
    "a line of blanks ends nothing": "Subject: a\n   \nTo: ben@example.org\n\nbody\n",
    "folded in all ways": "Subject:\n a\n\tb\n  c\nDate:\n Mon, 7 Feb 1994\n  21:52:25 -0800\n\nbody\n",
    "twice each":
      "Subject: a\nSubject: b\nFrom: a@example.org\nFrom: b@example.org\nDate: x\nDate: y\nMessage-ID: <a>\nMessage-ID: <b>\nTo: c@example.org\nTo: d@example.org\n\nbody\n",
    "sender and reply-to":
      "From: a@example.org\nSender: b@example.org\nReply-To: c@example.org, d@example.org\n\nbody\n",
    "empty sender": "From: a@example.org\nSender:\nReply-To: <>\n\nbody\n",
    "no from": "To: a@example.org\nSender: b@example.org\n\nbody\n",
    "odd date": 'Date: gr\xfcn "quoted" (comment)\n\nbody\n',
    "odd identifiers":
      "Message-ID: <a b@c> (d) <e@f>\nIn-Reply-To: Ann's message of Monday <x@y>\nReferences: a b c\n\nbody\n",
    "folded identifiers": "Message-ID:\n <a@b>\nIn-Reply-To: <c@d>\n <e@f>\n\nbody\n",
    "8-bit subject": "Subject: gr\xfcn \xff\x80\n\nbody\n",
    "UTF-8 subject": "Subject: gr\xc3\xbcn\n\nbody\n",
    "quotes in the subject": 'Subject: a "b" \\c\\\n\nbody\n',
    "control characters": "Subject: a\x01\x07\x0b\x0c\x1b\x7fb\n\nbody\n",
    "encoded words": "Subject: =?utf-8?q?a?=\n =?utf-8?b?YmI=?= c\n\nbody\n",
    "encoded line ends": "Subject: =?utf-8?q?a=0D=0Ab?=\n\nbody\n",
    "8-bit name": "S\xfcbject: a\nSubject: b\n\nbody\n",
    "odd names": "X-A_b.c!: a\nX/Y: b\nX(Y): c\n\nbody\n",
    "names in capitals": "SUBJECT: a\nFROM: ANN@EXAMPLE.ORG\nCONTENT-TYPE: TEXT/HTML\n\nbody\n",
    "a name of a thousand": `${"X".repeat(1000)}: a\nSubject: b\n\nbody\n`,
    "a line of 100,000": `Subject: ${"x".repeat(100_000)}\nTo: ben@example.org\n\nbody\n`,
    "a thousand folds": `Subject: a${"\n b".repeat(1000)}\n\nbody\n`,
    "two thousand fields": `${Array.from({ length: 2000 }, (_, i) => `X-${i}: ${i}\n`).join("")}Subject: last\n\nbody\n`,
    "200 kB of one field": `X-Long: ${`${"word ".repeat(14)}\n `.repeat(2800)}\nSubject: after\n\nbody\n`,
    "ten megabytes": `${`X-Long: ${"x".repeat(990)}\n`.repeat(10_000)}Subject: after\nTo: ben@example.org\n\nbody\n`,
    "a thousand references": `References: ${Array.from({ length: 1000 }, (_, i) => `<${i}@example.org>`).join("\n ")}\n\nbody\n`,
    "version with a comment": `From: a@example.org\nMIME-Version: (a) 1.0 (b)\nContent-Type: text/html\n\nbody\n`,
    "no version": "From: a@example.org\nContent-Type: text/html; charset=utf-8\n\nbody\n",
    "MIME fields twice":
      "Content-ID: <a>\nContent-ID: <b>\nContent-Description: a\nContent-Description: b\nContent-Transfer-Encoding: 8bit\nContent-Transfer-Encoding: base64\n\nbody\n",
  };
}

function mixed(body: string, boundary = "b", type = "mixed"): string {
  return `${HEAD}Content-Type: multipart/${type}; boundary="${boundary}"\n\n${body}`;
}

const PART = "Content-Type: text/plain\n\npart\n";

function boundaries(): Cases {
  const inner = (boundary: string, body: string) => `Content-Type: multipart/mixed; boundary="${boundary}"\n\n${body}`;
  const spelled: Cases = Object.fromEntries(
    [
      "a b",
      "a b ",
      " a",
      "a'()+_,-./:=?",
      "--",
      "-",
      "=_a",
      "a\\b",
      "a;b",
      "a(b)c",
      "\xfc",
      "a".repeat(70),
      "a".repeat(71),
      "a".repeat(200),
      "a".repeat(300),
    ].map((it) => [
      `spelled ${it.length > 20 ? it.length : it}`,
      mixed(`--${it}\n${PART}--${it}\n${PART}--${it}--\n`, it),
    ]),
  );
  return {
    ...spelled,
    plain: mixed(`--b\n${PART}\n--b\n${PART}\n--b--\n`),
    "preamble and epilogue": mixed(`preamble\n--b\n${PART}--b--\nepilogue\n`),
    "at once": `${HEAD}Content-Type: multipart/mixed; boundary=b\n--b\n${PART}--b--\n`,
    "no end": mixed(`--b\n${PART}--b\n${PART}`),
    "no end and no line end": mixed("--b\nContent-Type: text/plain\n\npart"),
    "end without a line end": mixed(`--b\n${PART}--b--`),
    "only the end": mixed("--b--\n"),
    "only the beginning": mixed("--b\n"),
    "the beginning without a line end": mixed("--b"),
    "nothing but the header": `${HEAD}Content-Type: multipart/mixed; boundary=b\n`,
    "nothing after the blank line": mixed(""),
    "never there": mixed("text\ntext\n"),
    "one dash": mixed(`-b\n${PART}-b--\n`),
    "three dashes": mixed(`---b\n${PART}--b\n${PART}--b--\n`),
    "not at the start of a line": mixed(`x--b\n${PART} --b\n${PART}--b\n${PART}--b--\n`),
    "white space behind": mixed(`--b \t \n${PART}--b\t\n${PART}--b-- \n`),
    "text behind": mixed(`--bx\n${PART}--b y\n${PART}--b\n${PART}--b--z\n`),
    "one dash behind": mixed(`--b\n${PART}--b-\n${PART}--b--\n`),
    "three dashes behind": mixed(`--b\n${PART}--b---\n${PART}--b--\n`),
    "goes on after the end": mixed(`--b\n${PART}--b--\n--b\n${PART}--b--\n`),
    "end before the beginning": mixed(`--b--\n--b\n${PART}--b--\n`),
    "empty parts": mixed("--b\n--b\n\n--b\n\n\n--b\n\n\n\n--b--\n"),
    "header only": mixed("--b\nContent-Type: text/html\n--b\nX: y\n\n--b\nX: y--b\n--b--\n"),
    "no header": mixed("--b\n\npart\n--b--\n"),
    "text for a header": mixed("--b\nnot a field\n\npart\n--b--\n"),
    "in other letters": mixed(`--B\n${PART}--b\n${PART}--B--\n`),
    "folded parameter": `${HEAD}Content-Type: multipart/mixed;\n boundary="b\n c"\n\n--b c\n${PART}--b c--\n`,
    continued: `${HEAD}Content-Type: multipart/mixed; boundary*0=a; boundary*1=b\n\n--ab\n${PART}--ab--\n`,
    extended: `${HEAD}Content-Type: multipart/mixed; boundary*=us-ascii''a%2Fb\n\n--a/b\n${PART}--a/b--\n`,
    twice: `${HEAD}Content-Type: multipart/mixed; boundary=a; boundary=b\n\n--a\n${PART}--b\n${PART}--a--\n`,
    unquoted: `${HEAD}Content-Type: multipart/mixed; boundary=a b\n\n--a\n${PART}--a b\n${PART}--a--\n`,
    "a comment behind": `${HEAD}Content-Type: multipart/mixed; boundary=a (b)\n\n--a\n${PART}--a--\n`,
    "unclosed quote": `${HEAD}Content-Type: multipart/mixed; boundary="a\n\n--a\n${PART}--a--\n`,
    "inner is longer": mixed(`--b\n${inner("bb", `--bb\n${PART}--bb\n${PART}--bb--\n`)}\n--b\n${PART}--b--\n`),
    "inner is a prefix": mixed(`--bb\n${inner("b", `--b\n${PART}--b\n${PART}--b--\n`)}\n--bb\n${PART}--bb--\n`, "bb"),
    "inner is the same": mixed(`--b\n${inner("b", `--b\n${PART}--b\n${PART}--b--\n`)}\n--b\n${PART}--b--\n`),
    "inner does not end": mixed(`--b\n${inner("i", `--i\n${PART}--i\n${PART}`)}--b\n${PART}--b--\n`),
    "inner does not begin": mixed(`--b\n${inner("i", "")}--b\n${PART}--b--\n`),
    "inner without lines": mixed(`--b\n${inner("i", "--i\n\n--i--")}\n--b--\n`),
    "inner ends after outer": mixed(`--b\n${inner("i", `--i\n${PART}`)}--b--\n--i\n${PART}--i--\n`),
    "outer is the end of inner": mixed(`--i\n${inner("i--", `--i--\n${PART}--i----\n`)}--i--\n`, "i"),
    "inner has dashes": mixed(`--b\n${inner("b--", `--b--\n${PART}--b----\n`)}\n--b\n${PART}--b--\n`),
    "three levels cut by the outermost": mixed(
      `--a\n${inner("b", `--b\n${inner("c", `--c\n${PART}`)}`)}--a\n${PART}--a--\n`,
      "a",
    ),
    "header cut by outer": mixed(`--b\nContent-Type: multipart/mixed;\n boundary=i\n--b\n${PART}--b--\n`),
    "encoded multipart": `${HEAD}Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n${PART}--b--\n`,
    "8-bit preamble": mixed(`gr\xfcn\n\n--b\n${PART}--b--\n`),
    "a thousand parts": mixed(`${`--b\n${PART}`.repeat(1000)}--b--\n`),
    "no version": `From: a@example.org\nContent-Type: multipart/mixed; boundary=b\n\n--b\n${PART}--b--\n`,
    "alternative with html": mixed(
      `--b\n${PART}--b\nContent-Type: text/html; charset=utf-8\n\n<p>part\n--b--\n`,
      "b",
      "alternative",
    ),
    digest: mixed(`--b\n\nSubject: one\n\nbody\n--b\n\nSubject: two\n\nbody\n--b--\n`, "b", "digest"),
    "digest with types": mixed(
      `--b\nContent-Type: text/plain\n\ntext\n--b\nContent-Type: message/rfc822\n\nSubject: two\n\nbody\n--b\nContent-Description: none\n\nSubject: three\n\nbody\n--b--\n`,
      "b",
      "digest",
    ),
    "digest without blank lines": mixed(`--b\nSubject: one\n\nbody\n--b--\n`, "b", "digest"),
    "digest with an invalid type": mixed(`--b\nContent-Type: odd\n\nSubject: one\n\nbody\n--b--\n`, "b", "digest"),
    "digest of nothing": mixed("--b\n\n--b\n\n\n--b--\n", "b", "digest"),
    report: mixed(
      `--b\n${PART}--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b\n--b\nContent-Type: text/rfc822-headers\n\nSubject: x\n--b--\n`,
      "b",
      "report",
    ),
  };
}

function nestings(): Cases {
  const message = (depth: number): string =>
    depth === 0
      ? "Subject: innermost\n\nbody\n"
      : `Subject: ${depth}\nContent-Type: message/rfc822\n\n${message(depth - 1)}`;
  const parts = (depth: number): string =>
    depth === 0
      ? PART
      : `Content-Type: multipart/mixed; boundary=b${depth}x\n\n--b${depth}x\n${parts(depth - 1)}\n--b${depth}x--\n`;
  const both = (depth: number): string =>
    depth === 0
      ? PART
      : `Content-Type: multipart/mixed; boundary=b${depth}x\n\n--b${depth}x\nContent-Type: message/rfc822\n\nSubject: ${depth}\n${both(depth - 1)}\n--b${depth}x--\n`;
  const cases: Record<string, string> = {};
  for (const depth of [1, 2, 3, 5, 10, 20, 40, 60, 120]) {
    cases[`messages ${depth} deep`] = message(depth);
    cases[`multiparts ${depth} deep`] = HEAD + parts(depth);
    cases[`both ${depth} deep`] = HEAD + both(depth);
  }
  const holder = (fields: string, inner: string) => `${HEAD}Content-Type: message/rfc822\n${fields}\n${inner}`;
  return {
    ...cases,
    "message in base64": holder("Content-Transfer-Encoding: base64\n", "U3ViamVjdDogeA0KDQpib2R5DQo=\n"),
    "message in quoted-printable": holder("Content-Transfer-Encoding: quoted-printable\n", "Subject: x\n\n=41\n"),
    "message in 8bit": holder("Content-Transfer-Encoding: 8bit\n", "Subject: x\n\ngr\xfcn\n"),
    "empty message": holder("", ""),
    "message of a line end": holder("", "\n"),
    "message without a body": holder("", "Subject: x\n"),
    "message without a line end": holder("", "Subject: x"),
    "message of text": holder("", "no header\n\nbody\n"),
    "message with html": holder("", "Subject: x\nContent-Type: text/html\n\n<p>\n"),
    "message with a multipart": holder("", mixed(`--b\n${PART}--b\n${PART}--b--\n`)),
    "message cut by a boundary": mixed(`--b\nContent-Type: message/rfc822\n\nSubject: x\n--b\n${PART}--b--\n`),
    "message with the same boundary": mixed(
      `--b\nContent-Type: message/rfc822\n\n${mixed(`--b\n${PART}--b--\n`)}\n--b\n${PART}--b--\n`,
    ),
    "message with all fields": holder(
      "",
      "From: a@example.org\nTo: b@example.org\nCc: c@example.org\nBcc: d@example.org\nSubject: x\nDate: y\nMessage-ID: <z>\nIn-Reply-To: <w>\n\nbody\n",
    ),
    "global message": `${HEAD}Content-Type: message/global\n\nSubject: gr\xc3\xbcn\n\nbody\n`,
    "news message": `${HEAD}Content-Type: message/news\n\nSubject: x\n\nbody\n`,
  };
}

function charsets(): Cases {
  const names = [
    "utf-7",
    "utf-16",
    "iso-2022-jp",
    "windows-1252",
    "unknown-8bit",
    "x y",
    "",
    "UTF8",
    "=?utf-8?q?utf-8?=",
    "gb18030",
  ];
  return Object.fromEntries(
    names.map((name) => [
      name || "empty",
      `${HEAD}Content-Type: text/plain; charset="${name}"\nContent-Transfer-Encoding: 8bit\n\n+AGE- \x1b$B$3\x1b(B \xe4\xff\xfe gr\xc3\xbcn\n`,
    ]),
  );
}

/** These say for themselves what ends their lines. */
function lineEnds(): Readonly<Record<string, Buffer>> {
  const cases: Cases = {
    "LF only": "Subject: a\nContent-Type: text/plain\n\none\ntwo\n",
    "LF only in a multipart": "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n--b--\n",
    "LF and CRLF": "Subject: a\nTo: b@example.org\r\n\none\r\ntwo\n",
    "LF before a boundary": "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\n--b\n\r\ntwo\r\n--b--\n",
    "bare CR in the header": "Subject: a\rTo: b@example.org\r\nCc: c@example.org\r\n\r\nbody\r\n",
    "bare CR in the body": "Subject: a\r\n\r\none\rtwo\r\rthree\r",
    "CR only": "Subject: a\rTo: b@example.org\r\rone\rtwo\r",
    "CR before CRLF": "Subject: a\r\r\n\r\r\none\r\r\ntwo\r\r\n",
    "CR before a boundary":
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r--b\r\n\r\ntwo\r\r\n--b--\r\n",
    "CR behind a boundary": "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\r\n\r\none\r\n--b--\r",
    "LF CR": "Subject: a\n\r\n\rone\n\r",
    "no line end at the end": "Subject: a\r\n\r\nbody",
    "only a CR": "\r",
    "only an LF": "\n",
    "a CR at the end": "Subject: a\r\n\r\nbody\r",
    "a line of 100,000": `Subject: a\r\n\r\n${"x".repeat(100_000)}\r\n`,
    "50,000 empty lines": `Subject: a\r\n\r\n${"\r\n".repeat(50_000)}`,
    "a single dot": "Subject: a\r\n\r\n.\r\n..\r\n",
    "From in the body": "Subject: a\r\n\r\nFrom b\r\n>From c\r\n",
    "every octet but NUL": `Subject: a\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${String.fromCharCode(...Array.from({ length: 255 }, (_, i) => i + 1))}\r\n`,
    "NUL in the body": "Subject: a\r\nContent-Transfer-Encoding: binary\r\n\r\none\0two\r\n",
    "NUL in the header": "Subject: a\0b\r\nTo: b\0@example.org\r\n\r\nbody\r\n",
    "NUL in a boundary": 'Content-Type: multipart/mixed; boundary="b\0c"\r\n\r\n--b\0c\r\n\r\none\r\n--b\0c--\r\n',
  };
  return Object.fromEntries(Object.entries(cases).map(([name, text]) => [name, Buffer.from(text, "latin1")]));
}
