"""Random requests, several on a connection and cut anywhere, judged by us and by h11: random_requests.py HOST:PORT [SEED]

What is sent is what both agree on, sound or not. Where they do not, RFC 9112 leaves a choice or sides with us, and the tables of tests/hostile
say so line by line: empty lines before a request, folded lines, bare LF, lengths that are repeated or beyond 64 bits, white space or controls
behind the size of a chunk, hosts that are none."""

import random
import socket
import sys
import time

import h11

CONNECTIONS = 400
REFUSALS = {400, 501, 505}
chance = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)


def mostly(usual, *others):
    return usual if chance.random() < 0.93 else chance.choice(others)


def chunked(body):
    message, at = b"", 0
    while at < len(body):
        piece = body[at : at + chance.randint(1, 40)]
        at += len(piece)
        size = b"%x" % len(piece)
        size = mostly(size, size.upper(), b"00" + size, b"0x" + size, b"+" + size, b"-" + size, b"", b"f" * 21)
        extension = mostly(b"", b";a", b";a=b", b';a="b;c"')
        message += size + extension + b"\r\n" + piece + mostly(b"\r\n", b"", b"xx")
    message += mostly(b"0", b"000", b"0;last", b"0x0", b"") + b"\r\n"
    trailer = mostly(b"", b"X: y\r\n", b"Content-Length: 5\r\n", b"none\r\n", b"A:\x00\r\n")
    return message + trailer + b"\r\n"


def request():
    method = chance.choice([b"GET", b"HEAD", b"POST", b"PUT", b"OPTIONS"])
    target = mostly(b"/", b"/a?b=c", b"http://h/a", b"/a b", b"/\xff", b"")
    version = mostly(b"HTTP/1.1", b"HTTP/1.1 ", b"http/1.1", b"HTTP/11", b"ICY/1.1", b"HTTP/1.10")
    fields = [mostly(b"Host: h", b"Host: [::1]:80", b"No-Host: h", b"Host: h\r\nHost: h")]
    data = bytes(chance.choice(b"abGET /\r\n:012") for _ in range(chance.choice([0, 1, 30, 200])))
    body = b""
    match chance.randrange(3):
        case 0:
            length = b"%d" % len(data)
            wrong = [b"-1", b"0x5", b"1e1", b"", b"\xb2", b"+" + length]
            fields.append(b"Content-Length: " + mostly(length, b"0" + length, *wrong))
            body = data
        case 1:
            fields.append(b"Transfer-Encoding: " + mostly(b"chunked", b"Chunked", b"gzip", b"chunked, gzip", b"identity"))
            body = chunked(data)
    fields.append(mostly(b"A: b", b"Connection: close", b"Connection: keep-alive"))
    fields.append(mostly(b"X:", b"X : y", b"X", b": y", b"X: a\0b", b"X: a\rb", b"X(: y", b"X: \xff", b"X!#$%&'*+-.^_`|~: y"))
    chance.shuffle(fields)
    return method + b" " + target + b" " + version + b"\r\n" + b"\r\n".join(fields) + b"\r\n\r\n" + body


def opinion(data):
    """The methods of the requests in `data`, as a server reads them that answers each; how many of these come to their end; and whether it
    refuses what follows."""
    server, methods, ended = h11.Connection(h11.SERVER), [], 0
    try:
        server.receive_data(data)
        server.receive_data(b"")
        while True:
            event = server.next_event()
            if isinstance(event, h11.Request):
                methods.append(event.method)
            elif isinstance(event, h11.EndOfMessage):
                ended += 1
                server.send(h11.Response(status_code=404, headers=[("Content-Length", "0")]))
                server.send(h11.EndOfMessage())
                if h11.MUST_CLOSE in (server.our_state, server.their_state):
                    return methods, ended, False
                server.start_next_cycle()
            elif isinstance(event, h11.ConnectionClosed):
                return methods, ended, False
    except h11.RemoteProtocolError as error:
        # A request that does not end is none to answer.
        return methods, ended, "peer" not in str(error)


def answers(authority, data):
    host, port = authority.split(":")
    received = b""
    with socket.create_connection((host, int(port)), timeout=15) as connection:
        cuts = sorted(chance.randrange(len(data) + 1) for _ in range(chance.choice([0, 0, 3])))
        try:
            for start, end in zip([0, *cuts], [*cuts, len(data)]):
                connection.sendall(data[start:end])
                time.sleep(0.001 * len(cuts))
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # It has heard enough.
        while piece := connection.recv(65536):
            received += piece
    return received


def statuses(received, methods):
    """The final ones, read by h11 as the answers to requests with these methods; more than those are answers to what is no request."""
    methods = iter(methods)
    while received:
        client = h11.Connection(h11.CLIENT)
        client.send(h11.Request(method=next(methods, b"GET"), target="/", headers=[("Host", "h")]))
        client.send(h11.EndOfMessage())
        client.receive_data(received)
        while not isinstance(event := client.next_event(), h11.EndOfMessage):
            assert event is not h11.NEED_DATA, received
            if isinstance(event, h11.Response):
                yield event.status_code
        received, _ = client.trailing_data


def main():
    for number in range(CONNECTIONS):
        data = b"".join(request() for _ in range(chance.randint(1, 4)))
        methods, ended, refuses = opinion(data)
        given = list(statuses(answers(sys.argv[1], data), methods))
        taken = sum(status not in REFUSALS for status in given)
        # Who answers before a body has come has no other answer if it is refused then.
        is_early = ended < taken == len(methods) == len(given)
        if not is_early and (taken != ended or (taken < len(given)) != refuses):
            sys.exit(f"connection {number}: h11 takes {methods}, refuses: {refuses}; we answer {given}:\n{data}")


main()
