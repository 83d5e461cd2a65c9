#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""How soon an honest client is answered while others attack the dashboard.

Prints NAME VALUE UNIT, a figure a line. 100 requests a second, counted from when
each was due, so that one that waits does not hide those behind it: by users with
a session, every tenth on a new connection. Attackers are a process of their own
and come back when they are sent away. ANOMALY_BUILD_DIR says where the programs
are (default: here).
"""

import contextlib
import http.client
import itertools
import multiprocessing
import random
import resource
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "http"))
from dashboard_server import Server, make_database, set_password  # noqa: E402
from flood import FLOODS, HEAD, Flood, connect  # noqa: E402

SECONDS = 10
RATE = 100
USERS = 16
PATHS = ("/api/summary", "/api/hosts", "/runs?limit=100", "/api/samples?limit=25", "/healthz")


def hold(kind):
    def attack(port, ready):
        with Flood(port, *FLOODS[kind]):
            ready.set()
            threading.Event().wait()

    return attack


def again_and_again(what, threads=8):
    """As many at once, each beginning the next as soon as one is answered."""

    def attack(port, ready):
        def one():
            while True:
                with contextlib.suppress(OSError, http.client.HTTPException):
                    what(port)

        for _ in range(threads):
            threading.Thread(target=one, daemon=True).start()
        ready.set()
        threading.Event().wait()

    return attack


def guess(port):
    """From many addresses, so that a hash is paid for each time."""
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Forwarded-For": "%d.%d.%d.%d" % tuple(random.randbytes(4)),
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/login", f"username=u{random.random()}&password=guess", headers)
    connection.getresponse().read()


def send(head, part, times):
    def attack(port):
        with connect(port) as raw:
            raw.sendall(head)
            for _ in range(times):
                raw.sendall(part)
            raw.recv(1000)

    return attack


ATTACKS = {
    **{kind: hold(kind) for kind in FLOODS},
    "guesses": again_and_again(guess),
    "large headers": again_and_again(send(HEAD % b"GET /" + b"X: ", b"a" * 65536, 100)),
    "large bodies": again_and_again(send(HEAD % b"POST /detect" + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"a" * 65536 + b"\r\n", 100)),
}


class Attackers:
    def __init__(self, attack, port):
        ready = multiprocessing.Event()
        self.process = multiprocessing.Process(target=attack, args=(port, ready), daemon=True)
        self.process.start()
        ready.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.join()


class Honest:
    """A user of the page, with a connection that is kept."""

    def __init__(self, server):
        self.session = server.session()
        self.kept = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        self.lock = threading.Lock()

    def ask(self, number, due):
        path = PATHS[number % len(PATHS)]
        with self.lock:
            answer = self.session.request("GET", path, connection=self.kept if number % 10 else None)
        assert answer.status == 200, answer
        return time.perf_counter() - due


def measure(honest):
    """Milliseconds, sorted."""
    answers = []
    began = time.perf_counter()
    with ThreadPoolExecutor(USERS) as pool:
        for number, user in zip(range(SECONDS * RATE), itertools.cycle(honest)):
            due = began + number / RATE
            time.sleep(max(0, due - time.perf_counter()))
            answers.append(pool.submit(user.ask, number, due))
    return sorted(1000 * answer.result() for answer in answers)


def tell(name, times):
    print(f"{name}_p50 {times[len(times) // 2]:.3g} ms", flush=True)
    print(f"{name}_p99 {times[len(times) * 99 // 100]:.3g} ms", flush=True)


def bench(directory):
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    users = directory / "users"
    set_password(users)
    server = Server(make_database(directory / "anomaly.db", "--hosts", 10, "--rows", 10_000), users, verbose=False)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit[1], limit[1]))
    honest = [Honest(server) for _ in range(USERS)]
    measure(honest[:1])  # what is asked first is read from the disk
    tell("attack_none", measure(honest))
    for kind, attack in ATTACKS.items():
        with Attackers(attack, server.port):
            tell("attack_" + kind.replace(" ", "_"), measure(honest))
    server.stop()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="anomaly-bench-") as made:
        bench(Path(made))
