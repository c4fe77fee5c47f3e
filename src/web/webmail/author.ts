/** Who a message is from, really: what this server found when it came, in words. */
import { t } from "../../../views/words/words.ts";
import type { Told } from "../../filter/told.ts";
import { flatten } from "../../mime/addresses.ts";
import type { Envelope } from "../../mime/envelope.ts";
import { oneLine } from "./names.ts";

/** What is known: proven, nothing wrong, nothing proven, or proven to be otherwise. */
export interface Author {
  readonly kind: "ok" | "off" | "warn" | "danger";
  readonly words: string;
}

const LONGEST_NAME = 200;

/** What is to be said of a message's author. @param told what this server wrote in front of it; undefined where it did not come by its door */
export function authorOf(envelope: Envelope, told: Told | undefined): Author {
  const named = oneLine(flatten(envelope.from)[0]?.domain ?? "", LONGEST_NAME).toLowerCase();
  const from = named === "" ? t("somebody it does not name") : named;
  if (told === undefined) return { kind: "off", words: t("Nobody here checked who it is from.") };
  if (told.protocol.endsWith("A")) return { kind: "ok", words: t("Somebody who had signed in here sent it.") };
  if (told.checks === undefined)
    return { kind: "off", words: t("It was handed in from inside; mail from inside is not checked.") };
  const of = (method: string) => told.checks?.filter((check) => check.method === method) ?? [];
  const passed = (method: string) => of(method).find(({ result }) => result === "pass");
  if (passed("dmarc") !== undefined) {
    return {
      kind: "ok",
      words: t("It is really from {from}: that is proven by what the domain says of its mail (DMARC).", { from }),
    };
  }
  const signer = passed("dkim")?.properties["header.d"];
  const sender = passed("spf")?.properties["smtp.mailfrom"]?.split("@").at(-1);
  const vouched = vouchedWords(signer, sender);
  const other = vouched === "" ? "" : ` ${t("What is known: {vouched}.", { vouched })}`;
  if (of("dmarc").some(({ result }) => result === "fail")) {
    const words = t(
      "It says to be from {from}, and nothing proves it, though {from} says how its mail proves itself. Somebody else may have written it.",
      { from },
    );
    return { kind: "danger", words: words + other };
  }
  const aligned = [signer, sender].some((one) => one !== undefined && related(one.toLowerCase(), named));
  if (aligned) return { kind: "ok", words: t("It seems to be from {from}: {vouched}.", { from, vouched }) };
  const words = t("Nothing proves that it is from {from}; the domain does not say how its mail proves itself.", {
    from,
  });
  return { kind: "warn", words: words + other };
}

function vouchedWords(signer: string | undefined, sender: string | undefined): string {
  if (signer !== undefined && sender !== undefined)
    return t("{signer} signed it, and a server that may send for {sender} brought it", { signer, sender });
  if (signer !== undefined) return t("{signer} signed it", { signer });
  return sender === undefined ? "" : t("a server that may send for {sender} brought it", { sender });
}

/** One domain is the other, or stands below it. */
const related = (one: string, other: string): boolean =>
  other !== "" && (one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`));
