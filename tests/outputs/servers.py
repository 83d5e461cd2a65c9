# SPDX-License-Identifier: MIT
"""Debian's time series databases and brokers: each a process of its own on
loopback, with its files in a directory of its own."""

import getpass
import json
import pathlib
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest

from collectd_daemon import DEADLINE, wait_for

CONTRIB = pathlib.Path(__file__).resolve().parents[2] / "contrib"


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def configuration(path, replacements={}):
    """The text of a file below contrib/, with directories, ports and the like
    replaced by the test's own. Each of them has to be there."""
    text = (CONTRIB / path).read_text()
    for old, new in replacements.items():
        assert old in text, f"no {old} in contrib/{path}"
        text = text.replace(old, str(new))
    return text


def get_json(url, **parameters):
    with urllib.request.urlopen(f"{url}?{urllib.parse.urlencode(parameters)}", timeout=DEADLINE) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def run_server(tmp_path_factory):
    """run_server(Class, ...) is a started server below, stopped at the end."""
    servers = []

    def run(kind, *arguments):
        servers.append(kind(tmp_path_factory.mktemp(kind.__name__.lower()), *arguments))
        return servers[-1].start()

    yield run
    for server in servers:
        server.stop()


class Server:
    """A subclass writes its configuration, says its command and what to wait
    for."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.log_file = self.directory / "log"
        self.process = None

    def write(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return path

    def start(self):
        with open(self.log_file, "a") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.directory,
            )
        wait_for(self._is_ready, f"{type(self).__name__} to start")
        return self

    def _is_ready(self):
        assert self.process.poll() is None, f"{type(self).__name__} ended:\n{self.log_file.read_text()[-4000:]}"
        try:
            return self.ready()
        except (urllib.error.URLError, ConnectionError):
            return False

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def command(self):
        raise NotImplementedError

    def ready(self):
        raise NotImplementedError


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class Prometheus(Server):
    def __init__(self, directory, text):
        """`text` is that of prometheus.yml."""
        super().__init__(directory)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = self.write("prometheus.yml", text)

    def command(self):
        return [
            "prometheus",
            f"--config.file={self.config}",
            f"--storage.tsdb.path={self.directory}/data",
            f"--web.listen-address=127.0.0.1:{self.port}",
        ]

    def ready(self):
        with urllib.request.urlopen(f"{self.url}/-/ready", timeout=DEADLINE) as answer:
            return answer.status == 200

    def api(self, path, **parameters):
        """What is under "data" in the answer of /api/v1/PATH."""
        answer = get_json(f"{self.url}/api/v1/{path}", **parameters)
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, expression, **parameters):
        """An instant query: the list of its series, each with "metric" and
        "value", a pair of the time and the number as text."""
        return self.api("query", query=expression, **parameters)["result"]


class InfluxDB(Server):
    def __init__(self, directory):
        super().__init__(directory)
        self.port = free_port()
        self.collectd_port = free_port(socket.SOCK_DGRAM)
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = self.write(
            "influxdb.conf",
            configuration(
                "outputs/influxdb/influxdb.conf",
                {
                    "/var/lib/influxdb": self.directory,
                    "127.0.0.1:8088": f"127.0.0.1:{free_port()}",
                    "127.0.0.1:8086": f"127.0.0.1:{self.port}",
                    "127.0.0.1:25826": f"127.0.0.1:{self.collectd_port}",
                },
            ),
        )

    def command(self):
        return ["influxd", "-config", self.config]

    def ready(self):
        with urllib.request.urlopen(f"{self.url}/ping", timeout=DEADLINE) as answer:
            return answer.status == 204

    def query(self, statement, epoch="s"):
        """InfluxQL: the list of the first result's series, each with "values",
        perhaps "columns" and "tags"."""
        (result,) = get_json(f"{self.url}/query", db="collectd", epoch=epoch, q=statement)["results"]
        assert "error" not in result, f"{statement}: {result}"
        return result.get("series", [])


class Carbon(Server):
    """carbon-cache; what it has written is read by whisper's own programs."""

    def __init__(self, directory):
        super().__init__(directory)
        self.port = free_port()
        self.whisper = self.directory / "lib" / "whisper"
        for name in ("lib", "logs", "etc"):
            (self.directory / name).mkdir()
        for name in ("storage-schemas.conf", "storage-aggregation.conf"):
            self.write(f"etc/{name}", configuration(f"outputs/graphite/{name}"))
        self.config = self.write(
            "etc/carbon.conf",
            configuration(
                "outputs/graphite/carbon.conf",
                {
                    "/var/lib/graphite": self.directory / "lib",
                    "/etc/carbon": self.directory / "etc",
                    "/var/log/carbon": self.directory / "logs",
                    "/var/run": self.directory,
                    "_graphite": getpass.getuser(),
                    "LINE_RECEIVER_PORT = 2003": f"LINE_RECEIVER_PORT = {self.port}",
                    "2004": free_port(),
                    "7002": free_port(),
                },
            ),
        )

    def command(self):
        return ["carbon-cache", f"--config={self.config}", "--nodaemon", "start"]

    def ready(self):
        return listens(self.port)


class Mosquitto(Server):
    def __init__(self, directory):
        super().__init__(directory)
        self.port = free_port()
        self.config = self.write("mosquitto.conf", configuration("outputs/mqtt/mosquitto.conf", {"1883": self.port}))

    def command(self):
        # not on every user's PATH
        return ["/usr/sbin/mosquitto", "-c", self.config]

    def ready(self):
        return listens(self.port)
