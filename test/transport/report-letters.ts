/** Reports as other servers send them, and the messages they come in. */
import { deflateRawSync, gunzipSync, gzipSync } from "node:zlib";
import { attachmentsOf } from "../../src/mime/attachments.ts";
import { parseStructure } from "../../src/mime/parser.ts";
import { decodeBody } from "../../src/mime/transfer.ts";

export interface ReportedRow {
  readonly source: string;
  readonly count: number;
  readonly dkim?: "pass" | "fail";
  readonly spf?: "pass" | "fail";
  readonly disposition?: string;
  readonly reason?: string;
  /** The domain of a signature, and what became of it. */
  readonly signed?: readonly [domain: string, result: string];
  /** The domain that SPF was asked of, and what it said. */
  readonly sender?: readonly [domain: string, result: string];
}

/** A report about DMARC as the big ones write it. @param day in days since the epoch */
export function dmarcXml(
  domain: string,
  rows: readonly ReportedRow[],
  { id = "r1", organization = "reporter.test", policy = "none", day = 20_604 } = {},
): string {
  const begin = day * 86_400;
  const records = rows.map(
    ({ source, count, dkim = "pass", spf = "pass", disposition = "none", reason, signed, sender }) => `
  <record>
    <row><source_ip>${source}</source_ip><count>${count}</count>
      <policy_evaluated><disposition>${disposition}</disposition><dkim>${dkim}</dkim><spf>${spf}</spf>${
        reason === undefined ? "" : `<reason><type>${reason}</type><comment>so</comment></reason>`
      }</policy_evaluated></row>
    <identifiers><header_from>${domain}</header_from></identifiers>
    <auth_results>${
      signed === undefined
        ? ""
        : `<dkim><domain>${signed[0]}</domain><selector>s</selector><result>${signed[1]}</result></dkim>`
    }<spf><domain>${sender?.[0] ?? domain}</domain><result>${sender?.[1] ?? spf}</result></spf></auth_results>
  </record>`,
  );
  return `<?xml version="1.0" encoding="UTF-8" ?>
<feedback>
  <report_metadata><org_name>${organization}</org_name><email>noreply@${organization}</email>
    <report_id>${id}</report_id><date_range><begin>${begin}</begin><end>${begin + 86_399}</end></date_range></report_metadata>
  <policy_published><domain>${domain}</domain><adkim>r</adkim><aspf>r</aspf><p>${policy}</p><sp>${policy}</sp><pct>100</pct></policy_published>${records.join("")}
</feedback>`;
}

export function zipOf(name: string, content: Uint8Array, files = 1): Buffer {
  const packed = deflateRawSync(content);
  const entry = Buffer.alloc(30 + name.length);
  entry.writeUInt32LE(0x04034b50, 0);
  entry.writeUInt16LE(8, 8);
  entry.writeUInt16LE(name.length, 26);
  entry.write(name, 30);
  const directory = Buffer.alloc(46 + name.length);
  directory.writeUInt32LE(0x02014b50, 0);
  directory.writeUInt16LE(8, 10);
  directory.writeUInt32LE(packed.length, 20);
  directory.writeUInt32LE(content.length, 24);
  directory.writeUInt16LE(name.length, 28);
  directory.write(name, 46);
  const directories = Array.from({ length: files }, (_, n) => {
    const one = Buffer.from(directory);
    one.writeUInt32LE(n * (entry.length + packed.length), 42);
    return one;
  });
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files, 8);
  end.writeUInt16LE(files, 10);
  end.writeUInt32LE(files * directory.length, 12);
  end.writeUInt32LE(files * (entry.length + packed.length), 16);
  return Buffer.concat([...Array.from({ length: files }, () => [entry, packed]).flat(), ...directories, end]);
}

/** A message with one file. */
export function letterWith(
  file: Uint8Array,
  type = "application/gzip",
  name = "report.xml.gz",
  from = "dmarc@reporter.test",
) {
  const base64 = Buffer.from(file).toString("base64").replace(/.{76}/g, "$&\r\n");
  return [
    `From: Reports <${from}>`,
    "To: dmarc-reports@home.test",
    "Subject: Report domain: home.test",
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="b"',
    "",
    "--b",
    "Content-Type: text/plain",
    "",
    "This is a report.",
    "--b",
    `Content-Type: ${type}; name="${name}"`,
    `Content-Disposition: attachment; filename="${name}"`,
    "Content-Transfer-Encoding: base64",
    "",
    base64,
    "--b--",
    "",
  ].join("\r\n");
}

export const gzipped = (text: string): Buffer => gzipSync(text);

/** The report in a message, unpacked, and its name. */
export function fileIn(message: string): { name: string; type: string; text: string } {
  const octets = Buffer.from(message, "latin1");
  const [file] = attachmentsOf(parseStructure(octets));
  if (file === undefined) throw new Error("There is no file.");
  const { bodyStart, bodyEnd, encoding } = file.part;
  const packed = decodeBody(octets.subarray(bodyStart, bodyEnd), encoding);
  return { name: file.fileName, type: file.mediaType, text: gunzipSync(packed).toString("utf8") };
}
