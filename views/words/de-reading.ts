/** German for an open message: what is said before its text, and what can be done with it. */
import type { Catalogue } from "./words.ts";

export const READING: Catalogue = {
  // The head of a message
  Reply: "Antworten",
  Forward: "Weiterleiten",
  Delete: "Löschen",
  "Mark as unread": "Als ungelesen markieren",
  "Take the star off": "Stern entfernen",
  "to nobody named": "an niemanden",
  "to {names}": "an {names}",
  "to {names} and {n} more": { one: "an {names} und {n} weiteren", other: "an {names} und {n} weitere" },
  "All names": "Alle Namen",
  "Sent by": "Gesendet von",
  "Reply to": "Antwort an",
  "What to do with this message": "Was mit dieser Nachricht geschehen soll",
  "Back to {folder}": "Zurück zu {folder}",
  "Move to the inbox": "In den Posteingang verschieben",
  "Header fields": "Kopfzeilen",
  Source: "Quelltext",
  "Save as a file": "Als Datei speichern",
  "This message is in Junk.": "Diese Nachricht liegt im Spam.",
  "Go on writing": "Weiterschreiben",
  Print: "Drucken",
  "View with its formatting": "Mit Formatierung anzeigen",
  "View in my colours": "In meinen Farben anzeigen",
  "View in its own colours": "In eigenen Farben anzeigen",
  "View as text": "Als Text anzeigen",
  "Nothing open": "Nichts geöffnet",
  "Choose a message to read it here.": "Wählen Sie eine Nachricht, um sie hier zu lesen.",
  "Everything here is read. Choose a message to see it again.":
    "Hier ist alles gelesen. Wählen Sie eine Nachricht, um sie wieder zu sehen.",
  "{n} messages are unread.": { one: "Eine Nachricht ist ungelesen.", other: "{n} Nachrichten sind ungelesen." },

  // Its text, pictures and files
  Attachments: "Anhänge",
  "{n} attachments": { one: "1 Anhang", other: "{n} Anhänge" },
  "Save all {n} files": { one: "Datei speichern", other: "Alle {n} Dateien speichern" },
  "Look at it": "Ansehen",
  "Look at {name}": "{name} ansehen",
  "Ask again next time": "Nächstes Mal wieder fragen",
  "Always from this sender": "Immer von diesem Absender",
  "Pictures of {address} are shown without asking.": "Bilder von {address} werden ohne Nachfrage gezeigt.",
  "{n} pictures were not loaded, because that would tell the sender that you read this.": {
    one: "Ein Bild wurde nicht geladen, weil der Absender sonst erführe, dass Sie dies lesen.",
    other: "{n} Bilder wurden nicht geladen, weil der Absender sonst erführe, dass Sie dies lesen.",
  },
  "Show pictures": "Bilder anzeigen",
  "This message is very long, and its end is not shown here.":
    "Diese Nachricht ist sehr lang; ihr Ende wird hier nicht gezeigt.",
  "Save it as a file to have all of it.": "Speichern Sie sie als Datei, um alles zu haben.",
  "The message: {subject}": "Die Nachricht: {subject}",
  "This message has no text.": "Diese Nachricht hat keinen Text.",
  "{n} quoted lines": { one: "1 zitierte Zeile", other: "{n} zitierte Zeilen" },
  "There is no such file in this message.": "In dieser Nachricht gibt es keine solche Datei.",
  "This message has no attachments.": "Diese Nachricht hat keine Anhänge.",
  "This message has no formatting.": "Diese Nachricht hat keine Formatierung.",
  "Somebody else may have written this, so its pictures are not kept shown.":
    "Das könnte jemand anders geschrieben haben; deshalb werden seine Bilder nicht immer gezeigt.",

  // Warnings
  "What is known of it": "Was darüber bekannt ist",
  "The name of the sender looks like an address, but the message comes from another one: {address}.":
    "Der Name des Absenders sieht aus wie eine Adresse, aber die Nachricht kommt von einer anderen: {address}.",
  "This message names several authors; only the first is shown. That is unusual.":
    "Diese Nachricht nennt mehrere Verfasser; nur der erste wird gezeigt. Das ist ungewöhnlich.",
  "The sender’s domain {domain} looks like {known}, but is another one. Be careful.":
    "Die Domain {domain} des Absenders sieht aus wie {known}, ist aber eine andere. Seien Sie vorsichtig.",
  "The sender’s domain {domain} mixes letters of several scripts, as imitations do.":
    "Die Domain {domain} des Absenders mischt Buchstaben mehrerer Schriften, wie es Nachahmungen tun.",
  "A link leads to {host}, which looks like {known}, but is another one.":
    "Ein Link führt zu {host}. Das sieht aus wie {known}, ist aber etwas anderes.",
  "A link leads to {host}, which mixes letters of several scripts, as imitations do.":
    "Ein Link führt zu {host}. Der Name mischt Buchstaben mehrerer Schriften, wie es Nachahmungen tun.",
  "A link says {says}, but leads to {leads}.": "Ein Link nennt {says}, führt aber zu {leads}.",

  // Who it is from
  "somebody it does not name": "jemandem, den sie nicht nennt",
  "Nobody here checked who it is from.": "Niemand hier hat geprüft, von wem sie ist.",
  "Somebody who had signed in here sent it.": "Jemand, der hier angemeldet war, hat sie gesendet.",
  "It was handed in from inside; mail from inside is not checked.":
    "Sie wurde von innen eingeliefert; Post von innen wird nicht geprüft.",
  "It is really from {from}: that is proven by what the domain says of its mail (DMARC).":
    "Sie ist wirklich von {from}: Das beweist, was die Domain über ihre Post sagt (DMARC).",
  "What is known: {vouched}.": "Bekannt ist: {vouched}.",
  "It says to be from {from}, and nothing proves it, though {from} says how its mail proves itself. Somebody else may have written it.":
    "Sie gibt an, von {from} zu sein, und nichts beweist es, obwohl {from} sagt, woran man ihre Post erkennt. Jemand anders könnte sie geschrieben haben.",
  "It seems to be from {from}: {vouched}.": "Sie scheint von {from} zu sein: {vouched}.",
  "Nothing proves that it is from {from}; the domain does not say how its mail proves itself.":
    "Nichts beweist, dass sie von {from} ist; die Domain sagt nicht, woran man ihre Post erkennt.",
  "{signer} signed it, and a server that may send for {sender} brought it":
    "{signer} hat sie signiert, und ein Server, der für {sender} senden darf, hat sie gebracht",
  "{signer} signed it": "{signer} hat sie signiert",
  "a server that may send for {sender} brought it": "ein Server, der für {sender} senden darf, hat sie gebracht",

  // Signatures and encryption
  "This message has a PGP signature. It was not checked here.":
    "Diese Nachricht hat eine PGP-Signatur. Sie wurde hier nicht geprüft.",
  "This message is encrypted with {how}. Open it with a program that has your key.":
    "Diese Nachricht ist mit {how} verschlüsselt. Öffnen Sie sie mit einem Programm, das Ihren Schlüssel hat.",
  "This message has an S/MIME signature. It was not checked here.":
    "Diese Nachricht hat eine S/MIME-Signatur. Sie wurde hier nicht geprüft.",
  "This message has an S/MIME signature. Its certificate says {subject}, by {issuer}; it was not checked here.":
    "Diese Nachricht hat eine S/MIME-Signatur. Ihr Zertifikat nennt {subject}, ausgestellt von {issuer}; sie wurde hier nicht geprüft.",

  // Invitations
  "You are invited": "Sie sind eingeladen",
  "One date was called off": "Ein Termin wurde abgesagt",
  "This was called off": "Dies wurde abgesagt",
  "{who} comes": "{who} kommt",
  "{who} does not come": "{who} kommt nicht",
  "{who} maybe comes": "{who} kommt vielleicht",
  "Another time is proposed": "Eine andere Zeit wird vorgeschlagen",
  "A date": "Ein Termin",
  "(no title)": "(ohne Titel)",
  When: "Wann",
  Repeats: "Wiederholt sich",
  Where: "Wo",
  "every {n} days": { one: "jeden Tag", other: "alle {n} Tage" },
  "every {n} weeks": { one: "jede Woche", other: "alle {n} Wochen" },
  "every {n} months": { one: "jeden Monat", other: "alle {n} Monate" },
  "every {n} years": { one: "jedes Jahr", other: "alle {n} Jahre" },
  "several times": "mehrmals",
  Accept: "Zusagen",
  Maybe: "Vielleicht",
  Decline: "Absagen",
  "You accepted.": "Sie haben zugesagt.",
  "You answered maybe.": "Sie haben mit „vielleicht“ geantwortet.",
  "You declined.": "Sie haben abgesagt.",
  comes: "kommt",
  "does not come": "kommt nicht",
  "maybe comes": "kommt vielleicht",
  "has not answered": "hat nicht geantwortet",
  "{n} people are invited": { one: "Eine Person ist eingeladen", other: "{n} Personen sind eingeladen" },
  "The answer goes to {address}, who is not the sender of this message.":
    "Die Antwort geht an {address}; das ist nicht der Absender dieser Nachricht.",
  "There is nothing to answer here.": "Hier gibt es nichts zu beantworten.",
  "Your answer was sent to {address}.": "Ihre Antwort wurde an {address} gesendet.",
  "Accepted: {title}": "Zugesagt: {title}",
  "Maybe: {title}": "Vielleicht: {title}",
  "Declined: {title}": "Abgesagt: {title}",
  "You have no address to answer from.": "Sie haben keine Adresse, von der Sie antworten könnten.",

  // Contact cards
  "Contact {name}": "Kontakt {name}",
  "This address stands in your contacts.": "Diese Adresse steht in Ihren Kontakten.",
  "Save to contacts": "Zu den Kontakten",
  "There is no such contact in this message.": "In dieser Nachricht gibt es keinen solchen Kontakt.",
  "{name} stands in your contacts now.": "{name} steht jetzt in Ihren Kontakten.",

  // Receipts
  "The sender wants to hear that you read this, at {address}.":
    "Der Absender möchte unter {address} erfahren, dass Sie dies gelesen haben.",
  "Pictures and receipts": "Bilder, Bestätigungen",
  "When a sender wants to hear that you read his message":
    "Wenn ein Absender erfahren möchte, dass Sie seine Nachricht gelesen haben",
  "Ask me": "Mich fragen",
  "Nothing is sent without your word.": "Ohne Ihr Wort wird nichts gesendet.",
  "Send nothing, and do not ask": "Nichts senden und nicht fragen",
  "Receipts are as you chose.": "Lesebestätigungen sind, wie Sie es gewählt haben.",
  "Send a receipt": "Bestätigen",
  "Send none": "Nicht bestätigen",
  "No receipt is asked for any more.": "Es wird keine Lesebestätigung mehr gewünscht.",
  "{address} was told that you read this.": "{address} hat erfahren, dass Sie dies gelesen haben.",
  "Nobody is told that you read this.": "Niemand erfährt, dass Sie dies gelesen haben.",
  "Your message “{subject}” was shown to its reader. That does not say that it was understood.":
    "Ihre Nachricht „{subject}“ wurde ihrem Leser angezeigt. Das sagt nicht, dass sie verstanden wurde.",
  "Read: {subject}": "Gelesen: {subject}",

  // Mailing lists
  "This came from a mailing list.": "Dies kam über einen Verteiler.",
  "{host} is told so by this server.": "Dieser Server sagt es {host}.",
  Unsubscribe: "Abmelden",
  "Unsubscribe by mail": "Per Mail abmelden",
  "Unsubscribe at {host}": "Bei {host} abmelden",
  "This list cannot be left with one click.": "Dieser Verteiler lässt sich nicht mit einem Klick verlassen.",
  "{host} did not take it (it answered {status}).": "{host} hat es nicht angenommen (Antwort {status}).",
  "{host} was told that you leave the list.": "{host} hat erfahren, dass Sie den Verteiler verlassen.",
};
