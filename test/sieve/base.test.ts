/** The examples of RFC 5228, RFC 5429 and RFC 3894: script, message, what comes of it. */
import { expect, test } from "bun:test";
import { SieveError } from "../../src/sieve/error.ts";
import { compile } from "../../src/sieve/sieve.ts";
import { brief, examples, sieve } from "./harness.ts";

/** RFC 5228 §1.3, in short: message A and B of its Appendix. */
const COYOTE = `Date: Tue, 1 Apr 1997 09:06:31 -0800 (PST)
From: coyote@desert.example.org
To: roadrunner@acme.example.com
Subject: I have a present for you

Look, I'm sorry about the whole anvil thing, and I really
didn't mean to try and drop it on you from the top of the
cliff.  I want to try to make it up to you.  I've got some
great birdseed over here at my place--top of the line
stuff--and if you come by, I'll have it all wrapped up
for you.  I'm really sorry for all the problems I've caused
for you over the years, but I know we can work this out.
--
Wile E. Coyote   "Super Genius"   coyote@desert.example.org
`;
const B1FF = `From: youcouldberich!@reply-by-postal-mail.invalid
Sender: b1ff@de.res.example.com
To: rube@landru.example.com
Date:  Mon, 31 Mar 1997 18:26:10 -0800
Subject: $$$ YOU, TOO, CAN BE A MILLIONAIRE! $$$

YOU MAY HAVE ALREADY WON TEN MILLION DOLLARS, BUT I DOUBT
IT!  SO JUST POST THIS TO SIX HUNDRED NEWSGROUPS!  IT WILL
GUARANTEE THAT YOU GET AT LEAST FIVE RESPONSES WITH MONEY!
MONEY! MONEY! COLD HARD CASH!  YOU WILL RECEIVE OVER
$20,000 IN LESS THAN TWO MONTHS!  AND IT'S LEGAL!!!!!!!!!
!!!!!!!!!!!!!!!!!!111111111!!!!!!!11111111111!!1  JUST
SEND $5 IN SMALL, UNMARKED BILLS TO THE ADDRESSES BELOW!
`;
const FILLER = "x".repeat(70);
const large = (kilobytes: number) => `Subject: large\n\n${`${FILLER}\n`.repeat(Math.ceil((kilobytes * 1024) / 72))}`;

/** RFC 5228 §9. */
const EXTENDED = `#
# Example Sieve Filter
# Declare any optional features or extension used by the script
#
require ["fileinto"];

#
# Handle messages from known mailing lists
# Move messages from IETF filter discussion list to filter mailbox
#
if header :is "Sender" "owner-ietf-mta-filters@imc.org"
        {
        fileinto "filter";  # move to "filter" mailbox
        }
#
# Keep all messages to or from people in my company
#
elsif address :DOMAIN :is ["From", "To"] "example.com"
        {
        keep;               # keep in "In" mailbox
        }

#
# Try and catch unsolicited email.  If a message is not to me,
# or it contains a subject known to be spam, file it away.
#
elsif anyof (NOT address :all :contains
               ["To", "Cc", "Bcc"] "me@example.com",
             header :matches "subject"
               ["*make*money*fast*", "*university*dipl*mas*"])
        {
        fileinto "spam";   # move to "spam" mailbox
        }
else
        {
        # Move all other (non-company) mail to "personal"
        # mailbox.
        fileinto "personal";
        }
`;

examples([
  {
    from: "RFC 5228 §2.3: comments of both kinds",
    script: `if size :over 100k { # this is a comment\n discard;\n}\nif size :over 100K { /* this is a comment\n this is still a comment */ discard /* this is a comment\n */ ;\n}`,
    on: large(120),
    gives: ["discard"],
  },
  {
    from: "RFC 5228 §2.4.2: a multi-line string with a dot in front",
    script: `require "reject"; reject text: # comment\nFirst\n..stuffed\n.x\n.\n;`,
    on: COYOTE,
    gives: ["reject First\r\n.stuffed\r\n.x\r\n"],
  },
  {
    from: "RFC 5228 §2.4.2.1: a list of one and a string are the same",
    script: `if exists "to" { discard; } if exists ["to"] { discard; }`,
    on: COYOTE,
    gives: ["discard"],
  },
  {
    from: "RFC 5228 §2.4.2.4: encoded characters",
    script: `require "encoded-character"; if header :contains "Subject" ["$\${hex:24 24}", "\${UNICODE:24}\${hex:20}YOU"] { discard; }`,
    on: B1FF,
    gives: ["discard"],
  },
  {
    from: "RFC 5228 §2.4.2.4: what is no encoded character stays",
    script: `require ["encoded-character", "fileinto"]; fileinto "$\${hex:40}/\${hex:400}/\${hex:4\${hex:30}}/\${unicode:40}/\${unicode:0040 }/\${ unicode:40}/\${Unicode:E9}/\${hex:c3}\${hex:A9}";`,
    on: B1FF,
    gives: [`fileinto $@/\${hex:400}/\${hex:40}/@/@/\${ unicode:40}/é/é`],
  },
  {
    from: "RFC 5228 §2.7.1: wildcards and their quoting",
    script: `require "fileinto"; if header :matches "subject" "\\\\$*MILL?ONAIRE*" { fileinto "a"; } if header :matches "subject" "*\\\\?*" { fileinto "b"; }`,
    on: B1FF,
    gives: ["fileinto a"],
  },
  {
    from: "RFC 5228 §2.7.3: a comparator that is named",
    script: `if header :contains :comparator "i;octet" "Subject" "MAKE MONEY FAST" { discard; }`,
    on: "Subject: make money fast\n\n",
    gives: ["keep"],
  },
  {
    from: "RFC 5228 §2.7.4: parts of addresses",
    script: `if address :is :all "from" "tim@example.com" { discard; }`,
    on: "From: Tim <tim@example.com>\n\n",
    gives: ["discard"],
  },
  {
    from: "RFC 5228 §3.1: if, elsif and else of the coyote",
    script: `require "fileinto"; if header :contains "from" "coyote" { discard; } elsif header :contains ["subject"] ["$$$"] { discard; } else { fileinto "INBOX"; }`,
    on: COYOTE,
    gives: ["discard"],
  },
  {
    from: "RFC 5228 §3.1: the second branch",
    script: `require "fileinto"; if header :contains "from" "coyote" { fileinto "coyote"; } elsif header :contains ["subject"] ["$$$"] { fileinto "money"; } else { fileinto "INBOX"; }`,
    on: B1FF,
    gives: ["fileinto money"],
  },
  {
    from: "RFC 5228 §3.1: redirects by who is written to",
    script: `require ["fileinto"]; if header :contains ["From"] ["coyote"] { redirect "acm@example.com"; } elsif header :contains "Subject" "$$$" { redirect "postmaster@example.com"; } else { redirect "field@example.com"; }`,
    on: "From: bugs@example.org\nSubject: carrots\n\n",
    gives: ["redirect field@example.com"],
  },
  { from: "RFC 5228 §3.3: stop", script: `if size :under 1K { stop; } discard;`, on: COYOTE, gives: ["keep"] },
  {
    from: "RFC 5228 §4.1: fileinto",
    script: `require "fileinto"; if header :contains ["from"] "coyote" { fileinto "INBOX.harassment"; }`,
    on: COYOTE,
    gives: ["fileinto INBOX.harassment"],
  },
  {
    from: "RFC 5228 §4.2: redirect",
    script: `redirect "bart@example.com";`,
    on: COYOTE,
    gives: ["redirect bart@example.com"],
  },
  {
    from: "RFC 5228 §4.3: keep is what would happen anyway",
    script: `if size :under 1M { keep; } else { discard; }`,
    on: COYOTE,
    gives: ["keep"],
  },
  {
    from: "RFC 5228 §4.4: discard",
    script: `if header :contains ["from"] ["coyote@desert.example.org"] { discard; }`,
    on: COYOTE,
    gives: ["discard"],
  },
  {
    from: "RFC 5228 §5.4: envelope",
    script: `require "envelope"; if envelope :all :is "from" "tim@example.com" { discard; }`,
    on: { text: COYOTE, from: "tim@example.com" },
    gives: ["discard"],
  },
  {
    from: "RFC 5228 §5.4: the null path is empty in all its parts",
    script: `require "envelope"; if envelope :domain :is "from" "" { discard; }`,
    on: { text: COYOTE, from: "" },
    gives: ["discard"],
  },
  {
    from: "RFC 5228 §5.5: exists",
    script: `if not exists ["From","Date"] { discard; }`,
    on: "From: a@example.org\n\n",
    gives: ["discard"],
  },
  {
    from: "RFC 5228 §5.7: a header field that is empty contains the empty string",
    script: `if header :is ["X-Caffeine"] [""] { stop; } discard;`,
    on: "X-Caffeine: C8H10N4O2\n\n",
    gives: ["discard"],
  },
  {
    from: "RFC 5228 §5.7: and what contains the empty string is there",
    script: `if header :contains ["X-Caffeine"] [""] { discard; }`,
    on: "X-Caffeine: C8H10N4O2\n\n",
    gives: ["discard"],
  },
  {
    from: "RFC 5228 §5.9: a message of exactly the size is neither over nor under",
    script: `if anyof (size :over 12, size :under 12) { discard; }`,
    on: "To: a\n\nabc",
    gives: ["keep"],
  },
  {
    from: "RFC 5228 §9: the company",
    script: EXTENDED,
    on: "From: boss@example.com\nTo: me@example.org\n\n",
    gives: ["keep"],
  },
  {
    from: "RFC 5228 §9: the list",
    script: EXTENDED,
    on: "Sender: owner-ietf-mta-filters@imc.org\nFrom: x@example.org\n\n",
    gives: ["fileinto filter"],
  },
  {
    from: "RFC 5228 §9: unsolicited",
    script: EXTENDED,
    on: "From: x@example.org\nTo: me@example.com.invalid\nSubject: Make lots of MONEY fast now\n\n",
    gives: ["fileinto spam"],
  },
  {
    from: "RFC 5228 §9: not to me",
    script: EXTENDED,
    on: COYOTE.replace("acme.example.com", "x.example"),
    gives: ["fileinto spam"],
  },
  {
    from: "RFC 5228 §2.10.3: nothing is done twice",
    script: `require "fileinto"; fileinto "a"; fileinto "a"; keep; keep; redirect "a@example.org"; redirect "A@example.org";`,
    on: COYOTE,
    gives: ["fileinto a", "keep", "redirect a@example.org"],
  },
  {
    from: "RFC 3894 §3: a copy leaves the message",
    script: `require ["copy", "fileinto"]; redirect :copy "tim@example.com"; fileinto :copy "all";`,
    on: COYOTE,
    gives: ["redirect tim@example.com", "fileinto all", "keep"],
  },
  {
    from: "RFC 5429 §2.1: ereject",
    script: `require ["ereject"]; if address "from" "someone@example.com" { ereject "I no longer accept mail from this address"; }`,
    on: "From: someone@example.com\n\n",
    gives: ["ereject I no longer accept mail from this address"],
  },
  {
    from: "RFC 5429 §2.2: reject of what is too big",
    script: `require ["reject"]; if size :over 100K { reject text:\nYour message is to big. If you want to send me a big attachment,\nput it on a public web site and send me an URL.\n.\n; }`,
    on: large(101),
    gives: [
      "reject Your message is to big. If you want to send me a big attachment,\r\nput it on a public web site and send me an URL.\r\n",
    ],
  },
  {
    from: "RFC 5429 §2.5: by the spam score",
    script: `require ["ereject", "spamtest", "fileinto", "relational", "comparator-i;ascii-numeric"]; if spamtest :value "ge" :comparator "i;ascii-numeric" "6" { ereject "AntiSpam engine thinks your message is spam."; } elsif spamtest :value "ge" :comparator "i;ascii-numeric" "4" { fileinto "Suspect"; }`,
    on: COYOTE,
    with: { spamPercent: 40 },
    gives: ["fileinto Suspect"],
  },
  {
    from: "RFC 5429 §2.4: what is refused is not delivered too",
    script: `require ["reject", "fileinto"]; fileinto "a"; reject "no";`,
    on: COYOTE,
    gives: ["error: “fileinto” and “reject” cannot both be done with one message.", "keep"],
  },
]);

test("a number is not read beyond what it may be", () => {
  expect(() => compile("if size :over 99999999999999999G { stop; }")).toThrow("this number is too large");
});

test("a script is taken whole with LF, CRLF and a byte order mark", async () => {
  for (const script of ["\ufeffdiscard;\r\n", "# a\r\n# b\r\ndiscard;", "discard ; # no end of line"]) {
    expect(brief(await sieve(script, COYOTE))).toEqual(["discard"]);
  }
});

/** What is wrong, and where: line, column and the beginning of the sentence. */
const WRONG: readonly (readonly [string, number, number, string])[] = [
  ["keep", 1, 5, "after “keep” comes ;"],
  ["keep;\n  fileinto;", 2, 3, "“fileinto” needs require “fileinto”;".replace("“fileinto”;", '"fileinto";')],
  ['require "fileinto";\nfileinto;', 2, 1, "“fileinto” needs its mailbox: a string"],
  ['require "fileinto";\nfileinto ["a", "b"];', 2, 10, "“fileinto” needs its mailbox: a string"],
  ['require "fileinto";\nfileinto "a" "b";', 2, 14, "this is more than “fileinto” takes"],
  ['require "nosuch";', 1, 9, "this server does not know the extension “nosuch”."],
  ["keep;\nrequire [];", 2, 10, "in a list stand strings"],
  ['keep;\nrequire "copy";', 2, 1, "“require” stands at the start"],
  ['if header :contains "a" "b" { keep; ', 1, 29, "the block that begins here has no end"],
  ["if true { keep; } }", 1, 19, "this } closes nothing."],
  ["else { keep; }", 1, 1, "“else” stands right behind"],
  ["if true { keep; } keep; elsif true { stop; }", 1, 25, "“elsif” stands right behind"],
  ["if { keep; }", 1, 1, "“if” takes one test"],
  ["if (true, false) { keep; }", 1, 1, "“if” takes one test"],
  ["if allof true { keep; }", 1, 4, "“allof” takes tests in parentheses"],
  ["if not (true) { keep; }", 1, 4, "“not” takes one test"],
  ["if true keep;", 1, 1, "after “if” comes a block"],
  ["if keep { stop; }", 1, 4, "“keep” is a command and no test."],
  ["true;", 1, 1, "“true” is a test;"],
  ["frobnicate;", 1, 1, "“frobnicate” is no command that this server knows."],
  ["if frobnicate { stop; }", 1, 4, "“frobnicate” is no test that this server knows."],
  ["keep { stop; }", 1, 1, "“keep” ends in ; and has no block."],
  ["if true;", 1, 1, "after “if” comes a block"],
  ["keep true;", 1, 6, "“keep” takes no test"],
  ['if header "a" :is "b" { stop; }', 1, 15, "options like this stand before"],
  ['if header :is :contains "a" "b" { stop; }', 1, 15, "only one of :is and :contains can be given."],
  ['if header :is :is "a" "b" { stop; }', 1, 15, ":is is given twice."],
  ['if header :nosuch "a" "b" { stop; }', 1, 11, "“header” has no option :nosuch"],
  ['if header :comparator "i;nosuch" "a" "b" { stop; }', 1, 23, "there is no comparator “i;nosuch”"],
  ['if header :count "gt" "a" "b" { stop; }', 1, 11, ':count needs require "relational";'],
  ['if address "subject" "b" { stop; }', 1, 12, "the field “subject” holds no addresses"],
  ['redirect "nobody";', 1, 10, "“nobody” is no address."],
  ['redirect "a@b.example, c@d.example";', 1, 10, "“a@b.example, c@d.example” is no address."],
  ["if size 100 { stop; }", 1, 9, "this is more than “size” takes"],
  ["if size { stop; }", 1, 4, "“size” needs :over or :under"],
  ['keep; "x', 1, 7, "this string has no end"],
  ["/* x", 1, 1, "this comment has no end"],
  ["if header text:\nx\n", 1, 11, "this text has no end"],
  ["§", 1, 1, "“§” has no meaning here."],
  ["if size :over 100X { stop; }", 1, 18, "after a number only K, M or G may stand."],
  ["if anyof (true false) { stop; }", 1, 16, "“true” takes no further test"],
  ["if anyof (true; false) { stop; }", 1, 15, "between tests stands a comma"],
  ['if exists ["a" "b"] { stop; }', 1, 16, "between strings stands a comma"],
  ['require "envelope"; if envelope "helo" "x" { stop; }', 1, 33, "the envelope has no part “helo”"],
  ['require "variables"; set "1" "x";', 1, 26, "“1” cannot be the name of a variable"],
  [`require "variables"; keep; set "a" "\${nosuch.x}";`, 1, 36, `there is no variable like \${nosuch.x}.`],
  ['require "regex"; if header :regex "a" "(" { stop; }', 1, 39, "this is no regular expression"],
  ['require "date"; if currentdate "moon" "1" { stop; }', 1, 32, "a date has no part “moon”"],
  ['require "foreverypart"; break;', 1, 25, "“break” stands inside of foreverypart."],
  ['require "enotify"; notify "xmpp:a@b.example";', 1, 27, "“xmpp:a@b.example” cannot be notified"],
];

for (const [script, line, column, sentence] of WRONG) {
  test(`wrong: ${script.replace(/\n/g, "⏎").slice(0, 60)}`, () => {
    const error = caught(() => compile(script));
    expect({ line: error.line, column: error.column, sentence: error.reason.slice(0, sentence.length) }).toEqual({
      line,
      column,
      sentence,
    });
  });
}

function caught(work: () => unknown): SieveError {
  try {
    work();
  } catch (error) {
    if (error instanceof SieveError) return error;
    throw error;
  }
  throw new Error("nothing was wrong");
}
