#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every route, allowed and refused, and what all answers have in common."""

import contextlib
import gzip
import http.client
import re
import socket
import ssl
import subprocess
import sys

try:
    import pytest
except ImportError:
    print("python3-pytest is missing: skipped")
    sys.exit(77)

from dashboard_server import DASHBOARD

OPEN = [("GET", "/login"), ("GET", "/healthz"), ("GET", "/web/main.js"), ("POST", "/logout")]
GUARDED = [
    ("GET", "/api/summary"),
    ("GET", "/api/hosts"),
    ("GET", "/api/series?host=host-1"),
    ("GET", "/api/samples"),
    ("GET", "/runs"),
    ("GET", "/api/runs"),
    ("GET", "/runs/1"),
    ("POST", "/runs/1/verdict"),
    ("DELETE", "/runs/1"),
    ("DELETE", "/api/models?host=host-1&detector=none"),
    ("POST", "/detect"),
    ("GET", "/sample"),
]


@pytest.mark.parametrize("method,path", OPEN)
def test_open_to_anybody(server, method, path):
    assert server.client(basic=None).request(method, path).status in (200, 303)


@pytest.mark.parametrize("method,path", GUARDED)
def test_guarded(server, method, path):
    nobody = server.client(basic=None).request(method, path, "" if method == "POST" else None)
    assert nobody.status == 401
    assert "error" in nobody.json
    assert nobody.headers["WWW-Authenticate"].startswith("Basic ")
    forged = server.client(basic=None, cookie="anomaly_session=" + "0" * 68)
    assert forged.request(method, path).status == 401
    stranger = server.client(basic=(method + path.replace(":", ""), "wrong password"))
    address = {"X-Forwarded-For": "192.0.2.%d" % GUARDED.index((method, path))}
    assert stranger.request(method, path, headers=address).status == 401
    assert server.client().request(method, path).status != 401


def test_the_page_sends_strangers_to_the_login(server, client):
    answer = server.client(basic=None).get("/")
    assert (answer.status, answer.headers["Location"]) == (303, "login"), "relative: for a path prefix"
    assert "<!DOCTYPE html>" in client.get("/").text


def test_unknown_paths_and_methods(client):
    for path in ("/nothing", "/runs/", "/runs/x", "/runs/1/2", "/runs/99999999999999999999", "/api", "/web/", "/web/../main.c", "//"):
        answer = client.get(path)
        assert answer.status == 404, path
        assert answer.json["error"]
    answer = client.request("PUT", "/runs/1")
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, HEAD, DELETE"
    assert client.get("/runs/1").status == 404


@pytest.mark.parametrize("path", ["/", "/login", "/healthz", "/api/summary", "/nothing", "/web/main.js"])
def test_security_headers(client, path):
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    if not path.startswith(("/web", "/l")) and path != "/":
        assert headers["Cache-Control"] == "no-store"


def test_files_are_packed_and_validated(client):
    plain = client.get("/web/main.js")
    packed = client.get("/web/main.js", {"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    for refused in ("gzip;q=0", "deflate, gzip ; q=0.000", "identity"):
        assert "Content-Encoding" not in client.get("/web/main.js", {"Accept-Encoding": refused}).headers, refused
    assert "Content-Encoding" in client.get("/web/main.js", {"Accept-Encoding": "gzip; q=0.5"}).headers
    tag = plain.headers["ETag"]
    for had in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = client.get("/web/main.js", {"If-None-Match": had})
        assert (again.status, again.body) == (304, b""), had
    assert client.get("/web/main.js", {"If-None-Match": '"other"'}).status == 200


def test_head_is_get_without_a_body(client):
    head, get = client.request("HEAD", "/healthz"), client.get("/healthz")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


def test_a_target_may_name_the_server(client):
    """As RFC 9112, section 3.2.2, wants it taken."""
    assert client.get("http://localhost/healthz").status == 200
    assert client.get("http://localhost").status == 200
    assert client.get("http://localhost/nothing").status == 404


def loopback_addresses():
    """Those that this machine has."""
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with contextlib.suppress(OSError), socket.socket(family) as test:
            test.bind((address, 0))
            yield address


@pytest.mark.parametrize("listen", [":0", "[::]:0"])
def test_all_addresses(database, users, listen):
    """By each of them, a proxy on this machine is believed."""
    process = subprocess.Popen(
        [DASHBOARD, "--database", database, "--users", users, "--verbose", "--listen", listen], stderr=subprocess.PIPE, text=True
    )
    port = int(re.search(r":(\d+)/", process.stderr.readline())[1])
    addresses = list(loopback_addresses())
    for i, address in enumerate(addresses):
        connection = http.client.HTTPConnection(address, port, timeout=30)
        connection.request("GET", "/healthz", headers={"X-Forwarded-For": f"192.0.2.{i}"})
        assert connection.getresponse().status == 200
        connection.close()
        connection = http.client.HTTPConnection(address, port, timeout=30)
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
        connection.close()
    process.terminate()
    log = process.communicate(timeout=30)[1]
    for i, address in enumerate(addresses):
        assert f": 192.0.2.{i} - GET" in log
        assert f": {address} - GET" in log, "as people write it"


def test_connections_are_kept(server, client):
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.connect()
    port = connection.sock.getsockname()
    for path in ("/healthz", "/api/summary", "/runs/1", "/", "/api/hosts"):
        client.request("GET", path, connection=connection)
        assert connection.sock and connection.sock.getsockname() == port
    # an error does not cost the connection either, though a body came with it
    client.request("POST", "/nothing", "x" * 5000, connection=connection)
    assert client.request("POST", "/runs/1/verdict", "{}", connection=connection).status == 400
    assert connection.sock.getsockname() == port
    connection.close()


def test_tls(start, database, tmp_path):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-subj", "/CN=localhost", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "certificate.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    server = start(database, "--tls-certificate", tmp_path / "certificate.pem", "--tls-key", tmp_path / "key.pem")
    context = ssl.create_default_context(cafile=tmp_path / "certificate.pem")
    context.check_hostname = False
    connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context)
    client = server.client(basic=None)
    form = "username=alice&password=correct+horse%3A+battery"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = client.request("POST", "/login", form, headers, connection)
    assert answer.status == 303 and "Secure" in answer.headers["Set-Cookie"]
    cookie = {"Cookie": answer.headers["Set-Cookie"].split(";")[0]}
    assert client.request("GET", "/api/summary", headers=cookie, connection=connection).status == 200
    connection.close()


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, "-q", "-p", "no:cacheprovider"]))
