/** German for what was found out: why a message was judged as it was, what rules did, what other servers said. */
export const FINDINGS: Readonly<Record<string, string>> = {
  // What rules did, and would do
  "into {folder}": "nach {folder}",
  "on to {whom}": "weiter an {whom}",
  "on to the list {list}": "weiter an die Liste {list}",
  "refused: {reason}": "abgelehnt: {reason}",
  "to be answered": "wird beantwortet",
  "told {whom}": "{whom} benachrichtigt",
  "thrown away": "weggeworfen",
  "It is kept in the inbox{flags}.": "Sie bleibt im Posteingang{flags}.",
  "It goes into the folder “{folder}”{flags}.": "Sie kommt in den Ordner „{folder}“{flags}.",
  "It is sent on to {whom}.": "Sie wird an {whom} weitergeschickt.",
  "It is sent on to everybody on the list {list}.": "Sie wird an alle auf der Liste {list} weitergeschickt.",
  "It is refused: “{reason}”": "Sie wird abgelehnt: „{reason}“",
  "Its sender gets an automatic reply, if he is due one: “{text}”":
    "Ihr Absender bekommt eine automatische Antwort, wenn er an der Reihe ist: „{text}“",
  "A notification goes to {whom}.": "Eine Benachrichtigung geht an {whom}.",
  "It is thrown away, unless something else keeps it.": "Sie wird weggeworfen, wenn sie nichts anderes behält.",

  // What tests found
  "The client greeted with this server's own name.": "Der Client grüßte mit dem Namen dieses Servers.",
  "The client greeted with an address instead of a name.": "Der Client grüßte mit einer Adresse statt eines Namens.",
  "The client greeted with what is no full name.": "Der Client grüßte mit etwas, das kein vollständiger Name ist.",
  "The client's address has no name.": "Die Adresse des Clients hat keinen Namen.",
  "The client's name does not lead back to it.": "Der Name des Clients führt nicht zu ihm zurück.",
  "The client has the name of a customer's line, not of a server.":
    "Der Client heißt wie ein Kundenanschluss, nicht wie ein Server.",
  "The sender's domain says that this client may not send for it (SPF).":
    "Die Absender-Domain sagt, dass dieser Client nicht für sie senden darf (SPF).",
  "The sender's domain says that this client hardly sends for it (SPF).":
    "Die Absender-Domain sagt, dass dieser Client kaum für sie sendet (SPF).",
  "What the sender's domain says of its servers cannot be read (SPF).":
    "Was die Absender-Domain über ihre Server sagt, ist nicht lesbar (SPF).",
  "It is signed, and no signature holds (DKIM).": "Sie ist unterschrieben, und keine Unterschrift hält (DKIM).",
  "Nothing proves that it is from the domain it names (DMARC).":
    "Nichts beweist, dass sie von der Domain kommt, die sie nennt (DMARC).",
  "Nothing proves who sent it: no SPF, no signature.":
    "Nichts beweist, wer sie gesendet hat: kein SPF, keine Unterschrift.",
  "It is proven to be from the domain it names (DMARC).":
    "Es ist bewiesen, dass sie von der Domain kommt, die sie nennt (DMARC).",
  "It holds much text that its reader cannot see.": "Sie enthält viel Text, den man nicht sehen kann.",
  "Words in it are taken apart so that programs do not see them.":
    "Wörter darin sind zerlegt, damit Programme sie nicht sehen.",
  "A link shows another address than it leads to ({what}).":
    "Ein Link zeigt eine andere Adresse, als wohin er führt ({what}).",
  "A link leads to a bare number ({what}).": "Ein Link führt zu einer bloßen Zahl ({what}).",
  "A link leads to a host with an odd name ({what}).": "Ein Link führt zu einem Server mit seltsamem Namen ({what}).",
  "A link hides where it leads ({what}).": "Ein Link verbirgt, wohin er führt ({what}).",
  "A link shows another address than it leads to.": "Ein Link zeigt eine andere Adresse, als wohin er führt.",
  "A link leads to a bare number.": "Ein Link führt zu einer bloßen Zahl.",
  "A link leads to a host with an odd name.": "Ein Link führt zu einem Server mit seltsamem Namen.",
  "A link hides where it leads.": "Ein Link verbirgt, wohin er führt.",
  "It has no plain text.": "Sie hat keinen reinen Text.",
  "It says little and shows images instead.": "Sie sagt wenig und zeigt stattdessen Bilder.",
  "It holds a form to fill in.": "Sie enthält ein Formular zum Ausfüllen.",
  "It holds a script.": "Sie enthält ein Skript.",
  "It carries a web page as a file ({what}).": "Sie bringt eine Webseite als Datei mit ({what}).",
  "It carries a web page as a file.": "Sie bringt eine Webseite als Datei mit.",
  "Much of it is in capitals.": "Vieles darin ist in Großbuchstaben.",
  "Many words mix letters of different scripts that only look alike.":
    "Viele Wörter mischen Buchstaben verschiedener Schriften, die sich nur ähnlich sehen.",
  "It quotes what it answers.": "Sie zitiert, worauf sie antwortet.",
  "It is signed with PGP.": "Sie ist mit PGP unterschrieben.",
  "It has no date.": "Sie hat kein Datum.",
  "Its date cannot be read.": "Ihr Datum ist nicht lesbar.",
  "Its date lies in the future.": "Ihr Datum liegt in der Zukunft.",
  "Its date lies more than a week back.": "Ihr Datum liegt mehr als eine Woche zurück.",
  "It has no Message-ID.": "Sie hat keine Message-ID.",
  "Its Message-ID is not one that a mail program makes.": "Ihre Message-ID ist keine, wie Mailprogramme sie machen.",
  "It does not say who wrote it.": "Sie sagt nicht, wer sie geschrieben hat.",
  "It names several fields or people as its author.": "Sie nennt mehrere Felder oder Personen als Verfasser.",
  "The author's name shows another address ({what}) than the mail has.":
    "Der Name des Verfassers zeigt eine andere Adresse ({what}), als die Post hat.",
  "The author's name shows another address than the mail has.":
    "Der Name des Verfassers zeigt eine andere Adresse, als die Post hat.",
  "The author's address is letters and many digits.":
    "Die Adresse des Verfassers besteht aus Buchstaben und vielen Ziffern.",
  "Answers to it go to another domain ({what}).": "Antworten darauf gehen an eine andere Domain ({what}).",
  "Answers to it go to another domain.": "Antworten darauf gehen an eine andere Domain.",
  "Answers to it go to an address that anybody gets ({what}).":
    "Antworten darauf gehen an eine Adresse, die jeder bekommt ({what}).",
  "Answers to it go to an address that anybody gets.": "Antworten darauf gehen an eine Adresse, die jeder bekommt.",
  "It has no subject.": "Sie hat keinen Betreff.",
  "Its subject is in capitals.": "Ihr Betreff ist in Großbuchstaben.",
  "Its subject is written with spaces between the letters.":
    "Ihr Betreff ist mit Leerzeichen zwischen den Buchstaben geschrieben.",
  "Its subject ends with something odd after many spaces.":
    "Ihr Betreff endet nach vielen Leerzeichen mit etwas Seltsamem.",
  "Its subject shouts.": "Ihr Betreff schreit.",
  "Its subject is in an encoding that it does not name.": "Ihr Betreff steht in einer Kodierung, die sie nicht nennt.",
  "Words in its subject or its author's name mix letters that only look alike.":
    "Wörter im Betreff oder im Namen des Verfassers mischen Buchstaben, die sich nur ähnlich sehen.",
  "Its subject is encoded though it need not be.": "Ihr Betreff ist kodiert, obwohl er es nicht sein müsste.",
  "It looks like an answer and answers nothing.": "Sie sieht aus wie eine Antwort und antwortet auf nichts.",
  "It is addressed to nobody.": "Sie ist an niemanden gerichtet.",
  "Its author and its reader are the same address.": "Verfasser und Leser haben dieselbe Adresse.",
  "It was made by a program for sending to many ({what}).":
    "Ein Programm für Massensendungen hat sie gemacht ({what}).",
  "It was made by a program for sending to many.": "Ein Programm für Massensendungen hat sie gemacht.",
  "It answers another message.": "Sie antwortet auf eine andere Nachricht.",
  "It came by a mailing list.": "Sie kam über eine Mailingliste.",
  "It is about medicines without a doctor.": "Es geht um Arzneien ohne Arzt.",
  "It is about a share of much money for a little help.": "Es geht um einen Anteil an viel Geld für ein wenig Hilfe.",
  "It is about something won or given away.": "Es geht um etwas Gewonnenes oder Geschenktes.",
  "It is about easy money.": "Es geht um leichtes Geld.",
  "It is about loans and debts.": "Es geht um Kredite und Schulden.",
  "It is about shares that are about to rise.": "Es geht um Aktien, die bald steigen sollen.",
  "It is about sex.": "Es geht um Sex.",
  "It is about an account that must be confirmed.": "Es geht um ein Konto, das bestätigt werden soll.",
  "It is about a threat to publish what nobody filmed.":
    "Es geht um die Drohung, etwas zu veröffentlichen, das niemand gefilmt hat.",
  "It is about goods at prices that nobody can have.": "Es geht um Waren zu Preisen, die niemand haben kann.",
  "It is about hurry.": "Es geht um Eile.",
  "It is about how one came onto its list and gets off it.":
    "Es geht darum, wie man auf ihre Liste kam und wieder herunterkommt.",
  "It carries a program.": "Sie bringt ein Programm mit.",
  "It carries a script.": "Sie bringt ein Skript mit.",
  "It carries a shortcut to something else.": "Sie bringt eine Verknüpfung zu etwas anderem mit.",
  "It carries the image of a disk.": "Sie bringt das Abbild eines Datenträgers mit.",
  "It carries a document with macros.": "Sie bringt ein Dokument mit Makros mit.",
  "It carries a file with a password, into which nobody can look.":
    "Sie bringt eine Datei mit Passwort mit, in die niemand schauen kann.",
  "It carries a file that hides what it is.": "Sie bringt eine Datei mit, die verbirgt, was sie ist.",
  "Its words are like mail that people put into Junk ({percent}).":
    "Ihre Wörter gleichen Post, die Leute zum Spam legen ({percent}).",
  "Its words are like mail that people keep ({percent}).": "Ihre Wörter gleichen Post, die Leute behalten ({percent}).",
  "Its author is known to the owner of the mailbox.": "Ihr Verfasser ist dem bekannt, dem das Postfach gehört.",
  "It says to be from somebody who is known to the owner of the mailbox; nothing proves it.":
    "Sie gibt vor, von einem Bekannten zu sein; nichts beweist es.",
  "Earlier mail from its network was judged so, too.": "Frühere Post aus ihrem Netz wurde auch so beurteilt.",
  "Earlier mail from its domain was judged so, too.": "Frühere Post ihrer Domain wurde auch so beurteilt.",
  "It is on a list in the DNS ({list}).": "Sie steht auf einer Liste im DNS ({list}).",
  "Mail of its sender is always wanted here.": "Post ihres Absenders ist hier immer erwünscht.",
  "Mail of its sender is never wanted here.": "Post ihres Absenders ist hier nie erwünscht.",
  "Mail of {pattern} is always wanted here, and it is proven to be from there.":
    "Post von {pattern} ist hier immer erwünscht, und es ist bewiesen, dass sie von dort kommt.",
  "Mail of {pattern} is always wanted here, but nothing proves that it is from there: anybody can write that. It does not count.":
    "Post von {pattern} ist hier immer erwünscht, aber nichts beweist, dass sie von dort kommt: Das kann jeder schreiben. Es zählt nicht.",
  "Mail of {pattern} is never wanted here.": "Post von {pattern} ist hier nie erwünscht.",
  "rspamd judged it.": "rspamd hat sie beurteilt.",
  "SpamAssassin judged it.": "SpamAssassin hat sie beurteilt.",
  "rspamd found {what}.": "rspamd fand {what}.",
  "SpamAssassin found {what}.": "SpamAssassin fand {what}.",

  // Services
  "mail submission": "Versand von E-Mail",
  webmail: "Webmail",
  "network drives, calendars and contacts": "Netzlaufwerke, Kalender und Kontakte",
  news: "Newsgroups",
  "the directory": "Verzeichnis",
  "the FTP proxy": "FTP-Proxy",
  "the web proxy": "Web-Proxy",

  // What providers want
  "Allow POP3 and IMAP there first.": "Erlauben Sie dort zuerst POP3 und IMAP.",
  "Allow IMAP or POP there first.": "Erlauben Sie dort zuerst IMAP oder POP.",
  "It has a password of its own for mail.": "Für E-Mail gibt es dort ein eigenes Passwort.",
};
