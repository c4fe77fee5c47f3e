import { expect, test } from "bun:test";
import { reasonOf } from "../../src/transport/queue/reasons.ts";

const AT = "mx.tls-relay.test [192.0.2.1]";

test.each([
  [
    `${AT} refused the recipient for now: 450 4.2.0 <x@far.test>: Recipient address rejected: Greylisted`,
    "greylisting",
  ],
  [`${AT} refused the recipient for now: 451 4.7.1 Greylisted, come back`, "greylisting"],
  [
    `${AT} refused the connection: 554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using zen.spamhaus.org`,
    "list of senders",
  ],
  [`${AT} refused the recipient: 550 5.7.511 Access denied, banned sender`, "list of senders"],
  [
    `${AT} refused the message: 550-5.7.25 The IP address sending this message does not have a PTR record`,
    "reverse DNS",
  ],
  [
    `${AT} refused the message: 550 5.7.26 This mail has been blocked because the sender is unauthenticated`,
    "sender's domain",
  ],
  [`No TLSA records of wrong.test fit the certificate of ${AT}`, "certificate"],
  ["Encryption with mx.test failed: handshake failure.", "encrypted connection"],
  ["The login at relay.test [192.0.2.1] failed: no mechanism fits.", "wants a login"],
  [`${AT} refused the login for now: 535 5.7.8 No`, "wants a login"],
  ["The mailbox is full.", "full"],
  [`${AT} refused the recipient for now: 452 4.2.2 The email account is over quota`, "full"],
  [`${AT} refused the recipient: 550 5.1.1 <x@far.test>: User unknown`, "no such recipient"],
  [`${AT} refused the recipient: 550 Requested action not taken: mailbox unavailable`, "no such recipient"],
  [`${AT} refused the sender: 552 5.3.4 Message size exceeds fixed limit`, "too large"],
  [`${AT} refused the message for now: 421 4.7.28 Our system has detected an unusual rate of mail`, "so much mail"],
  [`${AT} refused the message: 554 5.6.0 Spam content rejected`, "junk"],
  [`${AT} refused the recipient: 554 5.7.1 Relay access denied`, "pass on mail"],
  ["The domain far.test takes no mail at all.", "takes no mail"],
  ["The name servers could not say where mail for far.test goes: no answer", "could not be found"],
  ["The host mx.far.test has no address that can be used.", "could not be found"],
  [`${AT} did not answer in time while the connection was made.`, "does not answer"],
  [`${AT} cannot be reached at port 25: connection refused.`, "Nobody takes mail"],
  [`${AT} closed the connection in the middle of the message.`, "broke off"],
  ["This server had a fault while sending; its log says more.", "wrong on this server"],
  [`${AT} refused the message for now: 451 Something of our own`, "does not take it now"],
  [`${AT} refused the message: 554 Something of our own`, "for good"],
])("%s", (text, words) => {
  const reason = reasonOf(text);
  expect(reason?.what).toContain(words);
  expect(reason?.next.length).toBeGreaterThan(10);
});

test("nothing heard, no reason", () => {
  expect([reasonOf(null), reasonOf(""), reasonOf(undefined)]).toEqual([undefined, undefined, undefined]);
});
