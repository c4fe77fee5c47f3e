/** German for signing in. */
import type { Catalogue } from "./words.ts";

export const SIGNING_IN: Catalogue = {
  // Signing in
  "Sign in": "Anmelden",
  "Your mail, at home.": "Ihre Post, zu Hause.",
  "This is {host}.": "Das ist {host}.",
  "Login name": "Anmeldename",
  Password: "Passwort",
  "Stay signed in on this device": "Auf diesem Gerät angemeldet bleiben",
  "Sign in with a passkey": "Mit einem Passkey anmelden",
  "Use the same login name and password as in your mail program. If you have forgotten them, ask whoever looks after this server.":
    "Anmeldename und Passwort sind dieselben wie in Ihrem Mailprogramm. Haben Sie sie vergessen, fragen Sie, wer diesen Server betreut.",
  "You are signed out.": "Sie sind abgemeldet.",
  "Your new password is set. Sign in with it.": "Ihr neues Passwort ist gesetzt. Melden Sie sich damit an.",
  "Signing in took too long, or too many answers were wrong. Begin again.":
    "Das Anmelden hat zu lange gedauert, oder zu viele Antworten waren falsch. Beginnen Sie von vorn.",
  "Give your login name and your password.": "Geben Sie Ihren Anmeldenamen und Ihr Passwort ein.",
  "Give your password.": "Geben Sie Ihr Passwort ein.",
  "That passkey is not one of yours.": "Dieser Passkey gehört nicht Ihnen.",
  "Passkeys need this server's name in the address bar and a secure connection (https); at an address made of numbers they do not work.":
    "Passkeys brauchen den Namen dieses Servers in der Adresszeile und eine sichere Verbindung (https); unter einer Adresse aus Zahlen gehen sie nicht.",
  "Choose a password of at most 1024 characters.": "Wählen Sie ein Passwort mit höchstens 1024 Zeichen.",
  "Type a code.": "Geben Sie einen Code ein.",
  "Type the code.": "Geben Sie den Code ein.",
  "Your passkeys are for {hosts}: open this page under that name to use them.":
    "Ihre Passkeys gelten für {hosts}: Öffnen Sie diese Seite unter diesem Namen, um sie zu benutzen.",
  "You are signing in as {login}.": "Sie melden sich als {login} an.",
  "Sign in as somebody else": "Als jemand anderes anmelden",
  "One more step": "Noch ein Schritt",
  "Is it really you?": "Sind Sie es wirklich?",
  "Use a passkey": "Passkey benutzen",
  "The six digits your authenticator app shows now. Or a recovery code.":
    "Die sechs Ziffern, die Ihre Authenticator-App gerade zeigt. Oder ein Wiederherstellungscode.",
  "Recovery code": "Wiederherstellungscode",
  "One of the codes you kept on paper. Each is good once.":
    "Einer der Codes, die Sie auf Papier aufbewahren. Jeder gilt einmal.",
  "No recovery codes are left. Whoever looks after this server can help you.":
    "Es sind keine Wiederherstellungscodes mehr übrig. Wer diesen Server betreut, kann Ihnen helfen.",
  "Choose a new password": "Neues Passwort wählen",
  "A password of your own.": "Ein eigenes Passwort.",
  "Your password must be changed before you go on. The new one is for your mail program too.":
    "Ihr Passwort muss geändert werden, bevor es weitergeht. Das neue gilt auch für Ihr Mailprogramm.",
  "New password": "Neues Passwort",
  "Set the password": "Passwort setzen",
  "A new key to the gate.": "Ein neuer Schlüssel zum Tor.",
  "This sets the password of {login}, for the pages and for mail programs. Wherever you are signed in, you will have to sign in again.":
    "Damit wird das Passwort von {login} gesetzt, für die Seiten und für Mailprogramme. Wo immer Sie angemeldet sind, müssen Sie sich neu anmelden.",
  "This link is no longer good": "Dieser Link gilt nicht mehr",
  "A link to set a new password is good once, and only for a time. Ask whoever looks after this server for a new one.":
    "Ein Link für ein neues Passwort gilt einmal und nur eine Zeit lang. Bitten Sie den, der diesen Server betreut, um einen neuen.",
  "To the sign-in page": "Zur Anmeldung",
  "Set up a second factor": "Zweiten Faktor einrichten",
  "A second lock.": "Ein zweites Schloss.",
  "This server asks you for more than a password. Choose one way; you can add others later.":
    "Dieser Server will mehr als ein Passwort von Ihnen. Wählen Sie einen Weg; weitere können Sie später hinzufügen.",
  "A passkey": "Ein Passkey",
  "Your device's own lock (finger, face or PIN), or a security key.":
    "Die Sperre Ihres Geräts (Finger, Gesicht oder PIN) oder ein Sicherheitsschlüssel.",
  "Register a passkey": "Passkey einrichten",
  "An authenticator app": "Eine Authenticator-App",
  "Scan this with an app that shows six digits, and type what it shows.":
    "Scannen Sie dies mit einer App, die sechs Ziffern zeigt, und tippen Sie ein, was sie zeigt.",
  Confirm: "Bestätigen",
  "Keep these codes": "Bewahren Sie diese Codes auf",
  "For a rainy day.": "Für schlechte Tage.",
  "If you lose your phone or key, one of these recovery codes lets you in, each once. Print them or write them down; they are not shown again.":
    "Wenn Sie Ihr Telefon oder Ihren Schlüssel verlieren, lässt Sie einer dieser Codes hinein, jeder einmal. Drucken Sie sie aus oder schreiben Sie sie ab; sie werden nicht noch einmal gezeigt.",
  "I have kept them": "Ich habe sie aufbewahrt",
  "Is it still you?": "Sind das noch Sie?",
  "One look, please.": "Einen Blick, bitte.",
  "What you are about to do changes how {login} signs in. Show once more that it is you.":
    "Was Sie vorhaben, ändert, wie sich {login} anmeldet. Zeigen Sie noch einmal, dass Sie es sind.",
  "From your authenticator app, or a recovery code.": "Aus Ihrer Authenticator-App, oder ein Wiederherstellungscode.",
  "Go back": "Zurück",
  "Go on": "Weiter",
  "This device": "Dieses Gerät",
  "QR code for your authenticator app": "QR-Code für Ihre Authenticator-App",
  "No camera? Type this into the app instead: {text}": "Keine Kamera? Tippen Sie stattdessen dies in die App: {text}",
  "Guessed at once": "Sofort erraten",
  "Guessed quickly": "Schnell erraten",
  "Fair, but longer is better": "Brauchbar, aber länger ist besser",
  Strong: "Stark",
  "Very strong": "Sehr stark",
  "Four or five unrelated words are strong and easy to remember.":
    "Vier oder fünf Wörter ohne Zusammenhang sind stark und leicht zu merken.",
  "Show the password": "Passwort zeigen",

  // Options: signing in
  "One password for webmail, your mail programs, and all else here.":
    "Ein Passwort für Webmail, Ihre Mailprogramme und alles andere hier.",
  "Present password": "Jetziges Passwort",
  "Set {time}.": "Gesetzt {time}.",
  "Every other browser is signed out, and programs that know the old password need the new one.":
    "Jeder andere Browser wird abgemeldet, und Programme, die das alte Passwort kennen, brauchen das neue.",
  "Change the password": "Passwort ändern",
  "The password is not changed here": "Das Passwort wird nicht hier geändert",
  "Your password is changed. Every other browser is signed out.":
    "Ihr Passwort ist geändert. Jeder andere Browser ist abgemeldet.",
  "Something besides the password when you sign in with a browser, so that a stolen password opens nothing.":
    "Etwas neben dem Passwort, wenn Sie sich mit einem Browser anmelden, damit ein gestohlenes Passwort nichts öffnet.",
  Passkeys: "Passkeys",
  "Your device's own lock (finger, face or PIN), or a security key. With one you need no password here.":
    "Die Sperre Ihres Geräts (Finger, Gesicht oder PIN) oder ein Sicherheitsschlüssel. Damit brauchen Sie hier kein Passwort.",
  "Name of the passkey {name}": "Name des Passkeys {name}",
  Rename: "Umbenennen",
  "kept in several devices": "auf mehreren Geräten",
  "never used": "nie benutzt",
  "last used {time}": "zuletzt benutzt {time}",
  "for {host}": "für {host}",
  "Name of the new passkey": "Name des neuen Passkeys",
  "Authenticator app": "Authenticator-App",
  "An app on your phone that shows six digits, new ones every 30 seconds.":
    "Eine App auf Ihrem Telefon, die sechs Ziffern zeigt, alle 30 Sekunden neue.",
  "Asked for since {time}": "Verlangt seit {time}",
  "Set it up": "Einrichten",
  "Another phone": "Anderes Telefon",
  "Recovery codes": "Wiederherstellungscodes",
  "None are left. Make new ones, for the day your phone is gone.":
    "Keine sind übrig. Machen Sie neue, für den Tag, an dem Ihr Telefon weg ist.",
  "{n} are left, for the day your phone is gone. Each is good once.": {
    one: "{n} ist übrig, für den Tag, an dem Ihr Telefon weg ist. Er gilt einmal.",
    other: "{n} sind übrig, für den Tag, an dem Ihr Telefon weg ist. Jeder gilt einmal.",
  },
  "Make new ones": "Neue machen",
  "this server asks for one": "dieser Server verlangt einen",
  "Your mail programs do not take your password any more: give each an {link}.":
    "Ihre Mailprogramme kommen mit Ihrem Passwort nicht mehr hinein: Geben Sie jedem ein {link}.",
  "app password": "App-Passwort",
  "To change how you sign in, show first that it is you.":
    "Um zu ändern, wie Sie sich anmelden, zeigen Sie zuerst, dass Sie es sind.",
  "Set up": "Einrichten",
  "Scan this with an authenticator app on your phone, and type the six digits that it shows. From then on they are asked for when you sign in.":
    "Scannen Sie dies mit einer Authenticator-App auf Ihrem Telefon und tippen Sie die sechs Ziffern ein, die sie zeigt. Von da an werden sie beim Anmelden verlangt.",
  "Six digits": "Sechs Ziffern",
  "Type the six digits.": "Tippen Sie die sechs Ziffern ein.",
  "Codes of the app are asked for from now on.": "Codes der App werden ab jetzt verlangt.",
  "Codes of the app are no longer asked for.": "Codes der App werden nicht mehr verlangt.",
  "The passkey “{name}” is registered.": "Der Passkey „{name}“ ist eingerichtet.",
  "The passkey has its new name.": "Der Passkey hat seinen neuen Namen.",
  "The passkey is taken away. Remove it from your device too.":
    "Der Passkey ist weg. Entfernen Sie ihn auch von Ihrem Gerät.",
  "Where you are signed in with a browser, and who tried to sign in as you lately.":
    "Wo Sie mit einem Browser angemeldet sind, und wer sich zuletzt als Sie anmelden wollte.",
  "Sign out everywhere else": "Überall sonst abmelden",
  Browsers: "Browser",
  "this one": "dieser",
  "last seen {time}": "zuletzt gesehen {time}",
  "since {time}": "seit {time}",
  "stays signed in": "bleibt angemeldet",
  "Sign out": "Abmelden",
  "Recent sign-ins": "Letzte Anmeldungen",
  "Nothing yet": "Noch nichts",
  "Sign-ins and refused attempts are listed here as far back as the log goes.":
    "Anmeldungen und abgelehnte Versuche stehen hier, so weit das Protokoll zurückreicht.",
  When: "Wann",
  "Where to": "Wohin",
  "Signed in": "Angemeldet",
  Refused: "Abgelehnt",
  "That browser is signed out.": "Dieser Browser ist abgemeldet.",
  "{n} other browsers are signed out.": {
    one: "{n} anderer Browser ist abgemeldet.",
    other: "{n} andere Browser sind abgemeldet.",
  },
  "The new app password": "Das neue App-Passwort",
  "The app password “{name}” is made": "Das App-Passwort „{name}“ ist gemacht",
  "Type or copy it into the program now: it is not shown again.":
    "Tippen oder kopieren Sie es jetzt in das Programm: Es wird nicht noch einmal gezeigt.",
  "What the program asks for": "Was das Programm wissen will",
  "New app password": "Neues App-Passwort",
  "The program or device it is for, such as “Mail on my phone”.":
    "Das Programm oder Gerät, für das es ist, etwa „Mail auf meinem Telefon“.",
  "What it opens": "Was es öffnet",
  Limits: "Grenzen",
  "Make the app password": "App-Passwort machen",
  "A password for one program or device: it opens only what it is for, and is revoked without touching any other.":
    "Ein Passwort für ein Programm oder Gerät: Es öffnet nur, wofür es da ist, und lässt sich widerrufen, ohne andere zu berühren.",
  "No app passwords yet": "Noch keine App-Passwörter",
  "Give each mail program its own, and your password stays with you.":
    "Geben Sie jedem Mailprogramm ein eigenes, und Ihr Passwort bleibt bei Ihnen.",
  "An app password opens your mail without anything else. Before you make one, show that it is you.":
    "Ein App-Passwort öffnet Ihre Post ohne alles Weitere. Bevor Sie eines machen, zeigen Sie, dass Sie es sind.",
  "Reading mail (IMAP)": "Post lesen (IMAP)",
  "Fetching mail (POP3)": "Post abholen (POP3)",
  "Sending mail (SMTP)": "Post senden (SMTP)",
  "Mail rules (ManageSieve)": "Regeln (ManageSieve)",
  "The app password is revoked. It opens nothing any more.": "Das App-Passwort ist widerrufen. Es öffnet nichts mehr.",
  "Never used": "Nie benutzt",
  "Last used {time} from {remote}": "Zuletzt benutzt {time} von {remote}",
  "Last used {time} for {service} from {remote}": "Zuletzt benutzt {time} für {service} von {remote}",
  expired: "abgelaufen",
  Revoke: "Widerrufen",
  "Made {time}": "Gemacht {time}",
  "Ends {time}": "Endet {time}",
  "Only from {networks}": "Nur von {networks}",
  "Good until": "Gilt bis",
  "Its last day. Without one it stays good until you revoke it.":
    "Sein letzter Tag. Ohne einen gilt es, bis Sie es widerrufen.",
  "Only from these networks": "Nur aus diesen Netzen",
  "One a line, such as 192.168.1.20 or 192.168.1.0/24. Empty means from everywhere that reaches this server.":
    "Eines pro Zeile, etwa 192.168.1.20 oder 192.168.1.0/24. Leer heißt: von überall, wo dieser Server zu erreichen ist.",
  "For programs that use this server's HTTP API in your name. A token never has more rights than you have.":
    "Für Programme, die die HTTP-API dieses Servers in Ihrem Namen benutzen. Ein Token hat nie mehr Rechte als Sie.",
  "The token “{name}” is made": "Das Token „{name}“ ist gemacht",
  "Copy it now: it is not shown again.": "Kopieren Sie es jetzt: Es wird nicht noch einmal gezeigt.",
  "New token": "Neues Token",
  "What it is for, such as “backup on the NAS”.": "Wofür es ist, etwa „Sicherung auf dem NAS“.",
  "What it may do": "Was es darf",
  "Make token": "Token machen",
  "Your tokens": "Ihre Token",
  "No tokens yet": "Noch keine Token",
  "A program that uses the HTTP API proves itself with a token of yours.":
    "Ein Programm, das die HTTP-API benutzt, weist sich mit einem Token von Ihnen aus.",
  "A token opens this server without your password. Before you make one, show again who you are.":
    "Ein Token öffnet diesen Server ohne Ihr Passwort. Bevor Sie eines machen, zeigen Sie noch einmal, wer Sie sind.",
  "The token is revoked. It opens nothing any more.": "Das Token ist widerrufen. Es öffnet nichts mehr.",
};
