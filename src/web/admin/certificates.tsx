/** Certificates: what is served, the own authority, making and uploading one. */
import { Hono } from "hono";
import { z } from "zod";
import { type CertificateLine, Certificates } from "../../../views/admin/certificates.tsx";
import { Confirm, ConfirmForm, type Question } from "../../../views/admin/confirm.tsx";
import {
  issueCertificate,
  listCertificates,
  removeCertificate,
  uploadCertificate,
  usesOf,
} from "../../administration/server/certificates.ts";
import { Refusal } from "../../refusal.ts";
import { type WebContext, type WebEnv, wantsFragment } from "../context.ts";
import { type Errors, fileText, lines, posted, sentenceOf, whole } from "../form.ts";
import { doneAt, perform } from "../performing.ts";
import { certificateSchema } from "../setup/answers.ts";
import type { Front } from "../site.ts";
import { adminFrame } from "./office.ts";

const DAY_MS = 86_400_000;
const SOON_DAYS = 14;

const issueForm = z.strictObject({ names: lines.pipe(certificateSchema.shape.names) });

/** Certificate and key, each as a file or as text. */
const uploadForm = z.strictObject({
  chainFile: fileText,
  keyFile: fileText,
  chain: z.string().trim().default(""),
  key: z.string().trim().default(""),
});

const stateOf = (certificate: Pick<CertificateLine, "notAfter" | "inUse">, now: number): CertificateLine["state"] => {
  if (certificate.notAfter <= now) return { kind: "danger", words: "ended" };
  if (certificate.notAfter - now < SOON_DAYS * DAY_MS) return { kind: "warn", words: "ends soon" };
  return certificate.inUse ? { kind: "ok", words: "in use" } : { kind: "off", words: "not in use" };
};

export const certificateRoutes = (front: Front): Hono<WebEnv> => {
  const { now } = front.deps;
  const app = new Hono<WebEnv>();

  const listed = async (c: WebContext) => {
    const { certificates, root } = await perform(front, c, listCertificates, {});
    return {
      list: certificates.map((one) => ({ ...one, notAfter: Date.parse(one.notAfter) })),
      root: { ...root, notAfter: Date.parse(root.notAfter) },
    };
  };

  const show = async (
    c: WebContext,
    wrong: { names?: string; issue?: Errors; upload?: Errors; chain?: string } = {},
  ) => {
    const { list, root } = await listed(c);
    const page = {
      certificates: list.map((certificate) => ({ ...certificate, state: stateOf(certificate, now()) })),
      root,
      names: wrong.names ?? list.find((certificate) => certificate.own)?.names.join("\n") ?? "",
      chain: wrong.chain ?? "",
      issueErrors: wrong.issue ?? {},
      uploadErrors: wrong.upload ?? {},
    };
    return c.html(<Certificates frame={adminFrame(front, c)} page={page} />, wrong.issue || wrong.upload ? 422 : 200);
  };

  app.get("/", (c) => show(c));

  app.post("/issue", posted(issueForm), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) {
      return show(c, {
        names: form.fields.names ?? "",
        issue: { names: Object.values(form.errors)[0] ?? "List the names." },
      });
    }
    try {
      await perform(front, c, issueCertificate, { names: form.value.names });
    } catch (thrown) {
      return show(c, { names: form.fields.names ?? "", issue: { names: sentenceOf(thrown) } });
    }
    return doneAt(front, c, "A new certificate was made and is used now.", "/admin/certificates");
  });

  app.post("/upload", posted(uploadForm), async (c) => {
    const form = whole(c.req.valid("form"));
    const chain = form.chainFile || form.chain;
    const key = form.keyFile || form.key;
    if (chain === "" || key === "") {
      return show(c, {
        chain,
        upload: { "": "Give both, the certificate and its private key, as PEM files or text." },
      });
    }
    try {
      await perform(front, c, uploadCertificate, { chain, key });
    } catch (thrown) {
      return show(c, { chain, upload: { "": sentenceOf(thrown) } });
    }
    return doneAt(front, c, "The certificate was taken and is used now.", "/admin/certificates");
  });

  const certificateOf = async (c: WebContext) => {
    const found = (await listed(c)).list.find(({ id }) => id === c.req.param("id"));
    if (found === undefined) throw new Refusal("notFound", "There is no such certificate.");
    return found;
  };

  app.get("/:id/remove", async (c) => {
    const certificate = await certificateOf(c);
    const question: Question = {
      title: "Remove this certificate?",
      text: certificate.inUse
        ? `It is in use: ${usesOf(certificate)}. From then on they get another, and may refuse to connect.`
        : `It is valid for ${certificate.names.join(", ")}, and not in use.`,
      action: `/admin/certificates/${encodeURIComponent(certificate.id)}/remove`,
      doIt: "Remove it",
      back: "/admin/certificates",
    };
    if (wantsFragment(c)) return c.html(<ConfirmForm question={question} csrf={c.get("csrf")} />);
    return c.html(<Confirm frame={adminFrame(front, c)} place="certificates" question={question} />);
  });

  app.post("/:id/remove", async (c) => {
    // The question before this has said who gets it.
    await perform(front, c, removeCertificate, { id: c.req.param("id"), anyway: true });
    return doneAt(front, c, "The certificate was removed.", "/admin/certificates");
  });

  return app;
};
