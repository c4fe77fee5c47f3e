/** Text as it goes out in the quoted-printable encoding (RFC 2045 §6.7): readable where it is ASCII, and in lines of bounded length. */

/** Characters of an encoded line, the soft line break included (RFC 2045 §6.7 rule 5). */
const LINE = 76;
/** Lines of such text need no encoding. */
const PLAIN = /^[\x20-\x7e\t]{0,78}$/;

/** Text with whatever line ends it has, ready to stand in a message; `encoding` is for Content-Transfer-Encoding. */
export function encodeBody(text: string): { readonly encoding: "7bit" | "quoted-printable"; readonly body: string } {
  const lines = text
    .toWellFormed()
    .replace(/\n$/, "")
    .split(/\r\n|\r|\n/);
  if (lines.every((line) => PLAIN.test(line))) return { encoding: "7bit", body: `${lines.join("\r\n")}\r\n` };
  return { encoding: "quoted-printable", body: `${lines.map(encodeLine).join("\r\n")}\r\n` };
}

function encodeLine(line: string): string {
  const octets = Buffer.from(line, "utf8");
  let result = "";
  let width = 0;
  for (const [index, octet] of octets.entries()) {
    // White space at the end of a line would be lost on the way (rule 3).
    const last = index === octets.length - 1;
    const plain = octet !== 61 && ((octet > 32 && octet < 127) || ((octet === 32 || octet === 9) && !last));
    const piece = plain ? String.fromCharCode(octet) : `=${octet.toString(16).toUpperCase().padStart(2, "0")}`;
    if (width + piece.length > LINE - 1) {
      result += "=\r\n";
      width = 0;
    }
    result += piece;
    width += piece.length;
  }
  return result;
}
