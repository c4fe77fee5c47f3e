/** As whom one writes: the list, the form of one, and which of them new messages begin with. */
import type { Hono } from "hono";
import { z } from "zod";
import {
  IDENTITIES,
  Identities,
  type IdentityFields,
  IdentityForm,
} from "../../../../views/webmail/options-identities.tsx";
import { t } from "../../../../views/words/words.ts";
import { listIdentities, removeIdentity, setIdentity } from "../../../administration/users/identities.ts";
import { Refusal } from "../../../refusal.ts";
import { signedIn, type WebContext, type WebEnv } from "../../context.ts";
import { asked, type Errors, posted, whole } from "../../form.ts";
import { type Office, problemOf } from "./office.tsx";

const address = z.string().trim().min(1, "Give an address.").max(320, "An address has at most 320 characters.");
const named = z.strictObject({ address });
const identityForm = z.strictObject({
  address,
  name: z.string(),
  replyTo: z.string(),
  organisation: z.string(),
  signature: z.string(),
  signatureHtml: z.string(),
});

/** Routes below /mail/options/identities. */
export function identityPages(app: Hono<WebEnv>, office: Office): void {
  const at = "/identities";
  const loginOf = (c: WebContext) => signedIn(c).user.login;

  const list = async (c: WebContext, errors: Errors = {}, typed = "") => {
    const { frame } = await office.desk(c, IDENTITIES);
    const { identities } = await office.perform(c, listIdentities, { login: loginOf(c) });
    const page = { frame, identities, errors, typed };
    return await office.show(c, t("Identities and signatures"), <Identities {...page} />, errors);
  };

  const edit = async (c: WebContext, identity: IdentityFields, errors: Errors = {}) => {
    const { frame, self } = await office.desk(c, IDENTITIES);
    const { fullName } = self;
    // The name of the account stands in the field as what is there without one.
    const shown = { ...identity, name: identity.name === fullName ? "" : identity.name };
    return await office.showEditor(
      c,
      identity.address,
      <IdentityForm
        {...{ frame, fullName, errors }}
        identity={shown}
        editor={await office.forEditor(identity.signatureHtml)}
      />,
      errors,
    );
  };

  app.get(at, async (c) => await list(c));

  app.get(`${at}/edit`, asked(named), async (c) => {
    const { address } = c.req.valid("query");
    const { identities } = await office.perform(c, listIdentities, { login: loginOf(c) });
    const found = identities.find((one) => one.address.toLowerCase() === address.toLowerCase());
    if (found === undefined) throw new Refusal("notFound", "This is not an address you write from.");
    return await edit(c, found);
  });

  app.post(`${at}/edit`, posted(identityForm), async (c) => {
    const value = whole(c.req.valid("form"));
    try {
      const signatureHtml = await office.fromEditor(value.signatureHtml);
      await office.perform(c, setIdentity, { login: loginOf(c), ...value, signatureHtml });
      return office.done(c, t("{address} is saved.", { address: value.address }), IDENTITIES);
    } catch (thrown) {
      return await edit(c, value, problemOf(thrown));
    }
  });

  app.post(`${at}/add`, posted(named), async (c) => {
    const form = c.req.valid("form");
    if (!form.ok) return await list(c, form.errors, form.fields.address);
    const { address } = form.value;
    try {
      await office.perform(c, setIdentity, { login: loginOf(c), address });
      return office.done(
        c,
        t("You can write from {address}.", { address }),
        `${IDENTITIES}/edit?address=${encodeURIComponent(address)}`,
      );
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      return await list(c, { address: thrown.sentence }, address);
    }
  });

  app.post(`${at}/default`, posted(named), async (c) => {
    const { address } = whole(c.req.valid("form"));
    await office.perform(c, setIdentity, { login: loginOf(c), address, isDefault: true });
    return office.done(c, t("New messages begin with {address}.", { address }), IDENTITIES);
  });

  app.post(`${at}/remove`, posted(named), async (c) => {
    const { address } = whole(c.req.valid("form"));
    try {
      await office.perform(c, removeIdentity, { login: loginOf(c), address });
    } catch (thrown) {
      // Nothing was said of it: that is what was wanted.
      if (!(thrown instanceof Refusal) || thrown.kind !== "notFound") throw thrown;
    }
    return office.done(c, t("What was said of {address} is forgotten.", { address }), IDENTITIES);
  });
}
