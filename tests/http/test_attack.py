#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Clients who mean harm. tests/http/ASVS.md says which requirement asks for what.

While they are at it an honest client gets all of its answers; how soon is a
matter of `make bench'.
"""

import contextlib
import http.client
import itertools
import os
import resource
import sqlite3
import subprocess
import sys
from urllib.parse import quote

try:
    import pytest
except ImportError:
    print("python3-pytest is missing: skipped")
    sys.exit(77)

from dashboard_server import END, PATIENCE, make_database, set_password
from flood import FLOODS, HEAD, Flood, connect


@pytest.fixture(scope="module", autouse=True)
def many_files():
    """For the attackers. The server has to see to itself: it is started with as
    many as a shell or systemd gives."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, before[1]))
    yield lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (4096, before[1]))
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture(scope="module")
def target(many_files, start, database):
    # AddressSanitizer would keep 256 MB of what has been freed
    options = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8"
    server = start(database, environment={"ASAN_OPTIONS": options})
    many_files()
    return server


@pytest.fixture(scope="module")
def honest(target):
    return target.session()


def exchange(port, data):
    """What comes back until the server closes; the last request says so."""
    with connect(port) as raw:
        with contextlib.suppress(ConnectionError):
            raw.sendall(data)
        answer = b""
        with contextlib.suppress(ConnectionError):
            while part := raw.recv(65536):
                answer += part
    return answer


def statuses(answer):
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:] if part[:3].isdigit()]


# --- floods --------------------------------------------------------------------

@pytest.mark.parametrize("kind", FLOODS)
def test_who_holds_connections_holds_up_nobody(target, honest, kind):
    """Neither newcomers nor, above all, who is there already."""
    kept = http.client.HTTPConnection("127.0.0.1", target.port, timeout=PATIENCE)
    assert honest.request("GET", "/api/summary", connection=kept).status == 200
    port = kept.sock.getsockname()
    with Flood(target.port, *FLOODS[kind]):
        for i in range(10):
            assert honest.get("/api/summary").status == 200
            assert honest.get("/runs", limit=i + 1).status == 200
            assert honest.request("GET", "/api/summary", connection=kept).status == 200
            assert kept.sock.getsockname() == port
        assert target.session().get("/api/hosts").status == 200, "somebody logs in"
    kept.close()


def test_idle_handshakes_hold_up_nobody(start, database, certificate, many_files):
    """They come before anything of HTTP does."""
    many_files()
    server = start(database, "--tls-certificate", certificate[0], "--tls-key", certificate[1])
    with Flood(server.port, b"\x16\x03\x01", b"\x01"):
        done = subprocess.run(
            ["openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{server.port}"],
            input=b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", capture_output=True, timeout=PATIENCE,
        )  # fmt: skip
    assert statuses(done.stdout) == [200]


def endless(port, head, part, most=64 << 20):
    """Sends until the server has had enough: how much it took, and its answer."""
    with connect(port) as raw:
        raw.sendall(head)
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < most:
                raw.sendall(part)
                sent += len(part)
        with contextlib.suppress(ConnectionError):
            return sent, statuses(raw.recv(1000))
    return sent, []


ENDLESS = {
    "path": (b"GET /", b"a" * 65536, 414),
    "parameters": (b"GET /?", b"&a=b" * 16384, 414),
    "header": (HEAD % b"GET /" + b"X: ", b"a" * 65536, 431),
    "headers": (HEAD % b"GET /", b"X-A: b\r\n" * 8192, 431),
    "cookies": (HEAD % b"GET /", b"Cookie: anomaly_session=0\r\n" * 4096, 431),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_headers_without_end(target, honest, kind):
    head, part, status = ENDLESS[kind]
    sent, told = endless(target.port, head, part)
    assert sent < 16 << 20, "what the kernel buffers at most, on both sides"
    assert told in ([status], []), "or the connection was reset before it could be read"
    assert honest.get("/api/summary").status == 200


@pytest.mark.parametrize("path", [b"POST /login", b"POST /detect", b"POST /nothing", b"GET /healthz", b"DELETE /runs/1"])
def test_bodies_without_end(target, honest, path):
    chunk = b"10000\r\n" + b"a" * 65536 + b"\r\n"
    sent, _ = endless(target.port, HEAD % path + b"Transfer-Encoding: chunked\r\n\r\n", chunk)
    assert sent < 32 << 20
    assert honest.get("/api/summary").status == 200


def test_memory_is_not_the_attackers(target, honest):
    """After all of the above: nothing is kept of who has gone."""

    def resident():
        with open(f"/proc/{target.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize()

    def files():
        return len(os.listdir(f"/proc/{target.process.pid}/fd"))

    with Flood(target.port, *FLOODS["slow form"]):
        while files() <= 900:  # the server may still be accepting them
            honest.get("/healthz")
    assert resident() < 256 << 20
    while files() > 200:  # closed by threads of its own; for ever, if not
        honest.get("/healthz")


# --- where a request ends ------------------------------------------------------

SECOND = HEAD % b"GET /healthz" + b"Connection: close\r\n\r\n"
UNCLEAR = {
    "length and chunks": (b"POST /login", b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "chunks and length": (b"POST /login", b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"),
    "two lengths": (b"POST /login", b"Content-Length: 4\r\nContent-Length: 0\r\n\r\nabcd"),
    "a list of lengths": (b"POST /login", b"Content-Length: 4, 4\r\n\r\nabcd"),
    "a signed length": (b"POST /login", b"Content-Length: +4\r\n\r\nabcd"),
    "a length before a blank": (b"POST /login", b"Content-Length : 4\r\n\r\nabcd"),
    "a negative length": (b"POST /login", b"Content-Length: -1\r\n\r\n"),
    "a length beyond 64 bits": (b"POST /login", b"Content-Length: 18446744073709551617\r\n\r\na"),
    "chunks in disguise": (b"POST /login", b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    "chunks twice": (b"POST /login", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"),
    "a bad chunk": (b"POST /login", b"Transfer-Encoding: chunked\r\n\r\nZ\r\nabc\r\n0\r\n\r\n"),
    "two hosts": (b"GET /healthz", b"Host: y\r\n\r\n"),
}


@pytest.mark.parametrize("kind", UNCLEAR)
def test_requests_of_unclear_length(target, kind):
    """Whatever follows may be another client's: it is not looked at.

    libmicrohttpd sends the headers of its own refusals twice, hence no count.
    """
    line, rest = UNCLEAR[kind]
    answer = exchange(target.port, HEAD % line + rest + SECOND)
    assert set(statuses(answer)) <= {400, 413}, answer
    assert b'"ok"' not in answer


LOGIN = HEAD % b"POST /login" + b"Connection: close\r\n"
SUMMARY = HEAD % b"GET /api/summary" + b"Connection: close\r\n"
NONSENSE = {
    "bytes": bytes(range(256)) * 40 + b"\r\n\r\n",
    "a TLS greeting": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 300 + b"\r\n\r\n",
    "a lone method": b"GET\r\n\r\n",
    "a version to come": b"GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "a boundary that is a quote": LOGIN + b'Content-Type: multipart/form-data; boundary="\r\nContent-Length: 4\r\n\r\nabcd',
    "an empty boundary": LOGIN + b"Content-Type: multipart/form-data; boundary=\r\nContent-Length: 4\r\n\r\n--\r\n",
    "a long password": SUMMARY + b"Authorization: Basic " + b"A" * 30000 + b"\r\n\r\n",
    "empty credentials": SUMMARY + b"Authorization: Basic =\r\nCookie: ;=;anomaly_session\r\n\r\n",
}


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense(target, honest, kind):
    answer = exchange(target.port, NONSENSE[kind])
    assert all(400 <= status < 600 for status in statuses(answer)), answer
    assert honest.get("/healthz").status == 200


# --- paths and methods ---------------------------------------------------------

PATHS = [
    "/web/../../../../../../etc/passwd",
    "/web/..%2f..%2f..%2fetc%2fpasswd",
    "/web/%2e%2e/%2e%2e/etc/passwd",
    "/web/%252e%252e%252fetc/passwd",
    "/web/..\\..\\etc\\passwd",
    "/web/....//....//etc/passwd",
    "/web//etc/passwd",
    "/web/main.js%00.html",
    "/web/main.js/",
    "/web/main.js.bak",
    "/web/.git/config",
    "/web/%c0%ae%c0%ae/etc/passwd",
    "//etc/passwd",
    "/../users",
    "/runs/../../users",
    "/runs/%2e%2e/users",
    "/runs/1%00",
    "/api/../../anomaly.db",
    "file:///etc/passwd",
    "http://127.0.0.1/etc/passwd",
    "/.well-known/../../etc/passwd",
]


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_to_a_file(target, honest, path):
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nCookie: {honest.headers['Cookie']}\r\nConnection: close\r\n\r\n"
    answer = exchange(target.port, request.encode())
    assert statuses(answer) in ([404], [400]), answer
    assert b"root:" not in answer and b"$y$" not in answer and b"SQLite format" not in answer


def test_other_methods(honest):
    for method in ("TRACE", "TRACK", "OPTIONS", "PUT", "PATCH", "PROPFIND", "DEBUG", "get"):
        for path in ("/", "/api/summary", "/runs/1"):
            answer = honest.request(method, path, headers={"X-Echo": "echoed"})
            assert answer.status == 405 and "echoed" not in answer.text + str(answer.headers)


def test_answers_tell_nothing_of_the_machine(target, honest):
    for path in ("/", "/nothing", "/api/summary", "/api/series?detector=x", "/runs/9"):
        for client in (honest, target.client(basic=None)):
            answer = client.get(path)
            assert not {"Server", "X-Powered-By", "Access-Control-Allow-Origin"} & set(answer.headers.keys())
            assert str(target.process.args[2]) not in answer.text


# --- SQL -----------------------------------------------------------------------

PARAMETERS = {
    "/api/series": ("host", "detector", "from", "to", "points", "run"),
    "/api/samples": ("host", "detector", "from", "to", "flagged", "limit", "before", "format"),
    "/runs": ("host", "detector", "source", "open", "from", "to", "limit", "before"),
    "/api/hosts": ("host",),
    "/api/summary": ("host",),
    "/sample": ("rows", "seed"),
}
INJECTIONS = [
    "'",
    '"',
    "`",
    "'; DROP TABLE runs; --",
    '"; DROP TABLE runs; --',
    "' OR '1'='1",
    '" OR 1=1 --',
    "1 OR 1=1",
    "1; DELETE FROM runs",
    "system' UNION SELECT sql FROM sqlite_master --",
    'system" UNION SELECT sql FROM sqlite_master --',
    "0,' OR 1=1 --",
    "x]; DROP TABLE samples_system; --",
    "'||(SELECT load_extension('x'))||'",
    "%' ESCAPE '",
    "/*",
    "$.a'",
    "?1",
    ":host",
]


def dump(database):
    with sqlite3.connect(database) as db:
        return list(db.iterdump())


def test_sql_in_every_parameter(target, honest, database):
    """It is a text, or no number; it is never part of a statement."""
    before = dump(database)
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=PATIENCE)
    for path, names in PARAMETERS.items():
        for name, injection in itertools.product(names, INJECTIONS):
            answer = honest.request("GET", f"{path}?host=host-1&{name}={quote(injection)}", connection=connection)
            assert answer.status in (200, 400, 404), (path, name, injection, answer)
            assert b"CREATE TABLE" not in answer.body and b"syntax" not in answer.body
            if name in ("host", "detector", "source") and path != "/api/summary" and path != "/api/hosts":
                assert b"host-2" not in answer.body, "nothing more is found than was asked for"
    for injection in INJECTIONS:
        for target_path in (f"host={quote(injection)}&detector=system", f"host=host-1&detector={quote(injection)}"):
            assert honest.request("DELETE", f"/api/models?{target_path}", connection=connection).status == 404
        for method, path in (("GET", f"/runs/{quote(injection)}"), ("DELETE", f"/runs/{quote(injection)}"), ("POST", f"/runs/{quote(injection)}/verdict")):
            assert honest.request(method, path, connection=connection).status == 404
        run = honest.get("/runs", limit=1).json[0]["id"]
        body = '{"verdict":"%s"}' % injection.replace('"', '\\"')
        assert honest.request("POST", f"/runs/{run}/verdict", body, connection=connection).status == 400
    assert dump(database) == before


def test_the_first_of_a_name_counts(honest):
    """And a cookie or a form does not stand in for a parameter."""
    rows = honest.get("/api/samples?limit=1&limit=5").json["rows"]
    assert len(rows) == 1
    assert len(honest.get("/api/samples", {"Cookie": honest.headers["Cookie"] + "; limit=1"}, host="host-1").json["rows"]) == 100


# --- TLS -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    path = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-subj", "/CN=localhost", "-keyout", path / "key.pem", "-out", path / "certificate.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return path / "certificate.pem", path / "key.pem"


@pytest.fixture(scope="module")
def tls(start, database, certificate):
    return start(database, "--tls-certificate", certificate[0], "--tls-key", certificate[1])


@pytest.mark.parametrize(
    "options,taken",
    [
        (["-tls1_3"], True),
        (["-tls1_2"], True),
        (["-tls1_1"], False),
        (["-tls1"], False),
        (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], True),
        (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"], False),
        (["-tls1_2", "-cipher", "AES128-GCM-SHA256"], False),
    ],
)
def test_no_tls_before_1_2(tls, options, taken):
    """Level 0: openssl itself would not offer what is to be refused."""
    cipher = [] if "-cipher" in options else ["-cipher", "ALL:@SECLEVEL=0"]
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{tls.port}", *options, *cipher], input=b"", capture_output=True, timeout=PATIENCE
    )
    assert (done.returncode == 0) == taken, done.stdout
    assert b"no protocols available" not in done.stderr, "it was offered"


def test_plain_http_gets_nothing_of_a_tls_server(tls):
    assert b"HTTP" not in exchange(tls.port, HEAD % b"GET /healthz" + b"Connection: close\r\n\r\n")


# --- links instead of files ----------------------------------------------------


def test_links_may_lead_to_users_and_certificate(start, database, tmp_path, certificate):
    """As an administrator lays them, or certbot does."""
    (tmp_path / "away").mkdir()
    set_password(tmp_path / "away/users")
    links = {"users": tmp_path / "away/users", "certificate": certificate[0], "key": certificate[1]}
    for name, path in links.items():
        (tmp_path / name).symlink_to(path)
    start(database, "--tls-certificate", tmp_path / "certificate", "--tls-key", tmp_path / "key", users=tmp_path / "users")


@pytest.mark.parametrize("kind", ["database", "users", "nothing", "directory", "pipe", "link to a pipe"])
def test_something_else_in_place_of_the_database(start, users, tmp_path, kind):
    """Whoever may write to its directory gains nothing, and nobody waits."""
    goal, path = tmp_path / "goal", tmp_path / "anomaly.db"
    if kind == "database":
        make_database(goal, "--rows", 10, "--end", END)
    elif kind == "users":
        goal.write_text("alice:$y$secret\n")
    elif kind == "link to a pipe":
        os.mkfifo(goal)
    if kind == "directory":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(goal)
    before = goal.read_bytes() if goal.is_file() else None
    client = start(path).client()
    for answer in (
        client.get("/api/summary"),
        client.get("/runs"),
        client.detect([{"ts": i, "a": i} for i in range(10)]),
        client.post("/runs/1/verdict", '{"verdict":null}'),
        client.delete("/runs/1"),
    ):
        assert answer.status in (404, 503) and "secret" not in answer.text and "host-1" not in answer.text, answer
    assert (goal.read_bytes() if goal.is_file() else None) == before


def test_a_link_in_place_of_the_users_file(tmp_path):
    """It is replaced; nothing is written to where it leads."""
    (tmp_path / "shadow").write_text("root:$y$secret:19000:0:99999:7:::\n")
    (tmp_path / "other").write_text("bob:$y$secret\n")
    (tmp_path / "users").symlink_to(tmp_path / "shadow")
    done = set_password(tmp_path / "users")
    assert done.returncode == 2 and "secret" not in done.stderr
    (tmp_path / "users").unlink()
    (tmp_path / "users").symlink_to(tmp_path / "other")
    assert set_password(tmp_path / "users").returncode == 0
    assert (tmp_path / "other").read_text() == "bob:$y$secret\n"
    assert not (tmp_path / "users").is_symlink()
    assert (tmp_path / "users").stat().st_mode & 0o777 == 0o600
    (tmp_path / "users").unlink()
    os.mkfifo(tmp_path / "users")
    assert "no file" in set_password(tmp_path / "users").stderr


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, "-q", "-p", "no:cacheprovider"]))
