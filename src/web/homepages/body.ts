/** Bodies: files in those of answers, in one piece or as fast as they are taken, and what the bodies of requests bring. */
import { Readable } from "node:stream";
import type { OpenFile } from "../../files/open-file.ts";
import { Refusal } from "../../refusal.ts";
import type { FileBody } from "../context.ts";
import { compressor, type Encoding } from "./encodings.ts";
import type { Parts, Span } from "./ranges.ts";

/** What is said where not all of a request came. */
export const NOT_WHOLE = "Not all of it arrived, so nothing was changed.";

/** Files up to this many octets are sent from memory. */
export const SMALL = 262_144;

/** A file that is sent: opened, or held in memory. */
export type Source = Pick<OpenFile, "entry" | "size" | "fd" | "read" | "pieces" | "close"> & {
  /** All of it, where it is held. */
  readonly octets?: Uint8Array;
};

/** All octets of a small file; it is closed. */
export const wholeOf = async (file: Source): Promise<Uint8Array> => {
  if (file.octets !== undefined) return file.octets;
  try {
    const octets = new Uint8Array(file.size);
    let filled = 0;
    while (filled < octets.length) {
      const got = await file.read(octets.subarray(filled), filled);
      if (got === 0) break;
      filled += got;
    }
    return octets.subarray(0, filled);
  } finally {
    await file.close();
  }
};

/** A body of pieces; the file is closed when the body ends or nobody takes it any more. */
const streamed = (pieces: AsyncGenerator<Uint8Array>, file: Pick<Source, "close">): ReadableStream<Uint8Array> =>
  new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await pieces.next();
          if (done !== true) return controller.enqueue(value);
          await file.close();
          controller.close();
        } catch (error) {
          await file.close();
          controller.error(error);
        }
      },
      async cancel() {
        await pieces.return(undefined);
        await file.close();
      },
    },
    { highWaterMark: 0 },
  );

/** What a request brings, piece by piece. @throws Refusal "invalid" where the client goes away in the middle */
export async function* broughtBy(request: Request): AsyncGenerator<Uint8Array> {
  const reader = request.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause) => {
        throw new Refusal("invalid", NOT_WHOLE, { cause });
      });
      if (done) break;
      yield value;
    }
    if (request.signal.aborted) throw new Refusal("invalid", NOT_WHOLE);
  } finally {
    reader.releaseLock();
  }
}

/** All that a request brings. @throws Refusal "tooLarge" beyond so many octets */
export const allBroughtBy = async (request: Request, most: number, sentence: string): Promise<Uint8Array> => {
  if (Number(request.headers.get("content-length") ?? 0) > most) throw new Refusal("tooLarge", sentence);
  const pieces: Uint8Array[] = [];
  let octets = 0;
  for await (const piece of broughtBy(request)) {
    octets += piece.length;
    if (octets > most) throw new Refusal("tooLarge", sentence);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
};

/** One part of a file, which the connection sends in the kernel where it can. */
export const spanOf = (file: Source, { start, end }: Span, fileBody?: FileBody): ReadableStream | Blob | null => {
  if (fileBody === undefined || file.octets !== undefined) return streamed(file.pieces(start, end), file);
  return fileBody({ fd: file.fd, start, end, close: () => file.close() });
};

/** Several parts of a file, with the heads between them. */
export const partsBody = (file: Source, spans: readonly Span[], parts: Parts): ReadableStream<Uint8Array> => {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (const [index, { start, end }] of spans.entries()) {
      yield Buffer.from(parts.heads[index] ?? "");
      yield* file.pieces(start, end);
    }
    yield Buffer.from(parts.close);
  }
  return streamed(pieces(), file);
};

/** A large file compressed as it goes, in a place of the shelf's that it has taken. */
export const compressedBody = (file: Source, encoding: Encoding, leave: () => void): ReadableStream<Uint8Array> => {
  const source = Readable.from(file.pieces());
  const squeezed = source.pipe(compressor(encoding)) as Readable & NodeJS.WritableStream;
  source.on("error", (error) => squeezed.destroy(error));
  const close = async () => {
    leave();
    source.destroy();
    squeezed.destroy();
    await file.close();
  };
  return streamed(piecesOf(squeezed, source), { close });
};

async function* piecesOf(stream: Readable, source: Readable): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of stream) yield piece as Uint8Array;
  } finally {
    source.destroy();
  }
}
