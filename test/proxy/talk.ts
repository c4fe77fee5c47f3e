/** Words that the tests of the web proxy share. */
import { always, PASSWORD, type Raw, RawOrigin } from "./house.ts";

export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
export const CLOSE = "Connection: close\r\n";

export function get(url: string, more = ""): string {
  return `GET http://${url} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
}

export function basic(login: string, password = PASSWORD): string {
  return `Proxy-Authorization: Basic ${Buffer.from(`${login}:${password}`).toString("base64")}\r\n`;
}

export function headOf(text: string): string {
  return text.slice(0, text.indexOf("\r\n\r\n"));
}

export function bodyOf(text: string): string {
  return text.slice(text.indexOf("\r\n\r\n") + 4);
}

/** The origins of a test. */
export class Origins {
  readonly #open: RawOrigin[] = [];

  /** An origin that always answers the same, or as a script says. */
  serve(script: string | ((raw: Raw, number: number) => Promise<void>), hostname?: string): RawOrigin {
    const origin = new RawOrigin(typeof script === "string" ? always(script) : script, hostname);
    this.#open.push(origin);
    return origin;
  }

  close(): void {
    for (const origin of this.#open.splice(0)) origin.close();
  }
}
