#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Users, sessions, the throttle, and requests that other sites make."""

import os
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

try:
    import pytest
except ImportError:
    print("python3-pytest is missing: skipped")
    sys.exit(77)

from dashboard_server import DASHBOARD, NAME, PASSWORD, set_password


def options(*arguments, **more):
    return subprocess.run([DASHBOARD, *arguments], capture_output=True, text=True, **more)


# --- the users file ------------------------------------------------------------


def test_no_users_no_start(tmp_path):
    done = options("--database", tmp_path / "a.db", "--users", tmp_path / "users")
    assert done.returncode == 2
    assert f"--users {tmp_path / 'users'} --set-password NAME" in done.stderr


def test_users_are_set_listed_and_removed(tmp_path):
    users = tmp_path / "users"
    for name in ("alice", "bob", "Zoë d'Arc"):
        assert set_password(users, name).returncode == 0
    inode = users.stat().st_ino
    first = users.read_text()
    assert stat.S_IMODE(users.stat().st_mode) == 0o600
    assert all(line.split(":")[1].startswith("$y$") for line in first.splitlines())
    assert PASSWORD not in first
    assert set_password(users, "bob", "another password").returncode == 0
    assert users.stat().st_ino != inode, "replaced, not rewritten"
    assert options("--users", users, "--list-users").stdout.splitlines() == ["alice", "bob", "Zoë d'Arc"]
    assert options("--users", users, "--remove-user", "alice").returncode == 0
    assert options("--users", users, "--remove-user", "alice").returncode == 2
    assert "alice" not in options("--users", users, "--list-users").stdout
    assert os.listdir(tmp_path) == ["users"], "nothing is left beside it"


def test_bad_names_and_passwords(tmp_path):
    users = tmp_path / "users"
    for name in ("", "a:b", "a\nb", "x" * 65, b"\xff"):
        done = subprocess.run([DASHBOARD, "--users", users, "--set-password", name], input=b"long enough\n", capture_output=True)
        assert done.returncode == 2, name
    for password in ("", "short", "x" * 600):
        done = set_password(users, "alice", password)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
    assert not users.exists()
    users.write_text("alice:$y$j9T$x\nnonsense\n")
    assert "line 2" in options("--users", users, "--list-users").stderr


@pytest.mark.parametrize(
    "arguments,complaint",
    [
        (["--nonsense"], "--nonsense"),
        (["--users"], "--users"),
        (["--users", "u"], "--database"),
        (["--database", "d"], "--users"),
        (["--users", "u", "--database", "d", "extra"], "extra"),
        (["--users", "u", "--database", "d", "--tls-key", "k"], "--tls-certificate"),
    ],
)
def test_wrong_options(arguments, complaint):
    done = options(*arguments)
    assert done.returncode == 2
    assert complaint in done.stderr and len(done.stderr.splitlines()) == 1


# --- sessions ------------------------------------------------------------------


def test_the_cookie(server):
    answer = server.client(basic=None).login()
    assert (answer.status, answer.headers["Location"]) == (303, "./")
    cookie, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert set(attributes) == {"HttpOnly", "SameSite=Strict"}, "without Path: for a path prefix"
    assert len(cookie.split("=")[1]) == 68
    secure = server.client(basic=None).login(headers={"X-Forwarded-Proto": "https"})
    assert "Secure" in secure.headers["Set-Cookie"], "behind a proxy on this machine"


def test_login_logout(server):
    session = server.session()
    assert session.get("/api/summary").status == 200
    answer = session.post("/logout")
    assert answer.status == 303 and "Max-Age=0" in answer.headers["Set-Cookie"]
    assert session.get("/api/summary").status == 401
    assert "WWW-Authenticate" not in session.get("/api/summary").headers, "no dialogue over the page"


def test_a_login_makes_a_new_session(server):
    first = server.session()
    answer = server.client(basic=None, cookie=first.headers["Cookie"]).login()
    assert answer.headers["Set-Cookie"].split(";")[0] != first.headers["Cookie"]
    assert first.get("/api/summary").status == 401, "the former one has ended"


def test_wrong_logins(server):
    client = server.client(basic=None)
    for name, password in ((NAME, "wrong password"), ("nobody", PASSWORD), (NAME, "x" * 511)):
        answer = client.login(name, password, {"X-Forwarded-For": "192.0.2.1"})
        assert answer.status == 401 and "Set-Cookie" not in answer.headers
    page = client.login(NAME, "wrong password", {"X-Forwarded-For": "192.0.2.2", "Accept": "text/html"})
    assert page.status == 401 and 'role="alert"' in page.text and "<form" in page.text
    for form in ("", "username=carol", "nonsense", "username=" + "x" * 100 + "&password=y", "username=a&password=" + "x" * 600):
        form_type = {"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": "192.0.2.3"}
        assert client.post("/login", form, form_type).status in (400, 401), form
    assert client.post("/login", "x" * 5000).status == 413
    server.session()  # forgives the failures of the name


def test_a_user_who_is_removed_is_out(start, database, tmp_path):
    users = tmp_path / "users"
    set_password(users, "alice")
    set_password(users, "bob")
    server = start(database, users=users)
    session, script = server.session("bob"), server.client(basic=("bob", PASSWORD))
    assert session.get("/runs").status == script.get("/runs").status == 200
    set_password(users, "alice", "quite another one")
    time.sleep(1.2)
    assert session.get("/runs").status == 200, "somebody else's change"
    assert options("--users", users, "--remove-user", "bob").returncode == 0
    time.sleep(1.2)
    assert session.get("/runs").status == script.get("/runs").status == 401


def test_nothing_secret_is_logged(server):
    session = server.session()
    session.get("/api/summary")
    log = "".join(server.log)
    assert PASSWORD not in log and "$y$" not in log and session.headers["Cookie"].split("=")[1] not in log


# --- the throttle --------------------------------------------------------------


def test_failures_make_wait(start, database):
    server = start(database)
    client = server.client(basic=None)
    answers = [client.login("mallory", "guess number one") for _ in range(5)]
    assert [answer.status for answer in answers] == [401, 401, 401, 401, 429]
    assert int(answers[-1].headers["Retry-After"]) == 1
    assert client.login().status == 429, "the address has to wait, whatever the name"
    time.sleep(1.1)
    assert client.login("mallory", "guess").status == 401
    assert int(client.login("mallory", "guess").headers["Retry-After"]) == 2, "longer each time"
    time.sleep(2.1)
    assert client.login().status == 303


def test_many_guesses_at_once_gain_nothing(start, database):
    server = start(database)
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda i: server.client(basic=("alice", f"guess {i}")).get("/runs").status, range(40)))
    assert statuses.count(401) <= 5 and set(statuses) == {401, 429}


def test_other_addresses_do_not_wait(start, database):
    server = start(database)
    client = server.client(basic=None)
    for _ in range(6):
        client.login("mallory", "guess", {"X-Forwarded-For": "192.0.2.7, 198.51.100.1"})
    assert client.login(headers={"X-Forwarded-For": "198.51.100.1"}).status == 429, "the last one counts"
    assert client.login(headers={"X-Forwarded-For": "192.0.2.7"}).status == 303


def test_unknown_names_take_as_long(start, database):
    server = start(database)

    def seconds(name):
        times = []
        for i in range(6):
            began = time.monotonic()
            address = {"X-Forwarded-For": f"203.0.113.{i}"}
            server.client(basic=None).login(f"{name}", "wrong password", address)
            times.append(time.monotonic() - began)
        return sorted(times[:4])[0]

    known, unknown = seconds(NAME), seconds("nobody")
    assert unknown > known / 3, (known, unknown)


def test_scripts_pay_for_the_hash_once(start, database):
    client = start(database).client()
    began = time.monotonic()
    assert client.get("/api/summary").status == 200
    first = time.monotonic() - began
    began = time.monotonic()
    for _ in range(10):
        assert client.get("/api/summary").status == 200
    assert (time.monotonic() - began) / 10 < first


# --- requests that other sites make --------------------------------------------

FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://HOST"},
]
OWN = [
    {},
    {"Origin": "http://HOST"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Origin": "https://public.example", "X-Forwarded-Host": "public.example"},
]


def headers_for(server, headers):
    return {name: value.replace("HOST", f"127.0.0.1:{server.port}") for name, value in headers.items()}


@pytest.mark.parametrize("headers", FOREIGN)
def test_other_sites_are_refused(server, headers):
    headers = headers_for(server, headers)
    for who in (server.session(), server.client()):
        for method, path in (("POST", "/detect"), ("POST", "/runs/1/verdict"), ("DELETE", "/runs/1"), ("DELETE", "/api/models?host=a&detector=b"), ("POST", "/logout"), ("POST", "/login")):
            assert who.request(method, path, "", headers).status == 403, path
        assert who.get("/api/summary", headers).status == 200, "reading changes nothing"


@pytest.mark.parametrize("headers", OWN)
def test_our_own_page_is_not(server, headers):
    answer = server.session().request("DELETE", "/runs/1", headers=headers_for(server, headers))
    assert answer.status == 404


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, "-q", "-p", "no:cacheprovider"]))
