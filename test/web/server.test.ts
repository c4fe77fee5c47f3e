import { afterEach, describe, expect, test } from "bun:test";
import { connect } from "node:tls";
import { type OpenWebPort, WebSites } from "../../src/web/server.ts";
import { House } from "./house.ts";

const houses: House[] = [];
const ports: OpenWebPort[] = [];
afterEach(async () => {
  for (const port of ports.splice(0)) await port.stop();
  for (const house of houses.splice(0)) {
    expect(house.faults).toEqual([]);
    await house.close();
  }
});

const listen = async (tls: boolean) => {
  const house = await House.build();
  houses.push(house);
  const port = new WebSites(house.deps).listen({ address: "127.0.0.1", port: 0, tls });
  ports.push(port);
  return { house, port };
};

/** The names in the certificate that a port shows to somebody who trusts only the house's authority. */
const namesAt = (port: number, servername: string, ca: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", servername, ca }, () => {
      resolve(socket.getPeerCertificate().subjectaltname ?? "");
      socket.end();
    });
    socket.on("error", reject);
  });

describe("a web port", () => {
  test("answers over HTTP and sees the client's own address", async () => {
    const { port } = await listen(false);
    const response = await fetch(`http://127.0.0.1:${port.port}/login`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("Sign in");
  });

  test("answers over HTTPS with a certificate of the own authority, and with a new one without a restart", async () => {
    const { house, port } = await listen(true);
    const { pem } = house.certificates.root();
    expect(await namesAt(port.port, "mail.home.example", pem)).toContain("mail.home.example");
    await house.certificates.issue(["other.home.example", "127.0.0.1"]);
    expect(await namesAt(port.port, "other.home.example", pem)).toContain("other.home.example");
    const response = await fetch(`https://127.0.0.1:${port.port}/login`, { tls: { ca: pem } });
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie().join()).toContain("__Host-gatepost-visitor=");
  });

  test("says so when it cannot be opened", async () => {
    const { house, port } = await listen(false);
    expect(() => new WebSites(house.deps).listen({ address: "127.0.0.1", port: port.port, tls: false })).toThrow();
  });
});
