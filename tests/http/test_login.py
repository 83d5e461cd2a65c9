#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Users, sessions, the throttle, and requests that other sites make."""

import base64
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

from dashboard_server import COUNT_CRYPT, DASHBOARD, NAME, PASSWORD, set_password


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
    for password in ("", "short", "eleven byte", "x" * 512, "x" * 600):
        done = set_password(users, "alice", password)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
    assert not users.exists()
    users.write_text("alice:$y$j9T$x\nnonsense\n")
    assert "line 2" in options("--users", users, "--list-users").stderr


def test_passwords_may_be_anything(start, database, tmp_path):
    """And all of it counts."""
    passwords = ["twelve bytes", "  blanks at both ends  ", "\U0001f40e" * 16, "x" * 511, "all of '\";:%00&=+\\", "p\u00e4ssw\u00f6rter"]
    for i, password in enumerate(passwords):
        assert set_password(tmp_path / "users", f"user{i}", password).returncode == 0, password
    server = start(database, users=tmp_path / "users")
    for i, password in enumerate(passwords):
        client = server.client(basic=None)
        address = {"X-Forwarded-For": f"192.0.2.{i}"}
        assert client.login(f"user{i}", password[:-1], address).status == 401, password
        assert client.login(f"user{i}", password, address).status == 303, password
        assert server.client(basic=(f"user{i}", password)).get("/runs").status == 200, password


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


def test_a_network_of_addresses_is_one(start, database):
    """Of IPv6: whoever has one has 2^64."""
    server = start(database)
    client = server.client(basic=None)
    answers = [client.login(f"name {i}", "guess", {"X-Forwarded-For": f"2001:db8::{i}:1"}) for i in range(5)]
    assert [answer.status for answer in answers] == [401, 401, 401, 401, 429]
    for other in ("2001:db8:0:1::1", "::ffff:192.0.2.1"):
        assert client.login("name 9", "guess", {"X-Forwarded-For": other}).status == 401


# --- what a password costs -----------------------------------------------------


class Counting:
    """A server, and what its crypt_r() has been called with."""

    def __init__(self, start, database, path):
        self.path = path
        environment = {
            "LD_PRELOAD": str(COUNT_CRYPT),
            "ANOMALY_CRYPT_COUNT": str(path),
            # AddressSanitizer wants to be the first, and does not need to be
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0",
        }
        self.server = start(database, environment=environment)
        self.seen = len(self.lines())

    def lines(self):
        return self.path.read_text().splitlines() if self.path.exists() else []

    def since(self):
        """The method and cost of each call since this was asked last."""
        seen, self.seen = self.seen, len(self.lines())
        return self.lines()[seen:]


@pytest.fixture
def counting(start, database, tmp_path):
    assert COUNT_CRYPT.exists()
    return Counting(start, database, tmp_path / "calls")


def test_unknown_names_cost_as_much(counting):
    """By the form and by HTTP Basic: the same hash, once."""
    costs = set()
    for i, name in enumerate((NAME, "nobody", "", "x" * 64, "' OR 1=1 --", "n\u00f6body")):
        address = {"X-Forwarded-For": f"203.0.113.{i}"}
        counting.server.client(basic=None).login(name, "wrong password", address)
        by_form = counting.since()
        counting.server.client(basic=(name, "another wrong one")).get("/runs", address)
        by_basic = counting.since()
        assert len(by_form) == (name != ""), "without a name nothing is tried"
        assert len(by_basic) == 1, name
        costs |= {*by_form, *by_basic}
    assert len(costs) == 1 and costs.pop().startswith("$y$")


def test_names_that_have_to_wait_cost_nothing(counting):
    client = counting.server.client(basic=None)
    for name in (NAME, "nobody"):
        address = {"X-Forwarded-For": f"198.51.100.{len(name)}"}
        statuses = [client.login(name, "wrong password", address).status for _ in range(8)]
        assert 429 in statuses
        assert len(counting.since()) == statuses.count(401)


def test_scripts_pay_for_the_hash_once(counting):
    client = counting.server.client()
    for _ in range(10):
        assert client.get("/api/summary").status == 200
    assert len(counting.since()) == 1


# --- the log -------------------------------------------------------------------


def test_logins_are_logged(start, database):
    """Without --verbose too, and not what may be a password in the wrong field."""
    server = start(database, verbose=False)
    address = {"X-Forwarded-For": "192.0.2.9"}
    client = server.client(basic=None)
    client.login(NAME, "wrong password", address)
    client.login("my secret password", "wrong password", address)
    assert client.login(headers=address).status == 303
    assert server.client(basic=(NAME, PASSWORD)).get("/runs").status == 200
    server.stop()
    server.reader.join()
    assert [line.split(": ", 1)[1] for line in server.log[1:4]] == [
        f"failed login of {NAME} from 192.0.2.9\n",
        "failed login of an unknown name from 192.0.2.9\n",
        f"login of {NAME} from 192.0.2.9\n",
    ]
    assert server.log[4].endswith(f"login of {NAME} from 127.0.0.1\n")


def test_no_secret_is_in_the_log(start, database):
    """However it was sent, and however much is logged."""
    server = start(database)
    session = server.session()
    token = session.headers["Cookie"].split("=")[1]
    secret = "hunter2-hunter2"
    nobody = server.client(basic=None)
    nobody.get("/login", username=secret, password=secret)
    nobody.get(f"/api/summary?token={secret}")
    nobody.login(NAME, secret)
    nobody.login(secret, secret)
    nobody.post("/login", f"username={NAME}&password={secret}&x=%zz", {"Content-Type": "text/plain"})
    nobody.post("/login", f"--b\r\n\r\n{secret}", {"Content-Type": 'multipart/form-data; boundary="b'})
    for value in (f"Basic {secret}", f"Bearer {secret}", f"Basic {base64.b64encode(secret.encode()).decode()}"):
        nobody.get("/runs", {"Authorization": value})
    session.post("/runs/1/verdict", '{"verdict":null,"note":"%s"}' % secret)
    session.detect_csv(f"ts,{secret}\n1,2\n")
    session.get(f"/runs?host={secret}")
    session.post("/logout")
    server.stop()
    server.reader.join()
    log = "".join(server.log)
    assert "/logout" in log
    encoded = base64.b64encode(f"{NAME}:{PASSWORD}".encode()).decode()
    for hidden in (secret, token, PASSWORD, encoded, base64.b64encode(secret.encode()).decode(), "$y$"):
        assert hidden not in log, hidden


def test_nobody_writes_lines_of_his_own(start, database):
    server = start(database)
    client = server.client(basic=None)
    for path in ("/a%0Aanomaly-dashboard:%20login%20of%20root", "/%1b[2Jx", "/%c2%9b2J", "/%ff%fe", "/%7f%08", "/%e2%80"):
        assert client.get(path, {"X-Forwarded-For": "1\x1b[2J"}).status == 404
    server.stop()
    server.reader.join()
    lines = "".join(server.log).split("\n")
    assert all(line.startswith("anomaly-dashboard: ") for line in lines[:-1]) and lines[-1] == ""
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for line in lines for c in line)
    assert sum(" 404 " in line for line in lines) == 6


# --- sessions that others have made --------------------------------------------


def test_a_token_is_never_taken_from_the_client(server):
    """Neither made up, nor of a session that has ended, nor beside a right one."""
    ended = server.session()
    ended.post("/logout")
    chosen = "anomaly_session=" + "00" * 34
    for cookie in (chosen, ended.headers["Cookie"], f"{chosen}; {ended.headers['Cookie']}", "anomaly_session=", "anomaly_session"):
        answer = server.client(basic=None, cookie=cookie).login()
        given = answer.headers["Set-Cookie"].split(";")[0]
        assert given not in cookie
        assert server.client(basic=None, cookie=cookie).get("/runs").status == 401
        assert server.client(basic=None, cookie=given).get("/runs").status == 200
    token = given.split("=")[1]
    for near in (token[:-1], token + "0", token.upper(), "0000" + token[4:] if token[:4] != "0000" else "0001" + token[4:], token[:-1] + ("0" if token[-1] != "0" else "1")):
        assert server.client(basic=None, cookie=f"anomaly_session={near}").get("/runs").status == 401, near
    assert server.client(basic=None).get(f"/runs?anomaly_session={token}").status == 401, "never from an address"


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
