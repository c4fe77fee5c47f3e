/** How things stand with signing in, by the addresses of the pages: for the first page of Options. */
import { momentWords } from "../../../../views/parts/telling.tsx";
import { OPTIONS } from "../../../../views/webmail/options.tsx";
import { allOf } from "../../../../views/words/lists.ts";
import { t, tn } from "../../../../views/words/words.ts";
import { type FactorsView, showFactors } from "../../../administration/signing-in/factors.ts";
import { listAppPasswords, listSessions } from "../../../administration/signing-in/security.ts";
import { listUserTokens } from "../../../administration/signing-in/tokens.ts";
import type { SelfView } from "../../../administration/users/self.ts";
import type { WebContext } from "../../context.ts";
import type { Office } from "./office.tsx";

export async function securityStates(c: WebContext, office: Office, self: SelfView): Promise<[string, string][]> {
  const { login, password } = self;
  const factors = await office.perform(c, showFactors, { login });
  const { appPasswords } = await office.perform(c, listAppPasswords, { login });
  const { sessions } = await office.perform(c, listSessions, { login });
  const { tokens } = await office.perform(c, listUserTokens, { login });
  const browsers = tn(sessions.length, "this browser only", "{n} browsers");
  return [
    [`${OPTIONS}/password`, passwordWords(password, office.deps.now())],
    [`${OPTIONS}/second-factor`, factorWords(factors)],
    [`${OPTIONS}/app-passwords`, appPasswords.length === 0 ? t("none") : String(appPasswords.length)],
    [`${OPTIONS}/sessions`, browsers],
    [`${OPTIONS}/tokens`, tokens.length === 0 ? t("none") : String(tokens.length)],
  ];
}

function passwordWords({ whyNot, changedAt, external }: SelfView["password"], now: number): string {
  if (external !== null) return t("kept in {external}", { external });
  if (whyNot !== null) return t("changed by the administrator");
  return changedAt === null ? t("not set") : t("set {time}", { time: momentWords(Date.parse(changedAt), now) });
}

function factorWords({ totpSince, passkeys }: FactorsView): string {
  const parts = [
    totpSince === null ? "" : t("an app"),
    passkeys.length === 0 ? "" : tn(passkeys.length, "a passkey", "{n} passkeys"),
  ].filter(Boolean);
  return parts.length === 0 ? t("off") : allOf(parts);
}
