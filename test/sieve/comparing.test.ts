/** The examples of the extensions that compare: RFC 5229, 5231, 5232, 5233, 5173, 5260, regex; script, message, what comes of it. */
import { expect, test } from "bun:test";
import { examples, sieve } from "./harness.ts";

const ACME = `Subject: [acme-users] [fwd] version 1.0 is out
List-Id: Dave Null <dnull@example.net>
From: coyote@ACME.Example.COM
To: acme-users@rewrite.example.com

`;
const set = (modifiers: string, value: string) =>
  `require ["variables", "fileinto", "enotify", "regex"]; set "a" "juMBlEd lETteRS"; set ${modifiers} "b" "${value}"; fileinto "\${b}";`;

/** RFC 5229 §4.1. */
const MODIFIED: readonly (readonly [string, string, string])[] = [
  ["", `\${a}`, "juMBlEd lETteRS"],
  [":length", `\${a}`, "15"],
  [":lower", `\${a}`, "jumbled letters"],
  [":upperfirst", `\${a}`, "JuMBlEd lETteRS"],
  [":upperfirst :lower", `\${a}`, "Jumbled letters"],
  [":quotewildcard", "Rock*", "Rock\\*"],
  [":length", "Grüße", "5"],
  [":lowerfirst :upper", `\${a}`, "jUMBLED LETTERS"],
  [":quoteregex", "a.b*c", "a\\.b\\*c"],
  [":encodeurl", "Grüße & mehr", "Gr%C3%BC%C3%9Fe%20%26%20mehr"],
  [":length :quotewildcard", "a*b", "4"],
];

examples([
  ...MODIFIED.map(([modifiers, value, expected]) => ({
    from: `RFC 5229 §4.1: set ${modifiers} ${value}`,
    script: set(modifiers, value),
    on: "",
    gives: [`fileinto ${expected}`],
  })),
  {
    from: "RFC 5229 §3: what is no variable stays",
    script: `require ["variables", "fileinto"]; set "company" "ACME"; fileinto "&%\${}!/\${doh!}/\${company}/\${President, \${Company} Inc.}/\${\${company}}";`,
    on: "",
    gives: [`fileinto &%\${}!/\${doh!}/ACME/\${President, ACME Inc.}/\${ACME}`],
  },
  {
    from: "RFC 5229 §3: names do not mind case, and what was never set is empty",
    script: `require ["variables", "fileinto"]; set "honorific" "Mr"; fileinto "\${HONORIFIC}\${nobody}\${1}";`,
    on: "",
    gives: ["fileinto Mr"],
  },
  {
    from: "RFC 5229 §3.2: what wildcards stood for",
    script: `require ["fileinto", "variables"];
if header :matches "List-ID" "*<*@*" { fileinto "INBOX.lists.\${2}"; stop; }
if header :matches :comparator "i;octet" "Subject" "[*] *" { set "x" "1"; }
if header :matches "Subject" "[*] *" { set "subj" "\${1}"; fileinto "\${subj} \${2}"; }`,
    on: ACME.replace("List-Id", "X-List"),
    gives: ["fileinto acme-users [fwd] version 1.0 is out"],
  },
  {
    from: "RFC 5229 §3.2: by the list's identifier",
    script: `require ["fileinto", "variables"]; if header :matches "List-ID" "*<*@*" { fileinto "INBOX.lists.\${2}"; }`,
    on: ACME,
    gives: ["fileinto INBOX.lists.dnull"],
  },
  {
    from: "RFC 5229 §3.2: the first match counts, a failed one leaves it",
    script: `require ["variables", "fileinto"]; if address :matches ["To", "Cc"] ["coyote@**.com", "wile@**.com"] { set "t" "1"; } if header :matches "subject" "nothing*" { stop; } fileinto "\${0}|\${1}|\${2}";`,
    on: "To: wile@acme.example.com\n\n",
    gives: ["fileinto wile@acme.example.com||acme.example"],
  },
  {
    from: "RFC 5229 §5: the test string",
    script: `require ["variables", "relational", "comparator-i;ascii-numeric", "fileinto"]; set "state" "\${state} pending"; if string :matches " \${state} " "* pending *" { fileinto "pending"; } if string :count "eq" :comparator "i;ascii-numeric" ["", "a", "b"] "2" { fileinto "two"; }`,
    on: "",
    gives: ["fileinto pending", "fileinto two"],
  },
  {
    from: "RFC 5231 §6: :count of recipients",
    script: `require ["relational", "comparator-i;ascii-numeric"]; if address :count "ge" :comparator "i;ascii-numeric" ["to", "cc"] ["3"] { discard; }`,
    on: "To: a@example.org, b@example.org\nCc: Team: c@example.org;\n\n",
    gives: ["discard"],
  },
  {
    from: "RFC 5231 §9: a priority, and two fields that are there",
    script: `require ["relational", "comparator-i;ascii-numeric", "fileinto"];
if header :value "lt" :comparator "i;ascii-numeric" ["x-priority"] ["3"] { fileinto "Priority"; }
elsif address :count "gt" :comparator "i;ascii-numeric" ["to"] ["5"] { fileinto "SPAM"; }
elsif address :value "gt" :all ["from"] ["M"] { fileinto "From N-Z"; } else { fileinto "From A-M"; }
if allof (address :count "eq" :comparator "i;ascii-numeric" ["to", "cc"] ["1"], address :all :comparator "i;ascii-casemap" ["to", "cc"] ["me@foo.example.com"]) { fileinto "Only me"; }`,
    on: "X-Priority: 4\nFrom: zora@example.org\nTo: me@foo.example.com\n\n",
    gives: ["fileinto From N-Z", "fileinto Only me"],
  },
  {
    from: "RFC 5231 §4.1: :value compares every field",
    script: `require "relational"; if header :value "ne" "a" "x" { discard; }`,
    on: "a: x\na: y\n\n",
    gives: ["discard"],
  },
  {
    from: "RFC 4790 §9.1: what is no number is greater than all",
    script: `require ["relational", "comparator-i;ascii-numeric", "fileinto"]; if header :value "gt" :comparator "i;ascii-numeric" "a" "99999999999999999999999" { fileinto "inf"; } if header :comparator "i;ascii-numeric" "b" "7" { fileinto "seven"; } if header :comparator "i;ascii-numeric" "c" "0" { fileinto "zero"; }`,
    on: "a: none\nb: 007 of nine\nc: 00\n\n",
    gives: ["fileinto inf", "fileinto seven", "fileinto zero"],
  },
  {
    from: "RFC 5051: letters of all scripts",
    script: `require ["comparator-i;unicode-casemap", "variables", "fileinto"]; if header :matches :comparator "i;unicode-casemap" "subject" "gr?SSE *" { fileinto "\${1}-\${2}"; }`,
    on: "Subject: GRÜßE Ångström\n\n",
    gives: ["keep"],
  },
  {
    from: "RFC 5051: one character stands for one",
    script: `require ["comparator-i;unicode-casemap", "variables", "fileinto"]; if header :matches :comparator "i;unicode-casemap" "subject" "gr?ne *" { fileinto "\${1}-\${2}"; }`,
    on: "Subject: GRÜNE Ångström\n\n",
    gives: ["fileinto Ü-Ångström"],
  },
  {
    from: "RFC 5228 §2.7.1: under i;ascii-casemap one octet stands for one",
    script: `require "fileinto"; if header :matches "subject" "gr?ne" { fileinto "one"; } if header :matches "subject" "gr??ne" { fileinto "two"; }`,
    on: "Subject: Grüne\n\n",
    gives: ["fileinto two"],
  },
  {
    from: "RFC 5232 §3.1: setflag",
    script: `require ["fileinto", "imap4flags"]; if size :over 500K { setflag "\\\\Deleted"; } setflag ["\\\\Answered", "\\\\Seen"]; if header :contains "from" "boss@frobnitzm.example.edu" { setflag "\\\\Flagged"; fileinto "INBOX.From Boss"; }`,
    on: "From: boss@frobnitzm.example.edu\n\n",
    gives: ["fileinto INBOX.From Boss \\Flagged"],
  },
  {
    from: "RFC 5232 §3.2: addflag, several in one string, each once",
    script: `require "imap4flags"; addflag "\\\\Deleted"; addflag ["\\\\deleted \\\\Answered", "$Forwarded"];`,
    on: "",
    gives: ["keep \\Deleted \\Answered $Forwarded"],
  },
  {
    from: "RFC 5232 §3.3: removeflag from a variable",
    script: `require ["imap4flags", "variables"]; setflag "MyVar" "\\\\Answered \\\\Flagged \\\\Seen"; removeflag "MyVar" "\\\\answered"; if hasflag :contains "MyVar" "\\\\Answered" { discard; } keep :flags "\${MyVar}";`,
    on: "",
    gives: ["keep \\Flagged \\Seen"],
  },
  {
    from: "RFC 5232 §4: hasflag",
    script: `require ["imap4flags", "variables", "relational", "comparator-i;ascii-numeric", "fileinto"];
addflag "MyVar" ["NonJunk", "Junk", "gnus-forward", "$Forwarded", "NotJunk", "JunkRecorded", "$Junk", "$NotJunk"];
if hasflag :contains "MyVar" "Junk" { fileinto "a"; }
if hasflag :contains "MyVar" ["label", "forward"] { fileinto "b"; }
if hasflag :count "ge" :comparator "i;ascii-numeric" "MyVar" "8" { fileinto "c"; }
if hasflag :is "MyVar" "Forwarded" { fileinto "d"; }`,
    on: "",
    gives: ["fileinto a", "fileinto b", "fileinto c"],
  },
  {
    from: "RFC 5232 §6: the whole of it",
    script: `require ["fileinto", "imap4flags", "variables"];
if size :over 1M { addflag "MyFlags" "Big"; if header :is "From" "boss@company.example.com" { addflag "MyFlags" "Important"; } }
if header :contains ["Subject"] ["make money"] { fileinto :flags "\\\\Deleted" "Junk"; } 
if header :is ["from"] ["a@example.org"] { setflag "\\\\Seen"; keep; }`,
    on: "From: a@example.org\n\n",
    gives: ["keep \\Seen"],
  },
  {
    from: "RFC 5233 §4: the parts of a subaddress",
    script: `require ["envelope", "subaddress", "fileinto"];
if envelope :detail "to" "spam" { fileinto "spam"; }
if allof (envelope :localpart ["to"] ["postmaster"], envelope :domain ["to"] ["example.com"]) { fileinto "postmaster"; }
if envelope :user "to" "ken" { fileinto "ken"; }
if address :detail "cc" "" { fileinto "empty"; }
if address :contains :detail "bcc" "" { fileinto "none"; }`,
    on: { text: "Cc: ken+@example.org\nBcc: ken@example.org\n\n", to: "ken+spam@example.com" },
    gives: ["fileinto spam", "fileinto ken", "fileinto empty"],
  },
  {
    from: "RFC 5173 §5.1: raw bodies",
    script: `require "body"; if body :raw :contains "MAKE MONEY FAST" { discard; }`,
    on: "Subject: x\n\nPlease make money fast.\n",
    gives: ["discard"],
  },
  {
    from: "RFC 5173 §5.2: content of some types, prologue and inner header",
    script: `require ["body", "fileinto"];
if body :content "text" :contains ["missile", "coordinates"] { fileinto "secrets"; }
if body :content "audio/mp3" :contains ["jingle"] { fileinto "jingles"; }
if body :content "multipart" :contains "prologue" { fileinto "prologue"; }
if body :content "message/rfc822" :contains "inner" { fileinto "inner"; }
if body :content "" :contains "epilogue" { fileinto "epilogue"; }
if body :content "text/plain" :contains "<b>" { fileinto "wrong"; }`,
    on: `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

This is the prologue.
--outer
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

${Buffer.from("<b>The missile</b>").toString("base64")}
--outer
Content-Type: message/rfc822

Subject: an inner message

Hello
--outer--
This is the epilogue.
`,
    gives: ["fileinto secrets", "fileinto prologue", "fileinto inner", "fileinto epilogue"],
  },
  {
    from: "RFC 5173 §5.3: text is what a person reads",
    script: `require ["body", "fileinto"]; if body :text :contains "project schedule" { fileinto "project/schedule"; } if body :text :contains "<p>" { fileinto "wrong"; }`,
    on: "Content-Type: text/html\n\n<p>The project&#32;<i>schedule</i></p>\n",
    gives: ["fileinto project/schedule"],
  },
  {
    from: "RFC 5173 §6: body sets no variables",
    script: `require ["body", "variables", "fileinto"]; if header :matches "subject" "*" { if body :raw :matches "*make*" { fileinto "\${1}"; } }`,
    on: "Subject: kept\n\nmake\n",
    gives: ["fileinto kept"],
  },
  {
    from: "RFC 5260 §4: dates of messages",
    script: `require ["date", "relational", "fileinto"];
if allof (header :is "from" "boss@example.com", date :value "ge" :originalzone "date" "hour" "09", date :value "lt" :originalzone "date" "hour" "17") { fileinto "urgent"; }
if anyof (date :is "received" "weekday" "0", date :is "received" "weekday" "6") { fileinto "weekend"; }`,
    on: "Received: from a by b; Sat, 21 Nov 2026 10:00:00 +0000\nFrom: boss@example.com\nDate: Sat, 21 Nov 2026 09:30:00 -0800\n\n",
    gives: ["fileinto urgent", "fileinto weekend"],
  },
  {
    from: "RFC 5260 §5: the date now",
    script: `require ["date", "relational", "fileinto"];
if anyof (currentdate :is "weekday" "1", currentdate :value "lt" "hour" "03") { fileinto "monday"; }
if allof (currentdate :value "ge" "date" "2026-11-20", currentdate :value "le" "date" "2026-11-30") { fileinto "away"; }
if currentdate :zone "-0500" "iso8601" "2026-11-22T21:30:00-05:00" { fileinto "zone"; }
if currentdate "std11" "Mon, 23 Nov 2026 02:30:00 +0000" { fileinto "std11"; }
if currentdate "julian" "61367" { fileinto "julian"; }`,
    on: "",
    gives: ["fileinto monday", "fileinto away", "fileinto zone", "fileinto std11", "fileinto julian"],
  },
  {
    from: "RFC 5260 §6: one field of several",
    script: `require ["date", "relational", "index", "fileinto"];
if date :value "gt" :index 2 :zone "-0500" "received" "iso8601" "2007-02-26T09:00:00-05:00" { fileinto "aged"; }
if header :index 1 :last :contains "received" "first" { fileinto "last"; }
if header :index 3 :contains "received" "" { fileinto "wrong"; }`,
    on: "Received: second; Mon, 26 Feb 2007 14:00:00 +0000\nReceived: first; Mon, 26 Feb 2007 14:00:01 +0000\n\n",
    gives: ["fileinto aged", "fileinto last"],
  },
  {
    from: "draft-ietf-sieve-regex §6: addresses of a kind, and what the groups were",
    script: `require ["regex", "variables", "fileinto"];
if address :comparator "i;ascii-casemap" :regex "from" "^coyote@.*\\\\.(example|test)\\\\.com$" { fileinto "\${0}/\${1}"; }
if header :regex "Subject" "\\\\[([a-z]+)-users\\\\] (.*[0-9]+\\\\.[0-9]+)" { fileinto "\${1}/\${2}"; }
if header :comparator "i;octet" :regex "from" "acme" { fileinto "wrong"; }`,
    on: ACME,
    gives: ["fileinto coyote@ACME.Example.COM/Example", "fileinto acme/[fwd] version 1.0"],
  },
]);

test("a test that counts as text is warned of", async () => {
  const { compile } = await import("../../src/sieve/sieve.ts");
  const { warnings } = compile('require "relational"; if header :count "gt" "a" "9" { stop; }');
  expect(warnings.map(({ column, reason }) => `${column} ${reason.slice(0, 30)}`)).toEqual([
    "40 a count is compared as text he",
  ]);
});

test("the story says what was tested, what it found and what was done", async () => {
  const { story } = await sieve(`if header :contains "subject" "acme" {\n  redirect "a@example.org";\n}`, ACME, {
    explain: true,
  });
  expect(story.map(({ line, kind, held, why }) => [line, kind, held, why])).toEqual([
    [1, "test", true, "Subject is “[acme-users] [fwd] version 1.0 is out”, which contains “acme”."],
    [2, "action", undefined, "The message goes on to “a@example.org”."],
  ]);
});
