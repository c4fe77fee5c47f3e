"""Takes a delivery report (RFC 3464) apart with the standard library. Standard input: {"message": base64}."""
import base64
import email
import email.policy
import json
import sys

message = email.message_from_bytes(base64.b64decode(json.load(sys.stdin)["message"]), policy=email.policy.default)
human, status, returned = message.get_payload()
print(
    json.dumps(
        {
            "type": message.get_content_type(),
            "reportType": message.get_param("report-type"),
            "returnPath": message["Return-Path"],
            "to": message["To"],
            "subject": message["Subject"],
            "autoSubmitted": message["Auto-Submitted"],
            "human": human.get_content(),
            "statusType": status.get_content_type(),
            "fields": [dict(block.items()) for block in status.get_payload()],
            "returnedType": returned.get_content_type(),
            "returned": returned.get_payload(0).as_string()
            if returned.get_content_type() == "message/rfc822"
            else returned.get_payload(),
            "defects": [str(defect) for part in message.walk() for defect in part.defects],
        }
    )
)
