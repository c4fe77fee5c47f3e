/** German. Sorted by the page on which it is read, and there as it is read. */
import { LISTS } from "./de-list.ts";
import { OPTIONS } from "./de-options.ts";
import { READING } from "./de-reading.ts";
import { RULES } from "./de-rules.ts";
import { SIGNING_IN } from "./de-signing-in.ts";
import { WRITING } from "./de-writing.ts";
import type { Catalogue } from "./words.ts";

export const GERMAN: Catalogue = {
  ...LISTS,
  ...READING,
  ...WRITING,
  ...OPTIONS,
  ...RULES,
  ...SIGNING_IN,

  // The frame of every page
  "Skip to the page": "Zur Seite springen",
  "Colours as on this device": "Farben wie auf diesem Gerät",
  "Light colours": "Helle Farben",
  "Dark colours": "Dunkle Farben",
  "Sign out {name}": "{name} abmelden",
  Menu: "Menü",
  Colours: "Farben",
  Dialog: "Dialog",
  "Close this message": "Diese Meldung schließen",
  Pages: "Seiten",
  "{total} {noun}, page {page} of {pages}": "{total} {noun}, Seite {page} von {pages}",
  Previous: "Zurück",
  Next: "Weiter",
  "in {n} min": "in {n} Min.",
  "in {n} h": "in {n} Std.",
  "yesterday {time}": "gestern {time}",

  // What did not go through
  "Your address is barred": "Ihre Adresse ist gesperrt",
  "Not here": "Nicht hier",
  "That is not open to you": "Das steht Ihnen nicht offen",
  "Too large": "Zu groß",
  "Not right now": "Im Moment nicht",
  "The disk is full": "Die Platte ist voll",
  "There is no page at this address. It may have moved.":
    "Unter dieser Adresse gibt es keine Seite. Vielleicht ist sie umgezogen.",
  "Something broke here": "Hier ist etwas kaputtgegangen",
  "That is this server's fault, not yours, and it has been written to the log. Try again in a moment.":
    "Das liegt an diesem Server, nicht an Ihnen, und steht jetzt im Protokoll. Versuchen Sie es gleich noch einmal.",
  "Mind the gap.": "Vorsicht, Lücke.",
  "The log has more about this under the trace {trace}.": "Das Protokoll weiß mehr davon, unter der Spur {trace}.",
  "To the start page": "Zur Startseite",
  "{sentence} (Trace {trace})": "{sentence} (Spur {trace})",
  "{one} and {other}": "{one} und {other}",
  "{one} or {other}": "{one} oder {other}",
  "{first} and {n} more": "{first} und {n} weitere",

  // Parts of pages
  Search: "Suchen",
  Cancel: "Abbrechen",
  "Copy {about}": "{about} kopieren",
  Copy: "Kopieren",
  Close: "Schließen",
  Properties: "Eigenschaften",
  "{some} of {all}": "{some} von {all}",
  received: "empfangen",
  sent: "gesendet",
  "{label}: {first} {received} and {second} {sent}; at most {most} in one.":
    "{label}: {first} {received} und {second} {sent}; höchstens {most} auf einmal.",

  // Parts of pages
  "That did not go through": "Das hat nicht geklappt",
  "{n} % full": "zu {n} % voll",
  contact: "Kontakt",
  contacts: "Kontakte",
  Code: "Code",
  "If you lose your phone or key, one of these codes lets you in, each once. Print them or write them down; they are not shown again, and older ones are no longer good.":
    "Wenn Sie Ihr Telefon oder Ihren Schlüssel verlieren, lässt Sie einer dieser Codes hinein, jeder einmal. Drucken Sie sie aus oder schreiben Sie sie ab; sie werden nicht noch einmal gezeigt, und ältere gelten nicht mehr.",

  // The frame of every page
  "Gatepost, to the start page": "Gatepost, zur Startseite",
  Write: "Schreiben",
  Administration: "Verwaltung",
  "Pictures on other servers are not loaded until you ask for them. Those of these senders are shown at once; they are fetched by this server, so that nobody learns where you are.":
    "Bilder auf anderen Servern werden erst geladen, wenn Sie es wünschen. Die dieser Absender werden gleich gezeigt; dieser Server holt sie, so dass niemand erfährt, wo Sie sind.",
  "“Always from this sender” in a message puts its sender here.":
    "„Immer von diesem Absender“ in einer Nachricht bringt ihren Absender hierher.",
  "You are asked again before pictures of {address} are shown.":
    "Sie werden wieder gefragt, bevor Bilder von {address} gezeigt werden.",
  "Ask again": "Wieder fragen",
  sender: "Absender",
  senders: "Absender",
};
