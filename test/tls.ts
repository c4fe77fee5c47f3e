/** A certificate for tests, made once a run. */
import { execFileSync } from "node:child_process";
import { type TlsContext, tlsContext } from "../src/net/tls.ts";

let context: TlsContext | undefined;

/** A self-signed certificate for localhost and mail.home.example. */
export function testContext(): TlsContext {
  context ??= tlsContext(makePem());
  return context;
}

/** A new self-signed certificate and its key, in PEM. */
export function makePem(): { cert: string; key: string } {
  const words =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -keyout - -out -";
  const names = ["-addext", "subjectAltName=DNS:localhost,DNS:mail.home.example,IP:127.0.0.1"];
  const pem = execFileSync("openssl", [...words.split(" "), ...names], {
    stdio: ["ignore", "pipe", "ignore"],
  }).toString();
  const cut = pem.indexOf("-----BEGIN CERTIFICATE-----");
  return { key: pem.slice(0, cut), cert: pem.slice(cut) };
}
