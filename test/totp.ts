/** Codes of an authenticator app (RFC 6238 over RFC 4226), made independently of the code under test. */
import { createHmac } from "node:crypto";
import type { Auth } from "../src/auth/auth.ts";
import type { User } from "../src/directory/directory.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function base32(text: string): Buffer {
  const octets: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of text.replace(/[\s=]/g, "").toUpperCase()) {
    value = (value << 5) | ALPHABET.indexOf(letter);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    octets.push((value >> bits) & 255);
    value &= (1 << bits) - 1;
  }
  return Buffer.from(octets);
}

/** The code that an app shows for a secret in base32 at a time in milliseconds. */
export function totpCode(secret: string, at: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", base32(secret)).update(counter).digest();
  const offset = (mac[19] ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Sets up codes for a user, confirmed by a first one; gives the secret. */
export async function setUpCodes(auth: Auth, user: User): Promise<string> {
  const { secret } = await auth.factors.totp.begin(user.id, "mail.home.example", user.login);
  await auth.factors.confirmTotp(user, totpCode(secret, Date.now()));
  return secret;
}
