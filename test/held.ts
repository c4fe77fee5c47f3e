/** Puts a message into the quarantine as transport does. */
import type { HoldReason } from "../src/filter/judgement.ts";
import type { House } from "./house.ts";

/** @returns its number */
export async function hold(
  { store, transport }: Pick<House, "store" | "transport">,
  {
    subject,
    mailbox,
    address,
    reason,
  }: {
    readonly subject: string;
    readonly mailbox: number;
    readonly address: string;
    readonly reason: HoldReason;
  },
): Promise<number> {
  const returnPath = "Return-Path: <eve@example.com>\r\n";
  const octets = Buffer.from(
    `${returnPath}From: Eve <eve@example.com>\r\nTo: ${address}\r\nSubject: ${subject}\r\nMIME-Version: 1.0\r\n` +
      'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n' +
      "<p>Claim your <b>prize</b><script>alert(1)</script></p>\r\n" +
      '--b\r\nContent-Type: application/zip; name="invoice.zip"\r\n\r\nPK\r\n--b--\r\n',
  );
  const writer = store.content.writer();
  await writer.write(octets);
  const staged = await writer.finish();
  const quarantine = await transport.quarantine();
  return await store.commit((tx) =>
    quarantine.holdWithin(tx, {
      ...{ trace: "01k3f8e0ab2cdheld", content: store.content.adopt(tx, staged), skip: returnPath.length },
      ...{ size: octets.length - returnPath.length, reason, sentence: "It is surely junk.", subject },
      sender: "Eve <eve@example.com>",
      findings: [{ test: "contents", result: "winnings", points: 9.5, sentence: "It is about something won." }],
      envelope: {
        reversePath: "eve@example.com",
        origin: { kind: "smtp", remote: "192.0.2.1", protocol: "ESMTP", session: "s", trace: "01k3f8e0ab2cdheld" },
      },
      recipients: [{ mailbox, address, notify: "", orcpt: null }],
    }),
  );
}
