"""Calls methods of imaplib's or poplib's client, one after the other. Standard input: a JSON object; see python.ts."""
import base64
import imaplib
import json
import poplib
import ssl
import sys

task = json.load(sys.stdin)
context = ssl.create_default_context(cafile=task["root"])
kinds = {
    "imap": lambda: imaplib.IMAP4("localhost", task["port"]),
    "imaps": lambda: imaplib.IMAP4_SSL("localhost", task["port"], ssl_context=context),
    "pop3": lambda: poplib.POP3("localhost", task["port"]),
    "pop3s": lambda: poplib.POP3_SSL("localhost", task["port"], context=context),
}


def argument(value):
    """{"base64": …} stands for octets."""
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value


def plain(value):
    """Octets as Latin-1, so that JSON can hold them."""
    if isinstance(value, (bytes, bytearray)):
        return value.decode("latin-1")
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {plain(name): plain(each) for name, each in value.items()}
    return value


client = kinds[task["scheme"]]()
results = []
for name, *arguments in task["calls"]:
    try:
        if name in ("starttls", "stls"):
            result = getattr(client, name)(context)
        elif name == "capabilities":
            result = client.capabilities
        else:
            result = getattr(client, name)(*map(argument, arguments))
        results.append(plain(result))
    except (imaplib.IMAP4.error, poplib.error_proto) as error:
        results.append({"error": plain(error.args[0])})
print(json.dumps(results))
