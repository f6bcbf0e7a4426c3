"""Requests byte by byte as RFC 9112 allows or forbids them, the responses read by h11: http_messages.py HOST:PORT"""

import socket
import sys

import h11

HOST = b"Host: device\r\n"
# What a strict server must refuse, and with which status.
REFUSED = {
    "no Host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two Hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "length and chunked": (
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "two lengths": (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400),
    "signed length": (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: +1\r\n\r\nx", 400),
    "space before colon": (b"GET / HTTP/1.1\r\n" + HOST + b"Name : value\r\n\r\n", 400),
    "folded line": (b"GET / HTTP/1.1\r\n" + HOST + b"Name: one\r\n two\r\n\r\n", 400),
    "NUL in a value": (b"GET / HTTP/1.1\r\n" + HOST + b"Name: a\0b\r\n\r\n", 400),
    "bare CR": (b"GET / HTTP/1.1\r\n" + HOST + b"Name: a\rb\r\n\r\n", 400),
    "bad chunk size": (
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
        400,
    ),
    "unknown coding": (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: rot13\r\n\r\n", 501),
    "unknown version": (b"GET / HTTP/3.7\r\n" + HOST + b"\r\n", 505),
    "long target": (b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
}


class Connection:
    """One TCP connection, read by h11 as a client that sent `requests`."""

    def __init__(self, authority, raw):
        host, port = authority.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=15)
        self.socket.sendall(raw)

    def responses(self, methods):
        """The final responses to requests with these methods, in order; h11 raises when one is malformed."""
        rest = b""
        for method in methods:
            client = h11.Connection(h11.CLIENT)
            client.send(h11.Request(method=method, target="/", headers=[("Host", "device")]))
            client.send(h11.EndOfMessage())
            if rest:  # nothing would mean the end of the stream
                client.receive_data(rest)
            status, body = self.one(client)
            yield status, body
            rest, _ = client.trailing_data

    def one(self, client):
        status, body = None, b""
        while True:
            event = client.next_event()
            if event is h11.NEED_DATA:
                client.receive_data(self.socket.recv(65536))
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)):
                return status, body

    def wait_for_end(self):
        """The server ends the connection; a server that keeps it open makes this a TimeoutError."""
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionResetError:
            pass


def pipelining(authority):
    """Three requests in one segment, a HEAD between: each is answered, in order, the HEAD without a body."""
    post = b"POST /b HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\n\r\nbody"
    get, head = (method + b" /a HTTP/1.1\r\n" + HOST + b"\r\n" for method in (b"GET", b"HEAD"))
    connection = Connection(authority, get + head + post + get)
    answers = list(connection.responses(["GET", "HEAD", "POST", "GET"]))
    assert [status for status, _ in answers] == [200] * 4, answers
    assert answers[0] == answers[3], answers
    assert b"success" in answers[2][1], answers


def byte_by_byte(authority):
    """A request in segments of one byte."""
    request = b"POST /x HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nTrailer: t\r\n\r\n"
    connection = Connection(authority, b"")
    connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in request:
        connection.socket.sendall(bytes([byte]))
    ((status, body),) = connection.responses(["POST"])
    assert status == 200 and b"success" in body, (status, body)


def close_is_honoured(authority):
    connection = Connection(authority, b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    ((status, _),) = connection.responses(["GET"])
    assert status == 200, status
    connection.wait_for_end()


def refusals(authority):
    for name, (request, expected) in REFUSED.items():
        connection = Connection(authority, request)
        ((status, _),) = connection.responses([request.split(b" ", 1)[0].decode()])
        assert status == expected, f"{name}: status {status}, not {expected}"
        connection.wait_for_end()
        print(f"{name}: {status}, closed")


if __name__ == "__main__":
    for check in (pipelining, byte_by_byte, close_is_honoured, refusals):
        check(sys.argv[1])
        print(f"{check.__name__}: ok")
