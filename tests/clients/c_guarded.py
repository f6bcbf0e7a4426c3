"""Basic authentication and caching of mounts in C: c_guarded.py HOST:PORT"""

import asyncio
import base64
import http.client
import sys

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus


def basic(credentials):
    return {"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()}


def get(authority, path, headers=None):
    connection = http.client.HTTPConnection(authority, timeout=10)
    connection.request("GET", path, headers=headers or {})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def status(authority, path, headers=None):
    return get(authority, path, headers)[0].status


def mounts(authority):
    assert status(authority, "/free/index.html") == 200
    response, body = get(authority, "/listed/index.html")
    assert response.status == 401 and b"page" not in body
    assert response.headers["WWW-Authenticate"].startswith("Basic realm="), response.headers
    for credentials in ("ann:one", "bob:two"):
        assert get(authority, "/listed/index.html", basic(credentials))[1] == b"page", credentials
    for credentials in ("ann:two", "ann:one\r", "ann:one\r\nbob:two", "ann:", ":", "eve:three"):
        assert status(authority, "/listed/index.html", basic(credentials)) in (401, 403), credentials
    for value in ("Basic !", "Bearer x", "Basic YW5u"):
        assert status(authority, "/listed/index.html", {"Authorization": value}) == 403, value
    assert status(authority, "/lost/index.html", basic("ann:one")) == 401


def callback(authority):
    assert status(authority, "/asked") == 401
    assert status(authority, "/asked", basic("ann:one")) == 401
    response, body = get(authority, "/asked", basic("eve:three"))
    # The handler sees the name, and no password.
    assert response.status == 200 and b"eve" in body and b"three" not in body, body


def opening(authority, name="guarded.example", **options):
    """A WebSocket to the server, called by that name."""
    host, _, port = authority.partition(":")
    return connect(f"ws://{name}:{port}/", host=host, port=int(port), **options)


def bodies(authority):
    """What is not let in brings no body in either: not to the protocol of the mount, nor to the first one."""
    for path, expected in (("/listed/index.html", 401), ("/asked", 401), ("/lost/index.html", 401), ("/listed", 401)):
        for method in ("POST", "PUT"):
            connection = http.client.HTTPConnection(authority, timeout=10)
            for _ in range(2):
                connection.request(method, path, body=b"turn=on", headers=basic("eve:four"))
                response = connection.getresponse()
                response.read()
                assert response.status == expected, (method, path, response.status)
            connection.close()


async def refused(status, *arguments, **options):
    try:
        async with opening(*arguments, **options):
            raise AssertionError(f"let in with {options}")
    except InvalidStatus as answer:
        assert answer.response.status_code == status
        return answer.response.headers


async def websockets(authority):
    async with opening(authority, subprotocols=["open"]):
        pass
    async with opening(authority, subprotocols=["guarded"], additional_headers=basic("bob:two")):
        pass
    for headers in ({}, basic("bob:one")):
        answer = await refused(401, authority, subprotocols=["guarded"], additional_headers=headers)
        assert "WWW-Authenticate" in answer
    await refused(403, authority, "other.example", subprotocols=["open"])


def caching(authority):
    for path, expected in (
        ("/free/index.html", "no-store"),
        ("/aged/index.html", "no-store"),
        ("/kept/index.html", "private, max-age=60"),
        ("/shared/index.html", "must-revalidate, public, max-age=60"),
    ):
        response, _ = get(authority, path)
        assert response.headers["Cache-Control"] == expected, (path, response.headers["Cache-Control"])
        assert "max-age" in response.headers["Strict-Transport-Security"]


mounts(sys.argv[1])
callback(sys.argv[1])
bodies(sys.argv[1])
asyncio.run(websockets(sys.argv[1]))
caching(sys.argv[1])
