/** What a file is by its octets: looked at while they stream past, of any length, with a few hundred octets kept. Pure. */
import type { AttachmentKind } from "./kinds.ts";

/** What octets say. */
export interface ContentFinding {
  readonly kind: AttachmentKind;
  readonly words: string;
}

/** Octets of the beginning that are kept. */
const HEAD = 512;
/** Where an ISO 9660 volume says so: the identifier of its first descriptor (ECMA-119 §8). */
const ISO_AT = 32_769;
const ISO = "CD001";

const OLE = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/** GUID of a shell link (MS-SHLLINK §2.1). */
const LINK = "L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F";
/** Names in the directory of a compound file (MS-CFB §2.6.1), in UTF-16. */
const VBA = utf16("_VBA_PROJECT");
const ENCRYPTED = utf16("EncryptedPackage");

function utf16(text: string): Buffer {
  return Buffer.from(text, "utf16le");
}

/** The beginnings of Mach-O files of every kind; cafebabe is that of Java classes too. */
const MACH = ["\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf", "\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe"];

export class Magic {
  #head = Buffer.alloc(0);
  #at = 0;
  #iso = "";
  /** The end of what came before, where a name may be cut in two. */
  #tail = Buffer.alloc(0);
  #vba = false;
  #encrypted = false;

  write(octets: Uint8Array): void {
    const bytes = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
    if (this.#head.length < HEAD) this.#head = Buffer.concat([this.#head, bytes.subarray(0, HEAD - this.#head.length)]);
    const from = ISO_AT + this.#iso.length - this.#at;
    if (from >= 0 && from < bytes.length && this.#iso.length < ISO.length) {
      this.#iso += bytes.toString("latin1", from, Math.min(bytes.length, ISO_AT + ISO.length - this.#at));
    }
    this.#at += bytes.length;
    if (this.#isOle()) this.#look(bytes);
  }

  end(): ContentFinding[] {
    const found: ContentFinding[] = [];
    const head = this.#head.toString("latin1");
    if (head.startsWith("MZ") && /[^\x09\x0a\x0d\x20-\x7e]/.test(head.slice(2, 64))) {
      found.push({ kind: "program", words: "is a Windows program" });
    }
    if (head.startsWith("\x7fELF")) found.push({ kind: "program", words: "is a Linux program" });
    if (MACH.some((magic) => head.startsWith(magic)))
      found.push({ kind: "program", words: "is a macOS or Java program" });
    if (/^#! ?\//.test(head)) found.push({ kind: "script", words: "is a script" });
    if (head.startsWith(LINK)) found.push({ kind: "shortcut", words: "is a shortcut" });
    if (/^(?:\xef\xbb\xbf)?\s*\[InternetShortcut\]/i.test(head))
      found.push({ kind: "shortcut", words: "is a shortcut" });
    if (this.#iso === ISO) found.push({ kind: "image", words: "is the image of a disk" });
    if (this.#vba) found.push({ kind: "macro", words: "is a document with macros" });
    if (this.#encrypted) found.push({ kind: "encrypted", words: "is a document with a password" });
    if (hidesItsNames(head)) found.push({ kind: "encrypted", words: "is an archive with a password" });
    return found;
  }

  #isOle(): boolean {
    return this.#head.subarray(0, OLE.length).toString("latin1") === OLE;
  }

  #look(bytes: Buffer): void {
    const all = Buffer.concat([this.#tail, bytes]);
    this.#vba ||= all.includes(VBA);
    this.#encrypted ||= all.includes(ENCRYPTED);
    this.#tail = Buffer.from(all.subarray(Math.max(0, all.length - ENCRYPTED.length)));
  }
}

/** RAR archives whose list of files is encrypted; of those with a list in clear only the flags of files tell, which are not looked at. */
function hidesItsNames(head: string): boolean {
  // RAR 5: the first block is that of encryption (type 4) and not the main one, behind checksum and size.
  if (head.startsWith("Rar!\x1a\x07\x01\0")) return head.charCodeAt(13) === 4;
  // RAR 4: the main header has the flag 0x0080.
  return head.startsWith("Rar!\x1a\x07\0") && (head.charCodeAt(10) & 0x80) !== 0;
}
