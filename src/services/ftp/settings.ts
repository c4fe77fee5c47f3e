/** What an administrator can set about FTP. */
import { z } from "zod";
import { parseAddress } from "../../net/access.ts";
import { defineSettings } from "../../store/settings.ts";

const port = z.number().int().min(0).max(65_535);

export const ftpSettings = defineSettings("ftp", () =>
  z.object({
    welcome: z
      .string()
      .max(2000)
      .default("")
      .describe("Text that clients show before the login; lines are sent as they are."),
    passiveFrom: port
      .default(0)
      .describe(
        "First port of data connections in passive mode; 0 leaves the choice to the system. Forward the range in a router.",
      ),
    passiveTo: port.default(0).describe("Last port of data connections in passive mode."),
    externalAddress: z
      .string()
      .refine((text) => text === "" || parseAddress(text)?.family === 4, "An IPv4 address, or nothing.")
      .default("")
      .describe(
        "The IPv4 address that clients outside the LAN are told for data connections, where a router stands between; empty for the address they came to.",
      ),
    idleTimeout: z
      .number()
      .min(0.01)
      .max(86_400)
      .default(600)
      .describe("How long a session may wait for its next command, in seconds."),
    loginTimeout: z
      .number()
      .min(0.01)
      .max(3_600)
      .default(60)
      .describe("How long a client that has not logged in may wait with its next command, in seconds."),
    dataTimeout: z
      .number()
      .min(0.01)
      .max(3_600)
      .default(60)
      .describe("How long a data connection may take to come, and to stand still, in seconds."),
    sessionsPerUser: z.number().int().min(1).max(10_000).default(20).describe("Sessions of one user at the same time."),
    sessionsPerAddress: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(20)
      .describe("Sessions from one address at the same time."),
    maxErrors: z
      .number()
      .int()
      .min(1)
      .default(20)
      .describe("Senseless commands, and refused ones before the login, after which a session is ended."),
    requireDataTls: z
      .boolean()
      .default(false)
      .describe("Whether a session in TLS must protect its data connections, too."),
    requireTlsResumption: z
      .boolean()
      .default(false)
      .describe(
        "Whether a data connection in TLS must resume a session that began on a control connection here, which a stranger has none of. Some clients cannot.",
      ),
  }),
);
