/** Files in messages, and archives, as tests need them. */

/** A message with some text and one file, in base64. */
export function fileMessage(
  name: string,
  content: string | Buffer,
  head = "From: x@far.example\r\nSubject: File\r\n",
): string {
  const body = Buffer.from(content).toString("base64").replace(/.{76}/g, "$&\r\n");
  return [
    `${head}MIME-Version: 1.0`,
    'Content-Type: multipart/mixed; boundary="=b"',
    "",
    "--=b",
    "Content-Type: text/plain",
    "",
    "See the file.",
    "--=b",
    `Content-Type: application/octet-stream; name="${name}"`,
    `Content-Disposition: attachment; filename="${name}"`,
    "Content-Transfer-Encoding: base64",
    "",
    body,
    "--=b--",
    "",
  ].join("\r\n");
}

/** A ZIP archive with stored entries: name, content, whether it is marked as encrypted. */
export function zipOf(
  entries: readonly (readonly [name: string, content?: string | Buffer, encrypted?: boolean])[],
): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  for (const [name, content = "", encrypted = false] of entries) {
    const data = Buffer.from(content);
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(20, 4);
    head.writeUInt16LE(encrypted ? 1 : 0, 6);
    head.writeUInt32LE(data.length, 18);
    head.writeUInt32LE(data.length, 22);
    head.writeUInt16LE(Buffer.byteLength(name), 26);
    local.push(head, Buffer.from(name), data);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(20, 4);
    entry.writeUInt16LE(20, 6);
    entry.writeUInt16LE(encrypted ? 1 : 0, 8);
    entry.writeUInt16LE(Buffer.byteLength(name), 28);
    central.push(entry, Buffer.from(name));
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  return Buffer.concat([...local, ...central, end]);
}
