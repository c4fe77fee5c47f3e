"""Sends one message with smtplib. Standard input: a JSON object; see senders.ts."""
import base64
import json
import smtplib
import ssl
import sys

task = json.load(sys.stdin)
context = ssl.create_default_context(cafile=task["root"])
kind = smtplib.SMTP_SSL if task["tls"] == "implicit" else smtplib.SMTP
more = {"context": context} if task["tls"] == "implicit" else {}
with kind("localhost", task["port"], local_hostname="client.example", timeout=20, **more) as client:
    if task["tls"] == "starttls":
        client.starttls(context=context)
    if task.get("login"):
        client.ehlo_or_helo_if_needed()
        client.user, client.password = task["login"], task["password"]
        mechanism = task["mechanism"]
        client.auth(mechanism, getattr(client, "auth_" + mechanism.lower()))
    refused = client.sendmail(
        task["from"], task["to"], base64.b64decode(task["message"]), mail_options=task["options"]
    )
print(json.dumps({"refused": refused}))
