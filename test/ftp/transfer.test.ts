/** Transfers by themselves. */
import { afterAll, expect, test } from "bun:test";
import type { Upload } from "../../src/files/files.ts";
import type { Connection } from "../../src/net/connection.ts";
import { listen } from "../../src/net/listener.ts";
import { Tunnels } from "../../src/net/tunnels.ts";
import { Transfer } from "../../src/services/ftp/transfer.ts";
import { until } from "../harness.ts";
import { dataTo, House } from "./house.ts";

const house = await House.build();
afterAll(() => house.close());

/** A connection of which the peer sent all and then went away wholly, or went away in the middle. */
async function gone(content: string, finished: boolean): Promise<Connection> {
  const { promise: accepted, resolve } = Promise.withResolvers<Connection>();
  const listener = listen({
    ...{ address: "127.0.0.1", port: 0, tls: "none", access: "any", lan: [], proxies: [] },
    caps: { total: 1, perAddress: 1 },
    session: async (connection) => {
      resolve(connection);
      await connection.closed;
    },
  });
  const socket = await dataTo(listener.port);
  const connection = await accepted;
  socket.write(content);
  if (finished) socket.end();
  await until(() => connection.buffered === content.length, "the octets to come");
  if (finished) await until(() => connection.peerFinished, "the end to be told");
  socket.resetAndDestroy();
  // What is sent to somebody who has gone is how his going is heard of.
  await until(() => {
    void connection.write("x").catch(() => undefined);
    return !connection.open;
  }, "the connection to be gone");
  void listener.stop({ graceMs: 0 });
  return connection;
}

test("an upload is whole when its end was told, even if the client has gone before it is read", async () => {
  const jail = await house.jail();
  const tunnels = new Tunnels({ onFault: (fault) => house.faults.push(String(fault)), pump: false });
  const receive = async (data: Connection, upload: Upload) => {
    const said: string[] = [];
    const host = { tunnels, dataTimeoutMs: 5_000, tls: false, take: async () => data } as const;
    const say = async (text: string) => void said.push(text.slice(0, 3));
    const transfer = new Transfer(
      { ...host, say },
      "STOR it",
      "Send it.",
      async (here, from) => {
        await here.receive(upload, from);
        return "226";
      },
      (fault) => house.faults.push(String(fault)),
    );
    await transfer.done;
    const { written } = upload;
    await upload.abandon();
    return [...said, written];
  };
  const whole = await receive(await gone("all of it", true), await jail.openWrite("/whole"));
  expect(whole).toEqual(["150", "226", 9]);
  const part = await receive(await gone("not all", false), await jail.openWrite("/part"));
  expect(part).toEqual(["150", "426", 7]);
  expect(house.faults).toEqual([]);
});
