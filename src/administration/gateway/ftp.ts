/** Who is logged in to the FTP service, and ending a session. */
import { z } from "zod";
import { Refusal } from "../../refusal.ts";
import { operation } from "../operation.ts";
import { textOfTime, timeText } from "../values.ts";

const sessionView = z.object({
  id: z.string().describe("The session's name, here and in the log."),
  login: z.string().describe("Empty before the login."),
  remote: z.string(),
  secure: z.boolean().describe("The connection is encrypted."),
  since: timeText,
  folder: z.string().describe("The folder it is in."),
  doing: z.string().describe("What it does now; empty while it waits."),
  sent: z.number().int().describe("Octets of files sent."),
  received: z.number().int().describe("Octets of files received."),
});
export type FtpSessionView = z.output<typeof sessionView>;

export const listFtpSessions = operation({
  name: "ftp.sessions",
  summary: "Lists who is connected to the FTP service.",
  http: "GET /ftp/sessions",
  scope: "gateway:read",
  who: "administrator",
  input: z.strictObject({}),
  output: z.object({ sessions: z.array(sessionView) }),
  run: ({ ftp }) => ({
    sessions: ftp.sessions().map((session) => ({ ...session, since: textOfTime(session.since) })),
  }),
});

export const endFtpSession = operation({
  name: "ftp.end",
  summary: "Ends a session of the FTP service; a transfer that is under way is cut off.",
  http: "DELETE /ftp/sessions/{id}",
  scope: "gateway:write",
  who: "administrator",
  input: z.strictObject({ id: z.string().trim().min(1).max(64) }),
  output: z.object({}),
  async run(context, { id }) {
    const session = context.ftp.sessions().find((one) => one.id === id);
    if (session === undefined || !context.ftp.end(id)) throw new Refusal("notFound", "There is no such FTP session.");
    const { login, remote } = session;
    await context.record({ subject: `FTP session ${id}`, before: { login, remote }, after: { ended: true } });
    return {};
  },
});

export const ftpOperations = [listFtpSessions, endFtpSession] as const;
