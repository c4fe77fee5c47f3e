/** The report in a message: among its parts the first that can be unpacked, those that say so first. */
import { unpacked } from "../../filter/reports/unpack.ts";
import { fileNameOf } from "../../mime/attachments.ts";
import { StructureParser } from "../../mime/parser.ts";
import { octetsIn, type Part, type Structure, walk } from "../../mime/structure.ts";
import { bodyDecoder } from "../../mime/transfer.ts";
import { Refusal } from "../../refusal.ts";
import type { Store } from "../../store/store.ts";

/** Parts of a message that are looked into. */
const MOST_FILES = 10;
/** Octets decoded between two looks at the clock. */
const SLICE = 65_536;

export interface ReportFile {
  readonly part: Part;
  /** Unpacked. */
  readonly octets: Uint8Array;
  /** By what it begins with: people give both kinds of report one address. */
  readonly kind: "dmarc" | "tls";
}

/** The report in a content, read in slices. @throws Refusal with what is wrong with the last part that was looked into */
export async function reportIn(store: Store, content: number): Promise<ReportFile> {
  const { message, structure } = await readingOf(store, content);
  let wrong = new Refusal("invalid", "There is no report in the message.");
  for (const part of filesIn(structure)) {
    try {
      const octets = await unpacked(
        await decoded(store, message.subarray(part.bodyStart, part.bodyEnd), part.encoding),
        store.turns,
      );
      const first = String.fromCharCode(octets.find((octet) => octet > 32 && octet < 127) ?? 0);
      if (first === "{" || first === "<") return { part, octets, kind: first === "{" ? "tls" : "dmarc" };
      wrong = new Refusal("invalid", "What is in the message is no report.");
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      wrong = error;
    }
  }
  throw wrong;
}

async function readingOf({ content: contents, turns }: Store, content: number) {
  const parser = new StructureParser();
  const chunks: Uint8Array[] = [];
  for await (const chunk of contents.stream(content)) {
    parser.write(chunk);
    chunks.push(chunk.slice());
    if (turns.over) await turns.next();
  }
  return { message: Buffer.concat(chunks), structure: parser.end() };
}

async function decoded({ turns }: Store, body: Uint8Array, encoding: string): Promise<Uint8Array> {
  const decoder = bodyDecoder(encoding);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < body.length; at += SLICE) {
    pieces.push(decoder.write(body.subarray(at, at + SLICE)).slice());
    if (turns.over) await turns.next();
  }
  return Buffer.concat([...pieces, decoder.end()]);
}

function filesIn({ root }: Structure): Part[] {
  const files: Part[] = [];
  walk(root, (part) => {
    if (part.children.length === 0 && part.message === undefined && octetsIn(part) > 0) files.push(part);
  });
  const saysSo = (part: Part) =>
    /gzip|zip|xml|tlsrpt|json/.test(part.subtype) || /\.(?:gz|zip|xml|json)$/i.test(fileNameOf(part));
  const others = files.filter((part) => !saysSo(part) && part.type !== "text");
  return [...files.filter(saysSo), ...others].slice(0, MOST_FILES);
}
