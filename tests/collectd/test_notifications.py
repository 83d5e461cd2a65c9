# SPDX-License-Identifier: MIT
"""The configurations of contrib/notify: what arrives, once when a run opens and
once when it closes."""

import email
import pathlib
import socketserver

import pytest

from collectd_app import App, app_daemon, severities
from collectd_daemon import wait_for
from collectd_fixtures import serving

CONTRIB = pathlib.Path(__file__).resolve().parents[2] / "contrib" / "notify"


def configuration(name, replacements):
    text = (CONTRIB / name).read_text()
    for old, new in replacements.items():
        assert old in text, f"no {old} in {name}"
        text = text.replace(old, str(new))
    return text


def one_run(daemon):
    """Returns its two notifications, as collectd has logged them."""
    app = App(daemon).live(1800).wait()
    before = len(daemon.notifications())
    app.live(10, latency=500).live(900).wait()
    wait_for(lambda: len(daemon.notifications()) >= before + 2, "the end of the run")
    assert severities(daemon)[before:] == ["opening", "OKAY"]
    return daemon.notifications()[before:]


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail for anybody."""

    daemon_threads = True

    def __init__(self):
        self.mails = []  # pairs of the recipients and an email.message.Message
        super().__init__(("127.0.0.1", 0), _MailHandler)
        self.port = self.server_address[1]


class _MailHandler(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        recipients = []
        self.say("220 here")
        for line in self.rfile:
            command = line.strip().decode().upper()
            if command.startswith("RCPT TO:"):
                recipients.append(line.strip().decode()[len("RCPT TO:") :].strip("<>"))
            if command == "DATA":
                self.say("354 go on")
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.mails.append((recipients, email.message_from_bytes(text)))
                recipients = []
            self.say("221 bye" if command == "QUIT" else "250 well")
            if command == "QUIT":
                return


@pytest.fixture
def mail_server():
    yield from serving(MailServer())


def test_mail(collectd, mail_server):
    replacements = {"localhost": "127.0.0.1", "SMTPPort 25": f"SMTPPort {mail_server.port}"}
    daemon = app_daemon(collectd, plugins=configuration("email.conf", replacements)).start()
    opening, closing = one_run(daemon)
    wait_for(lambda: len(mail_server.mails) == len(daemon.notifications()), "the mails")
    (to, opened), (_, closed) = mail_server.mails[-2:]
    assert to == ["oncall@example.org"]
    assert opened["Subject"] == "WARNING: web-1"
    assert closed["Subject"] == "OKAY: web-1"
    assert "latency" in opening.message
    for mail, notification in ((opened, opening), (closed, closing)):
        lines = mail.get_payload().splitlines()
        assert f"Message: {notification.message}" in lines
        assert "Plugin: anomaly" in lines
        assert "Plugin instance: app" in lines


def test_json(collectd, receiver):
    replacements = {"http://127.0.0.1:8081": receiver.url}
    daemon = app_daemon(collectd, plugins=configuration("http.conf", replacements)).start()
    opening, closing = one_run(daemon)
    wait_for(lambda: len(receiver.received("/notifications")) == len(daemon.notifications()), "the notifications")
    opened, closed = receiver.received("/notifications")[-2:]
    for posted, notification in ((opened, opening), (closed, closing)):
        assert posted["labels"]["instance"] == "web-1"
        assert posted["labels"]["anomaly"] == "app"
        assert posted["labels"]["severity"] == notification.severity
        assert posted["annotations"]["summary"] == notification.message
        # what Alertmanager would need to resolve it
        assert "endsAt" not in posted
