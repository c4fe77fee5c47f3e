/** What whoever brings a message gives away: how it greets, its name, and whether the sender could be proven. Pure. */
import { isIP } from "node:net";
import type { Finding, Mail } from "../judgement.ts";

/** Names that providers give to the lines of their customers, who send no mail of their own. */
const LINE =
  /(\d{1,3}[.-]){3}\d{1,3}|\b(dyn(amic)?|dsl|adsl|cable|dial-?up|ppp|pool|dhcp|cust(omer)?s?|client|broadband|res(idential)?|user)[\d.-]/i;

interface ClientLook {
  readonly result: string;
  readonly points: number;
  readonly sentence: string;
  readonly is: (mail: Mail, hostname: string) => boolean;
}

export const CLIENT_LOOKS: readonly ClientLook[] = [
  {
    ...{ result: "helo-is-us", points: 3, sentence: "The client greeted with this server's own name." },
    is: ({ visit }, hostname) => visit.helo.toLowerCase() === hostname.toLowerCase() && hostname !== "",
  },
  {
    ...{ result: "helo-address", points: 1.5, sentence: "The client greeted with an address instead of a name." },
    is: ({ visit }) => isIP(visit.helo) !== 0,
  },
  {
    ...{ result: "helo-no-name", points: 1, sentence: "The client greeted with what is no full name." },
    is: ({ visit }) => visit.helo !== "" && isIP(visit.helo) === 0 && !/[.:]/.test(visit.helo),
  },
  {
    ...{ result: "no-reverse-name", points: 1.2, sentence: "The client's address has no name." },
    is: ({ authentication }) => authentication.iprev.result === "permerror",
  },
  {
    ...{ result: "false-reverse-name", points: 0.8, sentence: "The client's name does not lead back to it." },
    is: ({ authentication }) => authentication.iprev.result === "fail",
  },
  {
    ...{
      result: "line-of-customer",
      points: 1.2,
      sentence: "The client has the name of a customer's line, not of a server.",
    },
    is: ({ authentication }) => LINE.test(authentication.iprev.hostname ?? ""),
  },
  {
    ...{
      result: "spf-fail",
      points: 2,
      sentence: "The sender's domain says that this client may not send for it (SPF).",
    },
    is: ({ authentication }) => authentication.spf.result === "fail",
  },
  {
    ...{
      result: "spf-softfail",
      points: 1,
      sentence: "The sender's domain says that this client hardly sends for it (SPF).",
    },
    is: ({ authentication }) => authentication.spf.result === "softfail",
  },
  {
    ...{
      result: "spf-broken",
      points: 0.3,
      sentence: "What the sender's domain says of its servers cannot be read (SPF).",
    },
    is: ({ authentication }) => authentication.spf.result === "permerror",
  },
  {
    ...{ result: "broken-signature", points: 0.4, sentence: "It is signed, and no signature holds (DKIM)." },
    is: ({ authentication: { dkim } }) => dkim.some(({ result }) => result === "fail") && !dkim.some(passes),
  },
  {
    ...{ result: "dmarc-fail", points: 1.5, sentence: "Nothing proves that it is from the domain it names (DMARC)." },
    is: ({ authentication: { dmarc } }) => dmarc.result === "fail" && dmarc.policy !== "none",
  },
  {
    ...{ result: "nothing-proven", points: 0.4, sentence: "Nothing proves who sent it: no SPF, no signature." },
    is: ({ authentication: { spf, dkim } }) => spf.result === "none" && dkim.length === 0,
  },
  {
    ...{ result: "dmarc-pass", points: -0.5, sentence: "It is proven to be from the domain it names (DMARC)." },
    is: ({ authentication }) => authentication.dmarc.result === "pass",
  },
];

const passes = ({ result }: { readonly result: string }) => result === "pass";

export function lookAtClient(mail: Mail, hostname: string): Finding[] {
  return CLIENT_LOOKS.filter(({ is }) => is(mail, hostname)).map(({ result, points, sentence }) => ({
    ...{ test: "client", result, points, sentence },
  }));
}
