/** A transport for tests of the protocol: it knows a few addresses and keeps what it was given. */
import { Refusal } from "../../src/refusal.ts";
import type { Acceptance } from "../../src/services/smtp/session.ts";
import type { Envelope } from "../../src/transport/envelope.ts";

/** A message as it was handed over. */
export interface Posted {
  readonly envelope: Envelope;
  readonly text: string;
}

const LOCAL = new Set(["ann@home.example", "bob@home.example", "jürgen@home.example", "postmaster"]);

export class Post implements Acceptance {
  readonly posted: Posted[] = [];
  /** Messages that were begun and dropped. */
  aborted = 0;
  /** Thrown by the next `finish`, or by the next `write`. */
  finishFault: unknown;
  writeFault: unknown;
  /** Messages whose clients went on after they were accepted. */
  readonly known: string[] = [];
  /** Recipients of branch.example. */
  waiting = 0;

  /** The only message there is. */
  get only(): Posted {
    const [first, ...more] = this.posted;
    if (!first || more.length > 0) throw new Error(`${this.posted.length} messages instead of one`);
    return first;
  }

  checkSender: Acceptance["checkSender"] = () => {};

  checkRecipient: Acceptance["checkRecipient"] = (address, origin) => {
    if (address.toLowerCase() === "postmaster" || address.toLowerCase().endsWith("@home.example")) {
      if (LOCAL.has(address.toLowerCase())) return { kind: "local", address, mailboxes: [1] };
      throw new Refusal("unknownRecipient", `There is no <${address}> here.`);
    }
    if (!origin.user && !origin.trusted) throw new Refusal("relayDenied", "Log in to send mail to other servers.");
    return { kind: "remote", address, domain: address.slice(address.lastIndexOf("@") + 1) };
  };

  heard = (trace: string) => {
    this.known.push(trace);
  };

  lookUp: Acceptance["lookUp"] = () => undefined;

  sendWaiting: Acceptance["sendWaiting"] = async (node) => {
    if (node === "branch.example") return this.waiting;
    throw new Refusal("notPermitted", `This server keeps no mail for ${node}.`);
  };

  receiver: Acceptance["receiver"] = (envelope) => {
    const parts: Buffer[] = [];
    return {
      write: async (octets: Uint8Array) => {
        if (this.writeFault !== undefined) throw this.writeFault;
        parts.push(Buffer.from(octets));
      },
      finish: async () => {
        if (this.finishFault !== undefined) throw this.finishFault;
        this.posted.push({ envelope, text: Buffer.concat(parts).toString() });
        return { trace: envelope.origin.trace };
      },
      abort: async () => {
        this.aborted++;
      },
    };
  };
}
