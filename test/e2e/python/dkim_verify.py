"""Verifies every DKIM-Signature and the ARC sets of a message with dkimpy. Standard input: {"message": base64, "records": {name: text}}."""
import base64
import json
import sys

import dkim

task = json.load(sys.stdin)
message = base64.b64decode(task["message"])


def txt(name, timeout=5):
    found = task["records"].get(name.decode().rstrip("."))
    return None if found is None else found.encode()


results = []
for index in range(message.lower().count(b"dkim-signature:")):
    verifier = dkim.DKIM(message)
    try:
        held = verifier.verify(idx=index, dnsfunc=txt)
        results.append({"held": held, "domain": verifier.domain.decode(), "selector": verifier.selector.decode()})
    except dkim.DKIMException as error:
        results.append({"held": False, "error": str(error)})
chain, sets, why = dkim.arc_verify(message, dnsfunc=txt)
print(json.dumps({"dkim": results, "arc": chain.decode(), "sets": len(sets), "why": why}))
