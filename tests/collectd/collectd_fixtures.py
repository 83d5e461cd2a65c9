# SPDX-License-Identifier: MIT
"""Fixtures for a conftest.py to import: a real collectd with the plugin in it,
and what it talks to.

ANOMALY_BUILD_DIR names the build to test (default: build/ in the tree).
"""

import http.server
import json
import os
import pathlib
import socket
import threading

import pytest

from collectd_daemon import Daemon


@pytest.fixture(scope="session", autouse=True)
def plugin_dir():
    source = pathlib.Path(__file__).resolve().parents[2]
    build = pathlib.Path(os.environ.get("ANOMALY_BUILD_DIR", source / "build"))
    # collectd refuses a plugin that is a symbolic link, hence .libs
    directory = build.resolve() / "plugin" / "collectd" / ".libs"
    if not (directory / "anomaly.so").exists():
        pytest.exit(f"no anomaly.so in {directory}: build it, or set ANOMALY_BUILD_DIR", 1)
    Daemon.plugin_dir = directory


def _daemons(tmp_path_factory):
    """Makes daemons, and afterwards stops them and reads their logs: no test
    passes while the plugin, or collectd because of it, complained."""
    made = []

    def make(**settings):
        daemon = Daemon(tmp_path_factory.mktemp("collectd"), **settings)
        made.append(daemon)
        return daemon

    yield make
    problems = [problem for daemon in made for problem in daemon.finish()]
    assert not problems, "\n".join(problems)


@pytest.fixture
def collectd(tmp_path_factory):
    yield from _daemons(tmp_path_factory)


@pytest.fixture(scope="module")
def module_collectd(tmp_path_factory):
    yield from _daemons(tmp_path_factory)


class Receiver(http.server.ThreadingHTTPServer):
    """Takes what write_http posts."""

    daemon_threads = True

    def __init__(self):
        self.posts = []
        # clear: requests are read, but have no answer until it is set
        self.answering = threading.Event()
        self.answering.set()
        super().__init__(("127.0.0.1", 0), _ReceiverHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"

    def received(self, path):
        """All JSON objects posted to a path so far."""
        return [item for where, items in list(self.posts) if where == path for item in items]


class _ReceiverHandler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        # a list of values or of notifications
        self.server.posts.append((self.path, json.loads(body)))
        self.server.answering.wait()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format, *args):
        pass


def serving(server):
    """For a fixture: it serves while there is anybody to serve."""
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def receiver():
    yield from serving(Receiver())


def _free_port(kind):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def tcp_port():
    return _free_port(socket.SOCK_STREAM)


@pytest.fixture
def udp_port():
    return _free_port(socket.SOCK_DGRAM)


@pytest.fixture
def udp_ports():
    """Two of them."""
    return [_free_port(socket.SOCK_DGRAM) for _ in range(2)]
