/** Contact cards that came with a message, and the way into one's own contacts. */
import type { CardOffer } from "../../../../views/webmail/offers.tsx";
import { t } from "../../../../views/words/words.ts";
import { nameOfCard } from "../../../directory/contact.ts";
import { cardsIn, type ReadCard } from "../../../directory/vcard.ts";
import type { Part } from "../../../mime/structure.ts";
import { Refusal } from "../../../refusal.ts";
import { oneLine } from "../names.ts";
import { hereOf, type Opened, partsNamed, textOf } from "./opened.ts";

/** Cards of one part that are shown. */
const MOST_CARDS = 10;
const MOST_LINES = 6;

/** The cards of a message's parts. */
export async function cardOffers(opened: Opened, parts: readonly Part[]): Promise<CardOffer[]> {
  const { directory, store } = opened.deps;
  const { contacts } = directory;
  const offers: CardOffer[] = [];
  for (const part of parts) {
    if (store.turns.over) await store.turns.next();
    const cards = cardsIn(textOf(opened, part), MOST_CARDS).map(({ card }, number): CardOffer => {
      const addresses = card.mails.map(({ address }) => address);
      const lines = [card.title, card.organisation, ...addresses, ...card.phones.map((phone) => phone.number)];
      return {
        ...{ kind: "card", name: oneLine(nameOfCard(card), 200), href: `${hereOf(opened)}/card` },
        lines: lines
          .filter((line) => line !== "")
          .slice(0, MOST_LINES)
          .map((line) => oneLine(line, 320)),
        ...{ part: part.partNumber, number },
        known: contacts.inBook(opened.user.id, addresses),
      };
    });
    offers.push(...cards);
  }
  return offers;
}

/** One of them, to be kept. @throws Refusal "notFound" */
export function cardAt(opened: Opened, partNumber: string, number: number): ReadCard["card"] {
  const parts = partsNamed(opened.message, /^text\/(?:x-)?vcard$|^text\/directory$/);
  const part = parts.find((one) => one.partNumber === partNumber);
  const card = part && cardsIn(textOf(opened, part), MOST_CARDS)[number]?.card;
  if (card === undefined) throw new Refusal("notFound", t("There is no such contact in this message."));
  return card;
}
