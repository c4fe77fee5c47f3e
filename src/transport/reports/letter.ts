/** The letter in which a report goes to another server (RFC 7489 §7.2.1.1, RFC 8460 §5.3). Pure. */
import { parameterField, structuredField } from "../../mime/write.ts";
import { addressOf, composeLetter } from "../letter.ts";

export interface ReportLetter {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly file: { readonly name: string; readonly type: string; readonly octets: Uint8Array };
  /** Of a report about TLS: the domain it is about, and who reports. */
  readonly tls?: { readonly domain: string; readonly submitter: string };
  readonly date: number;
  readonly id: string;
  readonly hostname: string;
}

export function reportLetter({ from, to, subject, text, file, tls, date, id, hostname }: ReportLetter): Uint8Array {
  const boundary = `report-${id}`;
  const base64 = Buffer.from(file.octets.buffer, file.octets.byteOffset, file.octets.length).toString("base64");
  const whole = tls === undefined ? "multipart/mixed" : 'multipart/report; report-type="tlsrpt"';
  return composeLetter({
    ...{ from: addressOf(from, hostname), to, subject, text: "", date, messageId: `${id}@${hostname}` },
    submitted: "auto-generated",
    ...(tls !== undefined && {
      fields: structuredField("TLS-Report-Domain", tls.domain) + structuredField("TLS-Report-Submitter", tls.submitter),
    }),
    entity: [
      `Content-Type: ${whole}; boundary="${boundary}"`,
      "",
      `--${boundary}`,
      "Content-Type: text/plain; charset=us-ascii",
      "",
      text,
      "",
      `--${boundary}`,
      `${parameterField("Content-Type", file.type, { name: file.name })}${parameterField("Content-Disposition", "attachment", { filename: file.name })}Content-Transfer-Encoding: base64`,
      "",
      base64.replace(/.{76}/g, "$&\r\n"),
      `--${boundary}--`,
      "",
    ].join("\r\n"),
  });
}
