# SPDX-License-Identifier: MIT
"""A database and a running server for each module."""

import pytest
from dashboard_server import END, Server, make_database, set_password


@pytest.fixture(scope="session")
def users(tmp_path_factory):
    path = tmp_path_factory.mktemp("users") / "users"
    assert set_password(path).returncode == 0
    return path


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """Two hosts with 3000 rows of ten seconds; its writer has ended."""
    return make_database(tmp_path_factory.mktemp("database") / "anomaly.db", "--end", END)


@pytest.fixture(scope="module")
def start(users):
    """start(database, *options) is a Server, stopped at the end."""
    servers = []

    def start_server(database, *options, users=users, **more):
        server = Server(database, users, *options, **more)
        servers.append(server)
        return server

    yield start_server
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def server(start, database):
    return start(database)


@pytest.fixture(scope="module")
def client(server):
    return server.client()
