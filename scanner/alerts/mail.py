"""Mail through apprise with a Message-ID that never changes: a mailbox drops the repeat by itself."""

import re
import smtplib
from typing import Any

_MESSAGE_ID = re.compile(
    r"^Message-ID:[ \t]*(?:\r?\n[ \t]+)?<[^>\r\n]*>", re.IGNORECASE | re.MULTILINE
)


def mail_with_a_stable_id(base: Any) -> Any:
    """The library's mail sender, whose one missing piece is the Message-ID: it makes a new one at every try."""
    from apprise.exception import AppriseException  # noqa: PLC0415  Only in the child that sends.
    from apprise.plugins.email.smtp import AppriseSMTPController  # noqa: PLC0415

    class Mail(base):  # type: ignore[misc]
        """One message per recipient, each tried once a round."""

        errand: Any = None
        outcome: str = ""
        why: str = ""

        def send(self, body: str, title: str = "", **_: Any) -> bool:
            """Hand over; ``outcome`` and ``why`` tell how it went where it did not go well."""
            self.outcome, self.why = "refused", ""
            try:
                with AppriseSMTPController(
                    host=self.smtp_host,
                    port=self.port,
                    secure_mode=self.secure_mode,
                    user=self.user,
                    password=self.password,
                    verify_certificate=self.verify_certificate,
                    socket_connect_timeout=self.socket_read_timeout,
                ) as smtp:
                    line: Any = smtp._socket  # Its own `sendmail` keeps the answer to itself.
                    return self._all(line, body, title)
            except (OSError, smtplib.SMTPException, RuntimeError, AppriseException) as error:
                self.why = _said(error)
                return False

        def _all(self, smtp: smtplib.SMTP, body: str, title: str) -> bool:
            good = True
            for message in base.prepare_emails(
                subject=title,
                body=body,
                notify_format="text",
                from_addr=self.from_addr,
                to=self.targets,
                cc=self.cc,
                bcc=self.bcc,
                reply_to=self.reply_to,
                smtp_host=self.smtp_host,
                headers={**_headers(self.errand), **self.headers},
                names=self.names,
                pgp=self.pgp,
                pgp_mode=self.pgp_mode,
                tzinfo=self.tzinfo,
            ):
                if self.is_delivered(message.recipient):
                    continue
                text = _MESSAGE_ID.sub(f"Message-ID: {_id(self.errand.key)}", message.body, count=1)
                good = self._one(smtp, message, text) and good
                if self.outcome == "unsure":
                    # The line is gone; the other recipients get theirs at the next try.
                    break
            return good

        def _one(self, smtp: smtplib.SMTP, message: Any, text: str) -> bool:
            try:
                refused = smtp.sendmail(self.from_addr[1], message.to_addrs, text)
            except smtplib.SMTPResponseException as error:
                self.why = _said(error)
                return False
            except smtplib.SMTPRecipientsRefused as error:
                self.why = _said(next(iter(error.recipients.values()), error))
                return False
            except (OSError, smtplib.SMTPException) as error:
                # The line broke, perhaps between the message and its receipt.
                self.outcome, self.why = "unsure", _said(error)
                return False
            self.mark_delivered(message.recipient)
            if refused:
                self.why = (
                    f"{len(refused)} recipients refused: {_said(next(iter(refused.values())))}"
                )
            return True

    return Mail


def _id(key: str) -> str:
    # RFC 6761: no host has a name under .invalid, so that no other mail has this id.
    return f"<{key}@tinnhiem.invalid>"


def _headers(errand: Any) -> dict[str, str]:
    """RFC 3834: nobody answers it by machine; a reminder and an end lie beside what opened the talk."""
    headers = {"Auto-Submitted": "auto-generated", "X-Tinnhiem-Key": errand.key}
    if errand.thread != errand.key:
        headers |= {"In-Reply-To": _id(errand.thread), "References": _id(errand.thread)}
    return headers


def _said(error: object) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        return f"{error.smtp_code} {text}"
    if isinstance(error, tuple) and len(error) == 2:
        code, said = error
        return f"{code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}"
    return f"{type(error).__name__}: {error}"
