/** Certificates: what is served, making one under the own authority, installing one from elsewhere. */
import { z } from "zod";
import { hasControls } from "../../directory/validate.ts";
import { Refusal } from "../../refusal.ts";
import { type Context, operation } from "../operation.ts";
import type { CertificateView } from "../parts.ts";
import { switched, textOfTime, timeText } from "../values.ts";

const MOST_PEM = 262_144;

const certificateView = z.object({
  id: z.string(),
  names: z.array(z.string()),
  issuer: z.string(),
  own: z.boolean().describe("Made by this server's own authority."),
  standard: z.boolean().describe("Served to clients that name no server, or one that no certificate is for."),
  servedFor: z.array(z.string()).describe("The names with which clients ask and get this one."),
  inUse: z.boolean().describe("Some clients get it: it is the standard one, or served for a name."),
  notBefore: timeText,
  notAfter: timeText,
  fingerprint: z.string().describe("SHA-256."),
});

const rootView = z.object({ pem: z.string(), fingerprint: z.string(), notAfter: timeText });

export const listCertificates = operation({
  name: "certificate.list",
  summary: "Lists the certificates, and the own authority's root.",
  http: "GET /certificates",
  scope: "server:read",
  who: "administrator",
  input: z.strictObject({}),
  output: z.object({ certificates: z.array(certificateView), root: rootView }),
  run({ certificates }) {
    const { pem, fingerprint, notAfter } = certificates.root();
    return {
      certificates: certificates.list().map(viewOf),
      root: { pem, fingerprint, notAfter: textOfTime(notAfter) },
    };
  },
});

const changed = z.object({ certificates: z.array(certificateView) });

export const issueCertificate = operation({
  name: "certificate.issue",
  summary: "Makes a certificate for some names under the own authority, and uses it.",
  http: "POST /certificates",
  scope: "server:write",
  who: "administrator",
  input: z.strictObject({
    names: z
      .array(
        z
          .string()
          .trim()
          .toLowerCase()
          .min(1)
          .max(253)
          .refine((text) => !hasControls(text)),
      )
      .min(1, "Name at least one host.")
      .max(100, "At most 100 names.")
      .describe("Host names and addresses."),
  }),
  output: changed,
  run: (context, { names }) => recording(context, () => context.certificates.issue(names)),
});

export const uploadCertificate = operation({
  name: "certificate.upload",
  summary: "Installs a certificate from elsewhere with its key.",
  http: "POST /certificates/uploads",
  scope: "server:write",
  who: "administrator",
  input: z.strictObject({
    chain: z.string().max(MOST_PEM).describe("PEM, the certificate first, then its chain."),
    key: z.string().max(MOST_PEM).describe("Its private key, PEM."),
  }),
  output: changed,
  run: (context, { chain, key }) => recording(context, () => context.certificates.upload(chain, key)),
});

export const removeCertificate = operation({
  name: "certificate.remove",
  summary: "Removes a certificate from elsewhere; one that is in use only where that is confirmed.",
  http: "DELETE /certificates/{id}",
  scope: "server:write",
  who: "administrator",
  input: z.strictObject({
    id: z.string().max(128),
    anyway: switched.default(false).describe("on: also one that is in use; without that it is refused."),
  }),
  output: changed,
  run(context, { id, anyway }) {
    const found = context.certificates.list().find((one) => one.id === id);
    if (found === undefined) throw new Refusal("notFound", "There is no such certificate.");
    if (found.inUse && !found.own && !anyway) {
      const sentence = `This certificate is in use: ${usesOf(found)}. Confirm that it goes all the same (anyway=on).`;
      throw new Refusal("inUse", sentence, { field: "anyway" });
    }
    return recording(context, () => context.certificates.remove(id));
  },
});

/** Who gets a certificate, as the rest of a sentence. */
export function usesOf({ servedFor, standard }: Pick<CertificateView, "servedFor" | "standard">): string {
  const asked = servedFor.length === 0 ? [] : [`ask for ${servedFor.join(", ")}`];
  return `clients that ${[...asked, ...(standard ? ["name no server that is known"] : [])].join(", or ")} get it`;
}

/** Does it, and writes into the audit log which certificates came and went. */
async function recording(context: Context, work: () => Promise<void>): Promise<z.output<typeof changed>> {
  const before = context.certificates.list();
  await work();
  const after = context.certificates.list();
  const facts = ({ names, issuer, notAfter, fingerprint }: CertificateView) => ({
    ...{ names, issuer, fingerprint },
    notAfter: textOfTime(notAfter),
  });
  for (const one of before) {
    if (after.some(({ id }) => id === one.id)) continue;
    await context.record({ subject: `certificate for ${one.names[0] ?? one.id}`, before: facts(one) });
  }
  for (const one of after) {
    if (before.some(({ id }) => id === one.id)) continue;
    await context.record({ subject: `certificate for ${one.names[0] ?? one.id}`, after: facts(one) });
  }
  return { certificates: after.map(viewOf) };
}

function viewOf({ names, servedFor, notBefore, notAfter, ...rest }: CertificateView): z.output<typeof certificateView> {
  return {
    ...rest,
    names: [...names],
    servedFor: [...servedFor],
    notBefore: textOfTime(notBefore),
    notAfter: textOfTime(notAfter),
  };
}

export const certificateOperations = [
  listCertificates,
  issueCertificate,
  uploadCertificate,
  removeCertificate,
] as const;
