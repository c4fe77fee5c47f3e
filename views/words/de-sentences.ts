/** German for sentences of the rooms below pages: what is refused and why, and what was found out. `{holes}` stand for what was put in. */
import { FINDINGS } from "./de-findings.ts";

export const GERMAN_SENTENCES: Readonly<Record<string, string>> = {
  ...FINDINGS,

  // What may be done, and by whom
  "Your account was changed meanwhile, so nothing was done. Try again.":
    "Ihr Konto wurde inzwischen geändert, darum ist nichts geschehen. Versuchen Sie es noch einmal.",
  "Only administrators may do this.": "Das dürfen nur Administratoren.",
  "Sign in to do this.": "Melden Sie sich dafür an.",
  "This token may not do this: it lacks the scope {scope}.":
    "Dieses Token darf das nicht: Ihm fehlt die Befugnis {scope}.",
  "There is no such mailbox.": "Dieses Postfach gibt es nicht.",
  "You do not administrate such a mailbox, and it is not yours.":
    "Ein solches Postfach verwalten Sie nicht, und es gehört Ihnen nicht.",
  "You do not administrate such a user.": "Einen solchen Benutzer verwalten Sie nicht.",
  "Your account may not change this. Ask the administrator for the permission.":
    "Ihr Konto darf das nicht ändern. Bitten Sie den Administrator um die Erlaubnis.",
  "Only administrators may change this.": "Das dürfen nur Administratoren ändern.",
  "Only administrators of the whole server may use these pages. Sign in as one of them.":
    "Diese Seiten sind nur für Administratoren des ganzen Servers. Melden Sie sich als einer an.",
  "Only administrators may use these pages. Sign in as one of them.":
    "Diese Seiten sind nur für Administratoren. Melden Sie sich als einer an.",
  "Sign in to use these pages.": "Melden Sie sich an, um diese Seiten zu benutzen.",
  "Show first that it is still you: open /confirm, give your password, and come back.":
    "Zeigen Sie zuerst, dass Sie es noch sind: Öffnen Sie /confirm, geben Sie Ihr Passwort ein und kommen Sie zurück.",
  "What opens an administrator's account is not for programs: sign in with a browser.":
    "Was das Konto eines Administrators öffnet, ist nichts für Programme: Melden Sie sich mit einem Browser an.",
  "Everybody sets up only his own.": "Jeder richtet nur seine eigenen ein.",
  "What is held for somebody only the owner of the mailbox sees.":
    "Was für jemanden zurückgehalten wird, sieht nur, wem das Postfach gehört.",
  "What lies in somebody's archive only the owner reads.": "Was in einem Archiv liegt, liest nur, wem es gehört.",
  "What somebody writes only he sees.": "Was jemand schreibt, sieht nur er.",
  "You see only your own mailboxes.": "Sie sehen nur Ihre eigenen Postfächer.",
  "This mailbox is not yours.": "Dieses Postfach gehört Ihnen nicht.",
  "Webmail is not open to this account. Ask the administrator.":
    "Webmail steht diesem Konto nicht offen. Fragen Sie den Administrator.",
  "This server's pages may not be used from your network.":
    "Aus Ihrem Netz dürfen die Seiten dieses Servers nicht benutzt werden.",
  "There were too many refusals for your address. Try again later.":
    "Von Ihrer Adresse wurde zu oft etwas abgelehnt. Versuchen Sie es später noch einmal.",

  // Forms
  "That form was not complete. Load the page again.": "Das Formular war nicht vollständig. Laden Sie die Seite neu.",
  "The form did not arrive whole. Load the page and send it again.":
    "Das Formular kam nicht vollständig an. Laden Sie die Seite und senden Sie es noch einmal.",
  "The form did not arrive whole; try again.": "Das Formular kam nicht vollständig an; versuchen Sie es noch einmal.",
  "The form did not arrive as it should. Load the page again.":
    "Das Formular kam nicht richtig an. Laden Sie die Seite neu.",
  "This form is out of date. Load the page again.": "Dieses Formular ist veraltet. Laden Sie die Seite neu.",
  "This form has no such field.": "Dieses Formular hat kein solches Feld.",
  "The form has a field that does not belong there: {names}. Load the page again.":
    "Das Formular hat ein Feld, das nicht dorthin gehört: {names}. Laden Sie die Seite neu.",
  "This address asks for something that there is not. Go back and try again.":
    "Diese Adresse fragt nach etwas, das es nicht gibt. Gehen Sie zurück und versuchen Sie es noch einmal.",
  "This request came from another site and was not carried out.":
    "Diese Anfrage kam von einer anderen Seite und wurde nicht ausgeführt.",
  "The page you used is out of date, so nothing was changed. Go back, load it again and send it once more. If that does not help, allow cookies for this site.":
    "Die Seite war veraltet, darum wurde nichts geändert. Gehen Sie zurück, laden Sie sie neu und senden Sie noch einmal. Hilft das nicht, erlauben Sie Cookies für diese Seite.",
  "That is more than this page takes at once. Send something smaller.":
    "Das ist mehr, als diese Seite auf einmal annimmt. Senden Sie etwas Kleineres.",
  "A form has at most {most} parts.": "Ein Formular hat höchstens {most} Teile.",
  "The text of this form is too long.": "Der Text dieses Formulars ist zu lang.",
  "The files of one form may have {most} MB together.": "Die Dateien eines Formulars dürfen zusammen {most} MB haben.",
  "At most {most} at once.": "Höchstens {most} auf einmal.",
  "Fewer at once.": "Weniger auf einmal.",
  "That is too long.": "Das ist zu lang.",
  "{what} is a number, or nothing.": "{what} ist eine Zahl oder leer.",
  "A date looks like 2027-01-31.": "Ein Datum sieht so aus: 2027-01-31.",
  "A time is written like 2027-01-31 or 2027-01-31T18:00:00Z.":
    "Eine Zeit schreibt man wie 2027-01-31 oder 2027-01-31T18:00:00Z.",
  "Give a number of days.": "Geben Sie eine Zahl von Tagen an.",
  "Days are a whole number.": "Tage sind eine ganze Zahl.",
  "At most 9999 days.": "Höchstens 9999 Tage.",
  "At least one day.": "Mindestens ein Tag.",
  "At most {most} days.": "Höchstens {most} Tage.",
  "This is a number.": "Hier steht eine Zahl.",
  "This is a whole number.": "Hier steht eine ganze Zahl.",
  "This is a text.": "Hier steht ein Text.",
  "This is yes or no.": "Hier steht Ja oder Nein.",
  "This is a list.": "Hier steht eine Liste.",
  "This is a date.": "Hier steht ein Datum.",
  "This value does not fit here.": "Dieser Wert passt hier nicht.",
  "This can only be {value}.": "Das kann nur {value} sein.",
  "This is one of: {values}.": "Eines davon: {values}.",
  "There is nothing called {names} here.": "Hier gibt es nichts namens {names}.",
  "Type a number such as 5, or nothing.": "Geben Sie eine Zahl wie 5 ein, oder nichts.",
  "There is no such file.": "Diese Datei gibt es nicht.",

  // Addresses and people
  '"{text}" is not an e-mail address.': "„{text}“ ist keine E-Mail-Adresse.",
  "That is not an e-mail address.": "Das ist keine E-Mail-Adresse.",
  "“{text}” is not an address.": "„{text}“ ist keine Adresse.",
  'The part before the @ of "{address}" is too long.': "Der Teil vor dem @ in „{address}“ ist zu lang.",
  'The part before the @ of "{address}" has characters it may not have.':
    "Der Teil vor dem @ in „{address}“ hat Zeichen, die dort nicht stehen dürfen.",
  '"{name}" is not a domain name.': "„{name}“ ist kein Domainname.",
  '"{name}" is an address, not a domain name.': "„{name}“ ist eine Adresse, kein Domainname.",
  'There is no address "{address}" here.': "Eine Adresse „{address}“ gibt es hier nicht.",
  "Nobody here signs in as “{login}”.": "Niemand hier meldet sich als „{login}“ an.",
  "There is no user “{login}”.": "Einen Benutzer „{login}“ gibt es nicht.",
  "There is no such user.": "Diesen Benutzer gibt es nicht.",
  "There is no mailbox {address} here.": "Ein Postfach {address} gibt es hier nicht.",
  "There is no mailbox for this account.": "Zu diesem Konto gibt es kein Postfach.",
  "There is no such contact.": "Diesen Kontakt gibt es nicht.",
  "There is no such contact, or it is somebody else's.": "Diesen Kontakt gibt es nicht, oder er gehört jemand anderem.",
  "Shared contacts only administrators change.": "Gemeinsame Kontakte ändern nur Administratoren.",
  "There are {n} contacts already. Remove some first.": "Es sind schon {n} Kontakte. Entfernen Sie zuerst einige.",
  "{name} has at most {most} characters.": "{name} hat höchstens {most} Zeichen.",
  "{name} is a single line.": "{name} ist eine einzelne Zeile.",
  "An address has at most 320 characters.": "Eine Adresse hat höchstens 320 Zeichen.",
  "A phone number has at least one digit.": "Eine Telefonnummer hat mindestens eine Ziffer.",
  "A phone number has at most 60 characters.": "Eine Telefonnummer hat höchstens 60 Zeichen.",
  "A phone number is a single line.": "Eine Telefonnummer ist eine einzelne Zeile.",
  "A contact has at most 20 e-mail addresses.": "Ein Kontakt hat höchstens 20 E-Mail-Adressen.",
  "A contact has at most 20 phone numbers.": "Ein Kontakt hat höchstens 20 Telefonnummern.",
  "A contact has at most 10 postal addresses.": "Ein Kontakt hat höchstens 10 Postanschriften.",
  "Notes have at most 4000 characters.": "Notizen haben höchstens 4000 Zeichen.",
  "{address} is not an address to send from.": "{address} ist keine Adresse, von der Sie senden.",
  "There are {most} identities already. Remove one of them first.":
    "Es sind schon {most} Identitäten. Entfernen Sie zuerst eine davon.",
  "A signature has at most {most} characters.": "Eine Signatur hat höchstens {most} Zeichen.",
  "A signature has no control characters.": "Eine Signatur hat keine Steuerzeichen.",
  "Nothing was said of {address}.": "Über {address} wurde nichts gesagt.",
  "This is not an address you write from.": "Von dieser Adresse schreiben Sie nicht.",
  "There are {most} senders already. Remove some first.": "Es sind schon {most} Absender. Entfernen Sie zuerst einige.",
  "This sender's pictures are not shown without asking.": "Die Bilder dieses Absenders werden nicht ungefragt gezeigt.",
  "An address looks like news@shop.example.": "Eine Adresse sieht so aus: news@shop.example.",

  // Appearance
  "There is no such time zone. One is written like Europe/Berlin.":
    "Diese Zeitzone gibt es nicht. Man schreibt sie wie Europe/Berlin.",
  "A language is written like “de”.": "Eine Sprache schreibt man wie „de“.",
  "Choose a language: one of {languages}, or none.": "Wählen Sie eine Sprache: eine von {languages}, oder keine.",
  "There is no such folder. Choose one of your own.": "Diesen Ordner gibt es nicht. Wählen Sie einen Ihrer eigenen.",

  // Mailboxes
  "Name an address to which mail is forwarded.": "Nennen Sie eine Adresse, an die Post weitergeleitet wird.",
  "Mail is forwarded to at most 100 addresses.": "Post wird an höchstens 100 Adressen weitergeleitet.",
  "Mail is forwarded under the original sender or one of the owner's addresses.":
    "Post wird unter dem ursprünglichen Absender oder einer eigenen Adresse weitergeleitet.",
  "The autoresponder ends after it begins.": "Die Abwesenheitsnotiz endet, nachdem sie beginnt.",
  "A subject has at most 200 characters.": "Ein Betreff hat höchstens 200 Zeichen.",
  "A subject is a single line.": "Ein Betreff ist eine einzelne Zeile.",
  "The reply has at most 20000 characters.": "Die Antwort hat höchstens 20000 Zeichen.",
  "Each folder has one rule of expiry.": "Jeder Ordner hat eine Regel für den Verfall.",
  "A description has at most 200 characters.": "Eine Beschreibung hat höchstens 200 Zeichen.",
  "A description is a single line.": "Eine Beschreibung ist eine einzelne Zeile.",
  "Type a password.": "Geben Sie ein Passwort ein.",
  "The mailbox has no login name of its own; give it one first.":
    "Das Postfach hat keinen eigenen Anmeldenamen; geben Sie ihm zuerst einen.",
  "The mailbox is full: it holds {text}. Delete messages you no longer need, or ask for more room.":
    "Das Postfach ist voll: Es enthält {text}. Löschen Sie Nachrichten, die Sie nicht mehr brauchen, oder bitten Sie um mehr Platz.",
  "The mailbox is full.": "Das Postfach ist voll.",
  "The mailbox {address} is full.": "Das Postfach {address} ist voll.",
  "The mailbox {address} is full; try again later.":
    "Das Postfach {address} ist voll; versuchen Sie es später noch einmal.",
  "The mailbox has no folder “{name}”.": "Das Postfach hat keinen Ordner „{name}“.",
  "The owner of a mailbox has every right on it already.": "Wem ein Postfach gehört, der hat schon jedes Recht darauf.",
  "The owner of a mailbox has every right in it, and keeps them.":
    "Wem ein Postfach gehört, der hat jedes Recht darin und behält es.",
  "Rights are {names}, or letters of lrswipkxtea.": "Rechte sind {names} oder Buchstaben aus lrswipkxtea.",
  "Rights are {names}, none, or letters of lrswipkxtea.": "Rechte sind {names}, none oder Buchstaben aus lrswipkxtea.",
  "This mailbox is not shared with {login}.": "Dieses Postfach ist für {login} nicht freigegeben.",
  "You can share only with people you look after, not with everybody.":
    "Freigeben können Sie nur für Leute, die Sie betreuen, nicht für alle.",
  "Name the user by the login name.": "Nennen Sie den Benutzer mit seinem Anmeldenamen.",
  "Name the folder.": "Nennen Sie den Ordner.",
  "Name a folder.": "Nennen Sie einen Ordner.",
  "That is no name that rights can be given to.": "Das ist kein Name, dem man Rechte geben kann.",
  "A folder has rights of its own for at most {most} names.":
    "Ein Ordner hat eigene Rechte für höchstens {most} Namen.",
  "Tick the messages that you want back.": "Haken Sie die Nachrichten an, die Sie zurückhaben wollen.",
  "There is no such folder in the archive.": "Diesen Ordner gibt es im Archiv nicht.",
  "This message is not held any more.": "Diese Nachricht wird nicht mehr zurückgehalten.",
  "The message is not held for {address}.": "Die Nachricht wird nicht für {address} zurückgehalten.",
  "Only an administrator may release this message. Ask one, if you expect it.":
    "Diese Nachricht darf nur ein Administrator freigeben. Fragen Sie einen, wenn Sie sie erwarten.",
  "Name a sender.": "Nennen Sie einen Absender.",
  "“{text}” is no sender: name an address, a domain such as example.org, or *.example.org.":
    "„{text}“ ist kein Absender: Nennen Sie eine Adresse, eine Domain wie example.org oder *.example.org.",
  "These lists have at most {most} lines.": "Diese Listen haben höchstens {most} Zeilen.",
  "{pattern} is on neither list.": "{pattern} steht auf keiner der Listen.",
  "Temporary addresses are switched off on this server.": "Adressen auf Zeit sind auf diesem Server ausgeschaltet.",
  "This mailbox has {most} temporary addresses. End some of them first.":
    "Dieses Postfach hat {most} Adressen auf Zeit. Beenden Sie zuerst einige davon.",
  "There is no domain for such an address.": "Für eine solche Adresse gibt es keine Domain.",
  "{address} is no temporary address of this mailbox.": "{address} ist keine Adresse auf Zeit dieses Postfachs.",
  "Say for how many days, or until when, not both.": "Sagen Sie, für wie viele Tage oder bis wann, nicht beides.",
  "That day is over. An address ends in the future, or is ended now.":
    "Dieser Tag ist vorbei. Eine Adresse endet in der Zukunft oder wird jetzt beendet.",
  "A note has at most 200 characters.": "Eine Notiz hat höchstens 200 Zeichen.",
  "A note is a single line.": "Eine Notiz ist eine einzelne Zeile.",

  // Folders and messages
  "There is no such folder.": "Diesen Ordner gibt es nicht.",
  "Give the folder a name.": "Geben Sie dem Ordner einen Namen.",
  "A name has no / in it. Choose the folder in which this one stands instead.":
    "Ein Name enthält kein /. Wählen Sie stattdessen den Ordner, in dem dieser stehen soll.",
  "The folder would go to the trash of this mailbox, where you may not make folders. Empty it first.":
    "Der Ordner käme in den Papierkorb dieses Postfachs, in dem Sie keine Ordner anlegen dürfen. Leeren Sie ihn zuerst.",
  "This folder is gone.": "Diesen Ordner gibt es nicht mehr.",
  "There is no folder “{name}”.": "Einen Ordner „{name}“ gibt es nicht.",
  "There is already a folder “{name}”.": "Einen Ordner „{name}“ gibt es schon.",
  "There is already a folder “INBOX”.": "Einen Ordner „INBOX“ gibt es schon.",
  "A mailbox has at most {most} folders.": "Ein Postfach hat höchstens {most} Ordner.",
  "A mailbox has at most {most} subscriptions.": "Ein Postfach hat höchstens {most} Abonnements.",
  "Another folder already has the role {role}.": "Ein anderer Ordner hat schon die Rolle {role}.",
  "A folder cannot be moved below itself.": "Ein Ordner kann nicht unter sich selbst verschoben werden.",
  "INBOX cannot be deleted.": "Der Posteingang kann nicht gelöscht werden.",
  "Every level of a folder name needs letters, and none begins or ends with a space.":
    "Jede Ebene eines Ordnernamens braucht Buchstaben, und keine beginnt oder endet mit einem Leerzeichen.",
  "A folder name has at most {most} characters and {levels} levels.":
    "Ein Ordnername hat höchstens {most} Zeichen und {levels} Ebenen.",
  "A folder name has no control characters, no % and no *.":
    "Ein Ordnername hat keine Steuerzeichen, kein % und kein *.",
  "You may not {what} in this folder.": "Das dürfen Sie in diesem Ordner nicht: {what}.",
  "You may not make folders there.": "Dort dürfen Sie keine Ordner anlegen.",
  "Only the owner of the mailbox may change this.": "Das darf nur ändern, wem das Postfach gehört.",
  "The inbox keeps its name and its place.": "Der Posteingang behält seinen Namen und seinen Platz.",
  "The inbox is what it is.": "Der Posteingang ist, was er ist.",
  "A folder with a role stays. Give the role to another folder first.":
    "Ein Ordner mit einer Rolle bleibt. Geben Sie die Rolle zuerst einem anderen.",
  "A folder below this one has a role. Give that to another folder first.":
    "Ein Ordner darunter hat eine Rolle. Geben Sie diese zuerst einem anderen.",
  "A keyword has at most 128 letters, digits and signs of ASCII, and no spaces.":
    "Ein Schlüsselwort hat höchstens 128 Buchstaben, Ziffern und Zeichen aus ASCII und keine Leerzeichen.",
  "There are {most} labels already. Use one of them.": "Es gibt schon {most} Etiketten. Verwenden Sie eines davon.",
  "A message carries at most {most} keywords.": "Eine Nachricht trägt höchstens {most} Etiketten.",
  "This message is no longer here.": "Diese Nachricht ist nicht mehr hier.",
  "This message is no longer stored.": "Diese Nachricht ist nicht mehr gespeichert.",
  "This message has no such part.": "Diese Nachricht hat keinen solchen Teil.",
  "There is no such message.": "Diese Nachricht gibt es nicht.",
  "That cannot be done here. Load the page again.": "Das geht hier nicht. Laden Sie die Seite neu.",
  "That can no longer be undone. Look for the messages where they went.":
    "Das lässt sich nicht mehr rückgängig machen. Suchen Sie die Nachrichten, wo sie hingekommen sind.",
  "Messages are deleted for good only from the trash.": "Endgültig gelöscht werden Nachrichten nur aus dem Papierkorb.",
  "At most {most} messages at a time.": "Höchstens {most} Nachrichten auf einmal.",
  "This cannot be looked at here; save it instead.": "Das lässt sich hier nicht ansehen; speichern Sie es.",
  "The formatting of this message is too tangled to show; this is its text.":
    "Die Formatierung dieser Nachricht ist zu verworren; hier ist ihr Text.",
  "The formatting of this message takes too long to read; this is its text.":
    "Die Formatierung dieser Nachricht braucht zu lange; hier ist ihr Text.",
  "Too many messages are being opened at once; try again.":
    "Es werden zu viele Nachrichten auf einmal geöffnet; versuchen Sie es noch einmal.",
  "The server is stopping.": "Der Server wird gerade beendet.",
  "Too many pages of this mailbox are open.": "Von diesem Postfach sind zu viele Seiten offen.",

  // Pictures
  "This picture is no longer shown. Open the message again.":
    "Dieses Bild wird nicht mehr gezeigt. Öffnen Sie die Nachricht noch einmal.",
  "Too many pictures are fetched at once.": "Es werden zu viele Bilder auf einmal geholt.",
  "What is there is no picture.": "Was dort liegt, ist kein Bild.",
  "The other server has no picture there ({status}).": "Der andere Server hat dort kein Bild ({status}).",
  "The picture could not be fetched.": "Das Bild konnte nicht geholt werden.",
  "There is no such picture.": "Dieses Bild gibt es nicht.",

  // Writing
  "This draft is no longer here; it was sent or deleted.":
    "Dieser Entwurf ist nicht mehr hier; er wurde gesendet oder gelöscht.",
  "Choose a day and a time that are still to come.": "Wählen Sie einen Tag und eine Zeit, die noch kommen.",
  "This cannot stand in the text as a picture. Attach it as a file instead.":
    "Das kann nicht als Bild im Text stehen. Hängen Sie es als Datei an.",
  "The files of one message may have {most} together.": "Die Dateien einer Nachricht dürfen zusammen {most} haben.",
  "A message may have at most {most} octets.": "Eine Nachricht darf höchstens {most} Oktette haben.",
  "You may not send mail beyond this server.": "Sie dürfen keine Post über diesen Server hinaus senden.",
  "Mail for {address} goes to {other}, but nobody has this address.":
    "Post für {address} geht an {other}, aber niemand hat diese Adresse.",
  "Mail for {address} is sent on to {other}, but nobody has this address.":
    "Post für {address} wird an {other} weitergeschickt, aber niemand hat diese Adresse.",
  "The directory that knows where mail for {address} goes does not answer; try again later.":
    "Das Verzeichnis, das weiß, wohin Post für {address} geht, antwortet nicht; versuchen Sie es später noch einmal.",
  "A mailbox was just removed; try again.": "Ein Postfach wurde gerade entfernt; versuchen Sie es noch einmal.",

  // Rules and scripts
  "There is no such rule. It may have been changed meanwhile.":
    "Diese Regel gibt es nicht. Vielleicht wurde sie inzwischen geändert.",
  "There is no such rule. Load the page again.": "Diese Regel gibt es nicht. Laden Sie die Seite neu.",
  "The rules were changed meanwhile, here or in a mail program. Look at them again.":
    "Die Regeln wurden inzwischen geändert, hier oder in einem Mailprogramm. Sehen Sie sie noch einmal an.",
  "This rule is written by hand in a way that the form cannot show. Change it in the script.":
    "Diese Regel ist von Hand so geschrieben, dass das Formular sie nicht zeigen kann. Ändern Sie sie im Skript.",
  "The text ${ has a meaning of its own in this script. Write this rule in the script.":
    "Der Text ${ hat in diesem Skript eine eigene Bedeutung. Schreiben Sie diese Regel im Skript.",
  "No rules were run on a folder of this mailbox lately.":
    "In letzter Zeit wurden auf keinen Ordner dieses Postfachs Regeln angewendet.",
  "This mailbox has no rules yet. Make one first.": "Dieses Postfach hat noch keine Regeln. Legen Sie zuerst eine an.",
  "Rules are being run on a folder of this mailbox already. Wait for them, or stop them.":
    "Auf einen Ordner dieses Postfachs werden schon Regeln angewendet. Warten Sie, oder halten Sie sie an.",
  "There is nothing to take back now.": "Es gibt jetzt nichts zurückzunehmen.",
  "Something went wrong here; the log says more.": "Hier ging etwas schief; das Protokoll sagt mehr.",
  "Something went wrong here; the log says what.": "Hier ging etwas schief; das Protokoll sagt, was.",
  "This is one line of text.": "Das ist eine Zeile Text.",
  "Say what is looked for.": "Sagen Sie, wonach gesucht wird.",
  "Name a header field.": "Nennen Sie ein Kopffeld.",
  "Such a header field holds no addresses.": "In einem solchen Kopffeld stehen keine Adressen.",
  "A date looks like 2026-11-23, a time like 08:30:00, a weekday is 0 (Sunday) to 6.":
    "Ein Datum sieht so aus: 2026-11-23, eine Zeit so: 08:30:00; ein Wochentag ist 0 (Sonntag) bis 6.",
  "This text holds control characters.": "In diesem Text stehen Steuerzeichen.",
  "Write a text.": "Schreiben Sie einen Text.",
  "Name an address.": "Nennen Sie eine Adresse.",
  "Choose a folder.": "Wählen Sie einen Ordner.",
  "Say what is to be done.": "Sagen Sie, was geschehen soll.",
  "Give one date or time.": "Geben Sie ein Datum oder eine Zeit an.",
  "The script uses {what}: your account may not {words}. Ask the administrator.":
    "Das Skript benutzt {what}: Das darf Ihr Konto nicht. Fragen Sie den Administrator.",
  "A script has a name.": "Ein Skript hat einen Namen.",
  "The script is too large.": "Das Skript ist zu groß.",
  "The message is too long.": "Die Nachricht ist zu lang.",
  "There is no script “{name}”.": "Ein Skript „{name}“ gibt es nicht.",
  "A script has at most {most} octets.": "Ein Skript hat höchstens {most} Oktette.",
  "A mailbox has at most {most} scripts; remove one first.":
    "Ein Postfach hat höchstens {most} Skripte; entfernen Sie zuerst eines.",
  "The script “{name}” is active; make another one active first.":
    "Das Skript „{name}“ ist aktiv; aktivieren Sie zuerst ein anderes.",
  "There is already a script “{name}”.": "Ein Skript „{name}“ gibt es schon.",
  "The name of a script has at most {most} characters.": "Der Name eines Skripts hat höchstens {most} Zeichen.",
  "A name has at most 128 characters.": "Ein Name hat höchstens 128 Zeichen.",
  "The name of a script is a single line of text.": "Der Name eines Skripts ist eine Zeile Text.",

  // Mail from elsewhere
  "Only administrators may set this of an account elsewhere.":
    "Das dürfen bei einem Konto anderswo nur Administratoren einstellen.",
  "An administrator has set up this account: only he may change its server.":
    "Dieses Konto hat ein Administrator eingerichtet: Nur er darf den Server ändern.",
  "Mail is collected over an encrypted connection.": "Post wird über eine verschlüsselte Verbindung geholt.",
  "{what} has at most {most} characters.": "{what} hat höchstens {most} Zeichen.",
  "{what} is a single line.": "{what} ist eine einzelne Zeile.",
  "Name the server.": "Nennen Sie den Server.",
  "A server is a name such as imap.example.org, or an address.":
    "Ein Server ist ein Name wie imap.example.org oder eine Adresse.",
  "A server's port is one of {ports}.": "Der Port eines Servers ist einer von {ports}.",
  "Type the login name.": "Geben Sie den Anmeldenamen ein.",
  "Name at least one folder.": "Nennen Sie mindestens einen Ordner.",
  "Nothing was collected.": "Nichts wurde geholt.",

  // Signing in
  "Too many logins at once; try again in a moment.":
    "Zu viele Anmeldungen auf einmal; versuchen Sie es gleich noch einmal.",
  "Sign in first.": "Melden Sie sich zuerst an.",
  "You are no longer signed in. Sign in again.": "Sie sind nicht mehr angemeldet. Melden Sie sich neu an.",
  "This link is no longer good.": "Dieser Link gilt nicht mehr.",
  "That is an app password. Give the password you sign in with.":
    "Das ist ein App-Passwort. Geben Sie das Passwort ein, mit dem Sie sich anmelden.",
  "That code is not right, or was used before.": "Dieser Code stimmt nicht oder wurde schon benutzt.",
  "Show first who you are: sign in again.": "Zeigen Sie zuerst, wer Sie sind: Melden Sie sich neu an.",
  "That is the password you have now. Choose another one.": "Das ist Ihr jetziges Passwort. Wählen Sie ein anderes.",
  "Type a new password.": "Geben Sie ein neues Passwort ein.",
  "A password has at most 1024 characters.": "Ein Passwort hat höchstens 1024 Zeichen.",
  "A password has at least {least} characters.": "Ein Passwort hat mindestens {least} Zeichen.",
  "The password is too long.": "Das Passwort ist zu lang.",
  "The password has characters that mail programs cannot send.":
    "Das Passwort hat Zeichen, die Mailprogramme nicht senden können.",
  "The password was changed at the same moment; try again.":
    "Das Passwort wurde im selben Augenblick geändert; versuchen Sie es noch einmal.",
  "The strength of the password cannot be judged now; try again.":
    "Wie stark das Passwort ist, lässt sich jetzt nicht beurteilen; versuchen Sie es noch einmal.",
  "The password of {login} is kept in the user database {name}.":
    "Das Passwort von {login} liegt in der Benutzerdatenbank {name}.",
  "Passwords of {domain} are changed by the administrator; ask there.":
    "Passwörter von {domain} ändert der Administrator; fragen Sie dort.",
  "An app password was made at the same moment; try again.":
    "Im selben Augenblick wurde ein App-Passwort gemacht; versuchen Sie es noch einmal.",
  "An app password expires in the future.": "Ein App-Passwort läuft in der Zukunft ab.",
  "There is no such app password any more.": "Dieses App-Passwort gibt es nicht mehr.",
  "There are {n} app passwords already; revoke one that is no longer used.":
    "Es sind schon {n} App-Passwörter; widerrufen Sie eines, das nicht mehr gebraucht wird.",
  "Give it a name, such as the device it is for.": "Geben Sie ihm einen Namen, etwa den des Geräts.",
  "A name has at most 60 characters.": "Ein Name hat höchstens 60 Zeichen.",
  "A name is a single line.": "Ein Name ist eine einzelne Zeile.",
  "There is no such service for app passwords.": "Einen solchen Dienst für App-Passwörter gibt es nicht.",
  "Choose at least one service.": "Wählen Sie mindestens einen Dienst.",
  "An app password is limited to 20 networks at most.": "Ein App-Passwort wird auf höchstens 20 Netze begrenzt.",
  "There is an app password “{name}” already. Give this one another name.":
    "Ein App-Passwort „{name}“ gibt es schon. Geben Sie diesem einen anderen Namen.",
  "That is not a network like 192.168.0.0/16 or fd00::/8.": "Das ist kein Netz wie 192.168.0.0/16 oder fd00::/8.",
  "There are {n} tokens already. Revoke one that is no longer used.":
    "Es sind schon {n} Token. Widerrufen Sie eines, das nicht mehr gebraucht wird.",
  "There is a token “{name}” already. Give this one another name.":
    "Ein Token „{name}“ gibt es schon. Geben Sie diesem einen anderen Namen.",
  "There is no such token any more.": "Dieses Token gibt es nicht mehr.",
  "Everybody makes only his own tokens.": "Jeder macht nur seine eigenen Token.",
  "A token expires in the future.": "Ein Token läuft in der Zukunft ab.",
  "{login} may not do this, so no token may: {what}.": "{login} darf das nicht, also auch kein Token: {what}.",
  "Give the token a name, such as the program it is for.": "Geben Sie dem Token einen Namen, etwa den des Programms.",
  "There is no such scope.": "Diese Befugnis gibt es nicht.",
  "Choose at least one scope.": "Wählen Sie mindestens eine Befugnis.",
  "A token is limited to {most} networks at most.": "Ein Token wird auf höchstens {most} Netze begrenzt.",
  "That session has ended already.": "Diese Sitzung ist schon beendet.",

  // Searches
  "Type what is to be looked for.": "Geben Sie ein, wonach gesucht werden soll.",
  "A search has at most 500 characters.": "Eine Suche hat höchstens 500 Zeichen.",
  "A name has at most 100 characters.": "Ein Name hat höchstens 100 Zeichen.",
  "At most {most} searches are kept. Take one away first.":
    "Höchstens {most} Suchen werden aufbewahrt. Nehmen Sie zuerst eine weg.",
  "There is no such search.": "Diese Suche gibt es nicht.",

  // Signing in, further
  "The login name or the password is wrong.": "Der Anmeldename oder das Passwort ist falsch.",
  "The administrator has barred this; ask there.": "Das hat der Administrator gesperrt; fragen Sie dort.",
  "There were too many failed logins; try again later.":
    "Es gab zu viele falsche Anmeldungen; versuchen Sie es später noch einmal.",
  "This account is switched off; ask the administrator.":
    "Dieses Konto ist ausgeschaltet; fragen Sie den Administrator.",
  "This account has expired; ask the administrator to renew it.":
    "Dieses Konto ist abgelaufen; bitten Sie den Administrator, es zu verlängern.",
  "A mailbox's own password is for mail programs only.":
    "Das eigene Passwort eines Postfachs ist nur für Mailprogramme.",
  "Signing in took too long, or something changed meanwhile. Begin again.":
    "Das Anmelden hat zu lange gedauert, oder inzwischen hat sich etwas geändert. Beginnen Sie von vorn.",
  "That code is not right, or was used before. Wait for the next one and type that.":
    "Dieser Code stimmt nicht oder wurde schon benutzt. Warten Sie auf den nächsten und tippen Sie den.",
  "That passkey does not open this account here. Try again, or another way.":
    "Dieser Passkey öffnet dieses Konto hier nicht. Versuchen Sie es noch einmal oder auf anderem Weg.",
  "That is an app password, which is for programs. Sign in with your own password.":
    "Das ist ein App-Passwort; die sind für Programme. Melden Sie sich mit Ihrem eigenen Passwort an.",
  "That is not the code the app shows now. Wait for the next one and type it.":
    "Das ist nicht der Code, den die App jetzt zeigt. Warten Sie auf den nächsten und tippen Sie ihn.",
  "There are no codes of an app to take away.": "Es gibt keine Codes einer App wegzunehmen.",
  "Recovery codes come with a second factor; add one first.":
    "Wiederherstellungscodes gibt es mit einem zweiten Faktor; richten Sie zuerst einen ein.",
  "This server asks you for a second factor. Add another one before you take this away.":
    "Dieser Server verlangt einen zweiten Faktor von Ihnen. Richten Sie einen anderen ein, bevor Sie diesen wegnehmen.",
  "Too many wrong codes were tried for this account. Wait a few minutes, or use a passkey.":
    "Für dieses Konto wurden zu viele falsche Codes versucht. Warten Sie einige Minuten, oder nehmen Sie einen Passkey.",
  "Give it a name, such as the device it is in.": "Geben Sie ihm einen Namen, etwa den des Geräts, in dem er ist.",
  "This passkey is registered already.": "Dieser Passkey ist schon eingerichtet.",
  "The passkey could not be registered. Load the page again and try once more.":
    "Der Passkey konnte nicht eingerichtet werden. Laden Sie die Seite neu und versuchen Sie es noch einmal.",
  "There is no such passkey any more.": "Diesen Passkey gibt es nicht mehr.",
  "The picture was shown too long ago. Load the page again and scan the new one.":
    "Das Bild ist zu alt. Laden Sie die Seite neu und scannen Sie das neue.",
  "The password you have now is another one.": "Ihr jetziges Passwort ist ein anderes.",

  // What rights allow
  Read: "Lesen",
  "Read and file": "Lesen und ablegen",
  Everything: "Alles",
  "See the folders": "Ordner sehen",
  "Read messages": "Nachrichten lesen",
  "Mark as read": "Als gelesen markieren",
  "Flag messages": "Nachrichten markieren",
  "Add and file messages": "Nachrichten hinzufügen und ablegen",
  "Send to the folder's own address": "An die Adresse des Ordners senden",
  "Make folders": "Ordner anlegen",
  "Rename and remove folders": "Ordner umbenennen und entfernen",
  "Delete messages": "Nachrichten löschen",
  "Empty out deleted messages": "Gelöschtes endgültig entfernen",
  "Give rights to others": "Anderen Rechte geben",
  "mark messages as read or unread": "Nachrichten als gelesen oder ungelesen markieren",
  "mark messages": "Nachrichten markieren",
  "put messages": "Nachrichten ablegen",
  "delete messages": "Nachrichten löschen",
  "delete messages for good": "Nachrichten endgültig löschen",
  "make folders": "Ordner anlegen",
  "delete folders": "Ordner löschen",
  "See the own account and its mailboxes.": "Das eigene Konto und seine Postfächer sehen.",
  "Change the own account, as far as its permissions allow.": "Das eigene Konto ändern, soweit es das darf.",
  "See users, templates, the guest entry and contacts.": "Benutzer, Vorlagen, den Gast und Kontakte sehen.",
  "Create, change and remove users, templates and contacts.":
    "Benutzer, Vorlagen und Kontakte anlegen, ändern und entfernen.",
  "See domains, mailboxes, addresses and mail groups.": "Domains, Postfächer, Adressen und Mailgruppen sehen.",
  "Create, change and remove domains, mailboxes, addresses and mail groups.":
    "Domains, Postfächer, Adressen und Mailgruppen anlegen, ändern und entfernen.",
  "See outgoing mail that waits.": "Ausgehende Post sehen, die wartet.",
  "Send again, hold, release and delete waiting mail.":
    "Wartende Post noch einmal senden, anhalten, freigeben und löschen.",
  "See who is barred.": "Sehen, wer gesperrt ist.",
  "Bar addresses and lift bars.": "Adressen sperren und freigeben.",
  "See the rules, limits and sums of the web proxy and SOCKS, the FTP service and home pages.":
    "Regeln, Grenzen und Summen von Web-Proxy und SOCKS, FTP-Dienst und Homepages sehen.",
  "Change rules, lists and limits of the gateway, end connections, purge the cache.":
    "Regeln, Listen und Grenzen des Gateways ändern, Verbindungen beenden, den Cache leeren.",
  "See services, access rules, settings, user databases and certificates.":
    "Dienste, Zugangsregeln, Einstellungen, Benutzerdatenbanken und Zertifikate sehen.",
  "Change services, access rules, settings, user databases and certificates.":
    "Dienste, Zugangsregeln, Einstellungen, Benutzerdatenbanken und Zertifikate ändern.",
  "See the log, traces of messages, who goes where through the gateway, and the audit log.":
    "Das Protokoll, Spuren von Nachrichten, Wege durch das Gateway und das Änderungsprotokoll sehen.",

  // Refused, further
  "{login} does not sign in and needs no token.": "{login} meldet sich nicht an und braucht kein Token.",
  "{login} does not log in and needs no password.": "{login} meldet sich nicht an und braucht kein Passwort.",
  "Only a browser that is signed in can be told of new mail.":
    "Nur ein angemeldeter Browser kann von neuer Post erfahren.",
  "This browser is not told of new mail.": "Dieser Browser erfährt nichts von neuer Post.",
  "You can give only permissions that you have yourself, and no administration.":
    "Sie können nur Rechte geben, die Sie selbst haben, und keine Verwaltung.",
  "Of the scripts of the house, those called before and after run; none is made active.":
    "Von den Skripten des Hauses laufen die namens before und after; keines wird aktiviert.",
  "There are {n} passkeys already; remove one first.": "Es sind schon {n} Passkeys; entfernen Sie zuerst einen.",
  "It takes tokens only (OAuth2): an administrator has to give one.":
    "Nimmt nur Token (OAuth2): Ein Administrator muss eines besorgen.",
  "Make an app password there; the usual password is not taken.":
    "Machen Sie dort ein App-Passwort; das übliche Passwort wird nicht genommen.",
  "This text has too much formatting to work with.": "Dieser Text hat zu viel Formatierung.",
  "The formatting of this text is too tangled to work with.": "Die Formatierung dieses Textes ist zu verworren.",

  // Contacts
  "A group has a name.": "Eine Gruppe hat einen Namen.",
  "A contact is in at most 50 groups.": "Ein Kontakt ist in höchstens 50 Gruppen.",
  "A group has at most 60 characters.": "Eine Gruppe hat höchstens 60 Zeichen.",
  "Name the contacts that go into it.": "Nennen Sie die Kontakte, die darin aufgehen.",
  "Contacts of one book are merged, not shared ones with own ones.":
    "Vereint werden Kontakte eines Adressbuchs, nicht gemeinsame mit eigenen.",
  "The file is too large.": "Die Datei ist zu groß.",
  "There are no contacts in this file. It should be a file of cards (vCard) or a table (CSV).":
    "In dieser Datei sind keine Kontakte. Es sollte eine Datei mit Karten (vCard) oder eine Tabelle (CSV) sein.",
  "That is no key of a browser.": "Das ist kein Schlüssel eines Browsers.",

  // Import and export
  "Choose a file.": "Wählen Sie eine Datei.",
  "A file for this mailbox is on its way already.": "Für dieses Postfach ist schon eine Datei unterwegs.",
  "Files are brought with a browser, or named by whoever is at this machine.":
    "Dateien werden mit einem Browser gebracht oder von dem genannt, der an diesem Rechner ist.",
  "Mail is imported and exported only by the owner of the mailbox.":
    "Post importiert und exportiert nur, wem das Postfach gehört.",
  "Mail is being imported into this mailbox already. Wait for it, or stop it.":
    "In dieses Postfach wird schon Post importiert. Warten Sie, oder halten Sie es an.",
  "No mail is being imported into this mailbox.": "In dieses Postfach wird keine Post importiert.",
  "There is no such file, or it cannot be read here.": "Diese Datei gibt es nicht, oder sie ist hier nicht lesbar.",
  "Give the whole path of the file.": "Geben Sie den ganzen Pfad der Datei an.",
  "That file cannot be written here, or there is one already. Give another whole path.":
    "Diese Datei lässt sich hier nicht schreiben, oder es gibt sie schon. Geben Sie einen anderen ganzen Pfad an.",
  "This is no mail: it should be an mbox, a message (.eml), or a ZIP archive of those or of a Maildir.":
    "Das ist keine Post: Es sollte eine mbox, eine Nachricht (.eml) oder ein ZIP-Archiv davon oder von einem Maildir sein.",
  "The ZIP archive is broken or not complete.": "Das ZIP-Archiv ist kaputt oder nicht vollständig.",
  "A file in the archive is too large for a message.": "Eine Datei im Archiv ist zu groß für eine Nachricht.",

  // Writing, further
  "{most} messages wait already. Send or call back some of them first.":
    "Es warten schon {most} Nachrichten. Senden Sie zuerst einige davon, oder rufen Sie sie zurück.",
  "What waits to be sent is too large already. Send or call back some of it first.":
    "Was auf den Versand wartet, ist schon zu groß. Senden Sie zuerst etwas davon, oder rufen Sie es zurück.",
  "The disk is full.": "Die Platte ist voll.",
  "A message can wait for three years at most.": "Eine Nachricht kann höchstens drei Jahre warten.",
  "This message does not wait any more: it has left.": "Diese Nachricht wartet nicht mehr: Sie ist abgegangen.",
  "There is no such template.": "Diese Vorlage gibt es nicht.",
  "Give the template a name.": "Geben Sie der Vorlage einen Namen.",
  "Somebody else here is named as its author. Forward the message instead.":
    "Als Verfasser ist jemand anderes hier genannt. Leiten Sie die Nachricht stattdessen weiter.",
  "The header of this message is too long to send it on.":
    "Der Kopf dieser Nachricht ist zu lang, um sie weiterzuschicken.",
  "This file is no longer here. Ask whoever sent you the link for another.":
    "Diese Datei ist nicht mehr hier. Bitten Sie den, der Ihnen den Link geschickt hat, um einen neuen.",
  "Files behind links are switched off on this server.": "Dateien hinter Links sind auf diesem Server ausgeschaltet.",
  "A file behind a link may have {most}.": "Eine Datei hinter einem Link darf {most} haben.",
  "Your files behind links may have {most} together. End some of them first.":
    "Ihre Dateien hinter Links dürfen zusammen {most} haben. Beenden Sie zuerst einige davon.",
  "Too many files are on their way at once. Wait until one of them is there.":
    "Es sind zu viele Dateien auf einmal unterwegs. Warten Sie, bis eine davon da ist.",
  "A piece of the file is missing. Send it again.": "Ein Stück der Datei fehlt. Senden Sie sie noch einmal.",
  "The file did not arrive whole. Send it again.": "Die Datei kam nicht vollständig an. Senden Sie sie noch einmal.",
  "This file has to be sent from its beginning.": "Diese Datei muss von Anfang an gesendet werden.",
  "That piece is too large.": "Dieses Stück ist zu groß.",
};
