# SPDX-License-Identifier: MIT
"""Clients who hold connections, as many as they can, for as long as they can."""

import contextlib
import socket
import threading

from dashboard_server import PATIENCE

CONNECTIONS = 1200  # the server keeps 1000
AGAIN = 0.5  # seconds from one byte to the next

HEAD = b"%s HTTP/1.1\r\nHost: x\r\n"

# What each sends at once, and now and then.
FLOODS = {
    "idle": (b"", b""),
    "slow headers": (HEAD % b"GET /", b"X-A: b\r\n"),
    "slow request line": (b"GET /" + b"a" * 100, b"a"),
    "slow form": (HEAD % b"POST /login" + b"Content-Length: 4000\r\n\r\nusername=", b"a"),
    "slow chunks": (HEAD % b"POST /login" + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    "slow upload": (HEAD % b"POST /detect" + b"Content-Length: 4000000\r\n\r\n", b"a"),
    "slow readers": (2 * (HEAD % b"GET /web/uPlot.esm.js" + b"\r\n"), b""),
}


def connect(port, receive=None):
    raw = socket.socket()
    raw.settimeout(PATIENCE)
    if receive:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    raw.connect(("127.0.0.1", port))
    return raw


def has_ended(raw):
    try:
        return raw.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


class Flood:
    """Whoever is sent away comes back."""

    def __init__(self, port, first, more):
        self.port, self.first, self.more = port, first, more
        self.sockets = [self.begin() for _ in range(CONNECTIONS)]
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.trickle)
        self.thread.start()

    def begin(self):
        raw = connect(self.port, receive=2048)
        with contextlib.suppress(ConnectionError):
            raw.sendall(self.first)
        return raw

    def trickle(self):
        while not self.stopping.wait(AGAIN):
            for i, raw in enumerate(self.sockets):
                if has_ended(raw):
                    raw.close()
                    self.sockets[i] = self.begin()
                with contextlib.suppress(ConnectionError):
                    self.sockets[i].sendall(self.more)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()
        for raw in self.sockets:
            raw.close()
