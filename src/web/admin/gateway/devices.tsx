/** How devices are set to go through the gateway. Mounted by gateway.tsx at /admin/gateway/devices. */
import { Hono } from "hono";
import { Devices, type DevicesPage } from "../../../../views/admin/gateway/devices.tsx";
import { showAddresses } from "../../../administration/gateway/addresses.ts";
import type { WebEnv } from "../../context.ts";
import { perform } from "../../performing.ts";
import type { Front } from "../../site.ts";
import { adminFrame } from "../office.ts";

/** The port that devices ask for the file when they look for it by themselves. */
const WPAD_PORT = 80;

export const deviceRoutes = (front: Front): Hono<WebEnv> => {
  const { deps } = front;
  const app = new Hono<WebEnv>();
  app.get("/", async (c) => {
    const addresses = await perform(front, c, showAddresses, {});
    const http = deps.services
      .list()
      .flatMap(({ name, ports }) => (name === "web" ? ports : []))
      .some(({ port, state }) => port === WPAD_PORT && state === "listening");
    const page: DevicesPage = {
      ...addresses,
      wpad: http && addresses.pac !== null ? "http://wpad/wpad.dat" : null,
      guests: deps.directory.users.guest().permissions.has("http.proxy"),
    };
    return c.html(<Devices frame={adminFrame(front, c)} page={page} />);
  });
  return app;
};
