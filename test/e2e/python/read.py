"""Reads all messages of an INBOX with imaplib or poplib. Standard input: a JSON object; see readers.ts."""
import base64
import imaplib
import json
import poplib
import ssl
import sys

task = json.load(sys.stdin)
context = ssl.create_default_context(cafile=task["root"])


def by_imap():
    if task["tls"] == "implicit":
        client = imaplib.IMAP4_SSL("localhost", task["port"], ssl_context=context)
    else:
        client = imaplib.IMAP4("localhost", task["port"])
        client.starttls(ssl_context=context)
    with client:
        client.login(task["login"], task["password"])
        _, [count] = client.select("INBOX", readonly=True)
        if int(count) == 0:
            return []
        _, parts = client.fetch("1:*", "(BODY.PEEK[])")
        return [part[1] for part in parts if isinstance(part, tuple)]


def by_pop3():
    if task["tls"] == "implicit":
        client = poplib.POP3_SSL("localhost", task["port"], context=context)
    else:
        client = poplib.POP3("localhost", task["port"])
        client.stls(context=context)
    client.user(task["login"])
    client.pass_(task["password"])
    count, _ = client.stat()
    messages = [b"".join(line + b"\r\n" for line in client.retr(n + 1)[1]) for n in range(count)]
    client.quit()
    return messages


messages = {"imap": by_imap, "pop3": by_pop3}[task["protocol"]]()
print(json.dumps([base64.b64encode(message).decode() for message in messages]))
