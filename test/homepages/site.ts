/** The executable with home pages, and what tests ask of it: requests as they are, octet by octet, and files by WebDAV. */
import { connect } from "node:net";
import { Gatepost, PASSWORD } from "../harness.ts";

/** Name and password as HTTP Basic has them. */
export const basic = (login: string, password = PASSWORD): string =>
  `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}`;

/** A server with `anna` and `berta`, who may change their home-page folders, and `carl`, who may only read his. */
export const startSite = async (...settings: string[]): Promise<Gatepost> => {
  const server = await Gatepost.start({ users: ["anna", "berta", "carl"], settings });
  for (const login of ["anna", "berta"]) await server.command(["user", "set", login, "permissions=+ftp.modify"]);
  return server;
};

/** Where a server answers without TLS. */
export const baseOf = (server: Gatepost): string => `http://127.0.0.1:${server.port(80)}`;

/** One request to somebody's folder. */
export const dav = (
  server: Gatepost,
  method: string,
  path: string,
  { login = "anna", headers = {}, body }: { login?: string; headers?: Record<string, string>; body?: BodyInit } = {},
): Promise<Response> =>
  fetch(`${baseOf(server)}/dav/pages/${login}${path}`, {
    method,
    headers: { authorization: basic(login), ...headers },
    redirect: "manual",
    ...(body !== undefined && { body }),
  });

/** Puts a file into somebody's folder. */
export const put = async (server: Gatepost, path: string, body: BodyInit, login = "anna"): Promise<void> => {
  const { status } = await dav(server, "PUT", path, { login, body });
  if (status !== 201 && status !== 204) throw new Error(`PUT ${path} was answered with ${status}`);
};

/** What a server answers to octets as they are, until it closes or nothing comes for a while. */
export const raw = (port: number, octets: string | Uint8Array, silentMs = 3_000): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(octets));
    let answer = "";
    socket.setEncoding("latin1");
    socket.setTimeout(silentMs, () => socket.destroy());
    socket.on("data", (text) => {
      answer += text;
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });

/** A GET with its path and Host as they are written here. */
export const rawGet = (server: Gatepost, path: string, host = "127.0.0.1", more = ""): Promise<string> =>
  raw(server.port(80), `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${more}Connection: close\r\n\r\n`);

/** The status of an answer. */
export const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
