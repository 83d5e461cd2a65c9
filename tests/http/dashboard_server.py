# SPDX-License-Identifier: MIT
"""A running anomaly-dashboard, and a client that says what it sends.

ANOMALY_BUILD_DIR says where dashboard/anomaly-dashboard and
tests/http/make_database have been built (default: here); ANOMALY_DASHBOARD, if it
is set, another program to run in the former's place.
"""

import base64
import http.client
import json
import os
import re
import signal
import subprocess
import threading
from pathlib import Path
from urllib.parse import urlencode

BUILD = Path(os.environ.get("ANOMALY_BUILD_DIR", ".")).resolve()
DASHBOARD = Path(os.environ.get("ANOMALY_DASHBOARD", BUILD / "dashboard/anomaly-dashboard"))
COUNT_CRYPT = BUILD / "tests/http/.libs/count_crypt.so"
MAKE_DATABASE = BUILD / "tests/http/make_database"
PATIENCE = 60

END = 1767225600000  # ts of the newest row
NAME, PASSWORD = "alice", "correct horse: battery"


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers
        self.body = body

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Client:
    """Sends requests; as somebody by HTTP Basic or by the cookie of a session."""

    def __init__(self, port, basic=None, cookie=None):
        self.port = port
        self.headers = {}
        if basic:
            self.headers["Authorization"] = "Basic " + base64.b64encode(":".join(basic).encode()).decode()
        if cookie:
            self.headers["Cookie"] = cookie

    def request(self, method, path, body=None, headers=(), connection=None):
        own = connection is None
        connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request(method, path, body, {**self.headers, **dict(headers)})
        response = connection.getresponse()
        answer = Answer(response, response.read())
        if own:
            connection.close()
        return answer

    def get(self, path, headers=(), **query):
        return self.request("GET", f"{path}?{urlencode(query)}" if query else path, headers=headers)

    def post(self, path, body="", headers=()):
        return self.request("POST", path, body, headers)

    def delete(self, path, headers=()):
        return self.request("DELETE", path, headers=headers)

    def detect(self, points):
        return self.post("/detect", json.dumps({"points": points}), {"Content-Type": "application/json"})

    def detect_csv(self, text):
        return self.post("/detect", text, {"Content-Type": "text/csv"})

    def login(self, name=NAME, password=PASSWORD, headers=()):
        form = urlencode({"username": name, "password": password})
        return self.post("/login", form, {"Content-Type": "application/x-www-form-urlencoded", **dict(headers)})


class Server:
    """A process of its own; `log` is what it has written to stderr."""

    def __init__(self, database, users, *options, verbose=True, environment=None):
        self.log = []
        if verbose:
            options += ("--verbose",)
        self.process = subprocess.Popen(
            [DASHBOARD, "--database", database, "--users", users, "--listen", "127.0.0.1:0", *options],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        self.port = None
        for line in self.process.stderr:
            self.log.append(line)
            found = re.search(r"listening on https?://127\.0\.0\.1:(\d+)/", line)
            if found:
                self.port = int(found[1])
                break
        assert self.port, self.log
        self.reader = threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True)
        self.reader.start()

    def client(self, basic=(NAME, PASSWORD), cookie=None):
        return Client(self.port, basic, cookie)

    def session(self, name=NAME, password=PASSWORD):
        """A client with the cookie of a new session."""
        answer = self.client(basic=None).login(name, password)
        assert answer.status == 303, answer
        return self.client(basic=None, cookie=answer.headers["Set-Cookie"].split(";")[0])

    def stop(self):
        """Ends as systemd ends it; sanitizers complain by the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE) == 0, "".join(self.log)


def set_password(users, name=NAME, password=PASSWORD):
    return subprocess.run(
        [DASHBOARD, "--users", users, "--set-password", name], input=password + "\n", text=True, capture_output=True
    )


def make_database(path, *options):
    subprocess.run([MAKE_DATABASE, path, *map(str, options)], check=True, capture_output=True)
    return path
