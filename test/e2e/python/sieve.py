"""Looks after scripts with sievelib's ManageSieve client: reads a task as JSON, prints what came of it as JSON."""
import json
import ssl
import sys

from sievelib.factory import FiltersSet
from sievelib.managesieve import Client

task = json.load(sys.stdin)
ssl._create_default_https_context = ssl._create_unverified_context
client = Client("localhost", task["port"])
connected = client.connect(task["login"], task["password"], starttls=task["tls"], authmech=task["mechanism"])
done = {"connected": connected}
if connected:
    filters = FiltersSet("made")
    filters.addfilter(
        "bills",
        [("Subject", ":contains", "bill")],
        [("fileinto", ":copy", "Archive"), ("addflag", "\\\\Flagged"), ("keep",)],
    )
    text = str(filters)
    done["space"] = client.havespace("made", len(text))
    done["put"] = client.putscript("made", text)
    done["active"] = client.setactive("made")
    done["list"] = client.listscripts()
    done["same"] = client.getscript("made").splitlines() == text.splitlines()
    done["wrong"] = client.putscript("wrong", "if nonsense {")
    done["renamed"] = client.renamescript("made", "bills")
    done["extensions"] = client.get_sieve_capabilities()
    client.logout()
print(json.dumps(done))
