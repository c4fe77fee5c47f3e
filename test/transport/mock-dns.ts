/** A name server on loopback for tests: answers from a zone given as a table, and misbehaves where the table says so. */
import { decodeMessage, encodeName, RCODES, TYPES } from "../../src/net/dns-wire.ts";

/** What one name has. `fail` answers with a server failure, `silent` not at all, `truncate` asks for TCP. */
export interface MockName {
  MX?: [preference: number, exchange: string][];
  A?: string[];
  AAAA?: string[];
  TXT?: string[];
  CNAME?: string;
  PTR?: string[];
  /** Its answers are signed. */
  signed?: boolean;
  SRV?: [priority: number, weight: number, port: number, target: string][];
  /** As zone files have it: "3 1 1 0123…". */
  TLSA?: string[];
  ttl?: number;
  fail?: boolean;
  silent?: boolean;
  /** Types that are not answered. */
  silentTypes?: string[];
  truncate?: boolean;
}

export type Zone = Record<string, MockName>;

/** A running mock; `zone` may be changed while it runs, `asked` lists "TYPE name" in order. */
export class MockDns {
  readonly asked: string[] = [];
  tcpQueries = 0;
  #udp: { port: number; close(): void } | undefined;
  #tcp: { stop(now?: boolean): void } | undefined;
  port = 0;

  private constructor(public zone: Zone) {}

  static async start(zone: Zone): Promise<MockDns> {
    // UDP and TCP need the same port, which one of them may find taken.
    for (let tries = 1; ; tries++) {
      const mock = new MockDns(zone);
      try {
        await mock.#listen();
        return mock;
      } catch (error) {
        mock.stop();
        if (tries === 20) throw error;
      }
    }
  }

  async #listen(): Promise<void> {
    const udp = await Bun.udpSocket({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data: (socket, bytes, port, address) => {
          const reply = this.#answer(Uint8Array.from(bytes), false);
          if (reply !== undefined) socket.send(reply, port, address);
        },
        // Whoever asked may have gone before the answer.
        error: () => {},
      },
    });
    this.#udp = udp;
    this.port = udp.port;
    this.#tcp = Bun.listen({
      hostname: "127.0.0.1",
      port: udp.port,
      socket: {
        data: (socket, bytes) => {
          this.tcpQueries++;
          const reply = this.#answer(Uint8Array.from(bytes.subarray(2)), true);
          if (reply === undefined) return;
          socket.write(Uint8Array.of(reply.length >> 8, reply.length & 0xff));
          socket.write(reply);
        },
      },
    });
  }

  get server(): string {
    return `127.0.0.1:${this.port}`;
  }

  stop(): void {
    this.#udp?.close();
    this.#tcp?.stop(true);
  }

  #answer(query: Uint8Array, tcp: boolean): Uint8Array | undefined {
    const { id, question } = decodeMessage(query);
    if (question === undefined) return undefined;
    const type = Object.entries(TYPES).find(([, number]) => number === question.type)?.[0] ?? String(question.type);
    this.asked.push(`${type} ${question.name}`);
    const name = this.zone[question.name];
    if (name?.silent === true || name?.silentTypes?.includes(type) === true) return undefined;
    const records = name === undefined ? [] : this.#records(question.name, type, name);
    const truncated = name?.truncate === true && !tcp;
    const rcode = name === undefined ? RCODES.nameError : name.fail === true ? RCODES.serverFailure : RCODES.noError;
    const header = new Uint8Array(12);
    const view = new DataView(header.buffer);
    view.setUint16(0, id);
    view.setUint16(2, 0x8180 | (truncated ? 0x0200 : 0) | (name?.signed === true ? 0x0020 : 0) | rcode);
    view.setUint16(4, 1);
    view.setUint16(6, truncated ? 0 : records.length);
    const asked = Buffer.concat([wire(question.name), Uint8Array.of(0, question.type, 0, 1)]);
    return Buffer.concat([header, asked, ...(truncated ? [] : records)]);
  }

  #records(owner: string, type: string, name: MockName): Uint8Array[] {
    const ttl = name.ttl ?? 300;
    if (name.CNAME !== undefined) {
      const target = this.zone[name.CNAME];
      const own = record(owner, TYPES.CNAME, ttl, wire(name.CNAME));
      // Another alias has to be asked for, so that a circle in the zone is the resolver's matter.
      return [
        own,
        ...(target === undefined || target.CNAME !== undefined ? [] : this.#records(name.CNAME, type, target)),
      ];
    }
    if (type === "MX") {
      return (name.MX ?? []).map(([preference, exchange]) =>
        record(owner, TYPES.MX, ttl, Buffer.concat([Uint8Array.of(preference >> 8, preference & 255), wire(exchange)])),
      );
    }
    if (type === "A")
      return (name.A ?? []).map((one) => record(owner, TYPES.A, ttl, Uint8Array.from(one.split(".").map(Number))));
    if (type === "AAAA") return (name.AAAA ?? []).map((one) => record(owner, TYPES.AAAA, ttl, sixteen(one)));
    if (type === "PTR") return (name.PTR ?? []).map((one) => record(owner, TYPES.PTR, ttl, wire(one)));
    if (type === "SRV") return (name.SRV ?? []).map((one) => record(owner, TYPES.SRV, ttl, service(one)));
    if (type === "TLSA") return (name.TLSA ?? []).map((one) => record(owner, TYPES.TLSA, ttl, association(one)));
    if (type === "TXT") return (name.TXT ?? []).map((one) => record(owner, TYPES.TXT, ttl, strings(one)));
    return [];
  }
}

function wire(name: string): Uint8Array {
  const encoded = encodeName(name);
  if (encoded === undefined) throw new Error(`${name} cannot be encoded`);
  return encoded;
}

function record(owner: string, type: number, ttl: number, data: Uint8Array): Uint8Array {
  const fixed = new Uint8Array(10);
  const view = new DataView(fixed.buffer);
  view.setUint16(0, type);
  view.setUint16(2, 1);
  view.setUint32(4, ttl);
  view.setUint16(8, data.length);
  return Buffer.concat([wire(owner), fixed, data]);
}

function strings(text: string): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < text.length; at += 255) {
    const part = Buffer.from(text.slice(at, at + 255), "latin1");
    parts.push(Uint8Array.of(part.length), part);
  }
  return Buffer.concat(parts);
}

function service([priority, weight, port, target]: [number, number, number, string]): Uint8Array {
  const numbers = [priority, weight, port].flatMap((one) => [one >> 8, one & 255]);
  return Buffer.concat([Uint8Array.from(numbers), wire(target)]);
}

function association(text: string): Uint8Array {
  const [usage, selector, matching, hex = ""] = text.split(" ");
  return Buffer.concat([Uint8Array.of(Number(usage), Number(selector), Number(matching)), Buffer.from(hex, "hex")]);
}

function sixteen(address: string): Uint8Array {
  const [head = "", tail = ""] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === "" ? [] : tail.split(":");
  const groups = [...before, ...Array<string>(8 - before.length - after.length).fill("0"), ...after];
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]),
  );
}
