"""Which callbacks come, and in which order, as libwebsockets 4.3.3 sends them: callbacks.py HOST:PORT"""

import asyncio
import http.client
import sys
import time

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

# Accepted, before a request; and its end.
ARRIVAL = "17 29 19"
END_OF_HTTP = "50u 5u 30u"
# A request that is answered, with the binding back to the first protocol.
ANSWERED = "18u 49u 12u 50u 49u"
NEXT = "18u 50u 49u 12u 50u 49u"
# A WebSocket up to its first chance to write, and its end.
OPENED = "86 49u 20u 53u 0u 11u"
END_OF_WEBSOCKET = "78u 4u 30u"


class Server:
    def __init__(self, authority):
        self.authority = authority

    def records(self):
        """The records of connections that have ended since the last call, without those of this method."""
        connection = http.client.HTTPConnection(self.authority, timeout=10)
        connection.request("GET", "/record", headers={"Connection": "close"})
        lines = connection.getresponse().read().decode().split("\n")
        connection.close()
        own = f"{ARRIVAL} {ANSWERED} {END_OF_HTTP}"
        return [line.strip() for line in lines if line.strip() and line.strip() != own]

    def expect(self, name, *parts):
        expected = " ".join(parts)
        for _ in range(100):
            records = self.records()
            if records:
                break
            time.sleep(0.05)
        assert records == [expected], f"{name}:\n  {records}\n  instead of\n  {expected}"


def ask(server, *requests):
    """Sends requests on one connection: (method, path, body, headers); the statuses."""
    connection = http.client.HTTPConnection(server.authority, timeout=10)
    statuses = []
    for method, path, body, headers in requests:
        connection.request(method, path, body=body, headers=headers, encode_chunked="Transfer-Encoding" in headers)
        response = connection.getresponse()
        statuses.append((response.status, response.read()[:3]))
    connection.close()
    return [status for status, _ in statuses], [start for _, start in statuses]


GET = ("GET", "/page", None, {})
POST = ("POST", "/form", b"hello", {})


def http_requests(server):
    ask(server, GET, GET)
    server.expect("GET, GET", ARRIVAL, ANSWERED, NEXT, END_OF_HTTP)
    ask(server, ("GET", "/later", None, {}))
    server.expect("an answer when writeable", ARRIVAL, "18u 49u 12u 16u 50u 49u", END_OF_HTTP)
    assert ask(server, ("GET", "/raw", None, {}), GET)[1][0] == b"raw"
    server.expect("a raw answer", ARRIVAL, "18u 49u 12u 50u 49u", NEXT, END_OF_HTTP)
    try:
        ask(server, ("GET", "/close", None, {}))
        raise AssertionError("an answer to a callback that ended the connection")
    except (http.client.RemoteDisconnected, ConnectionResetError):
        server.expect("GET, and -1", ARRIVAL, "18u 49u 12u", END_OF_HTTP)
    assert ask(server, ("GET", "/silent", None, {}))[0] == [503]
    server.expect("no answer", ARRIVAL, "18u 49u 12u", END_OF_HTTP)


def http_bodies(server):
    posted = "18u 49u 12u 13u 14u 50u 49u"
    assert ask(server, POST)[0] == [200]
    server.expect("POST", ARRIVAL, posted, END_OF_HTTP)
    ask(server, ("POST", "/form", b"", {"Content-Length": "0"}))
    server.expect("POST of nothing", ARRIVAL, posted, END_OF_HTTP)
    ask(server, ("POST", "/form", [b"hello"], {"Transfer-Encoding": "chunked"}), POST)
    server.expect("POST in chunks", ARRIVAL, posted, "18u 50u 49u 12u 13u 14u 50u 49u", END_OF_HTTP)
    assert ask(server, ("POST", "/form?twice", b"hello", {}), GET) == ([200, 200], [b"raw", b"<!D"])
    server.expect("two answers to one POST", ARRIVAL, posted, NEXT, END_OF_HTTP)


async def websocket(server, *messages, subprotocols=("ws",)):
    """Sends messages; how the server closed, if it did."""
    async with connect(f"ws://{server.authority}/", subprotocols=subprotocols) as client:
        await asyncio.sleep(0.1)
        for message in messages:
            await client.send(message)
        try:
            await asyncio.wait_for(client.recv(), 0.3)
        except TimeoutError:
            return None
        except ConnectionClosed as closed:
            return closed.rcvd and (closed.rcvd.code, closed.rcvd.reason)


async def closings(server):
    for reason, answer in [("why", (4000, "why")), ("own", (4001, "mine")), ("end", None)]:
        async with connect(f"ws://{server.authority}/", subprotocols=("ws",)) as client:
            await asyncio.sleep(0.1)
            await client.close(4000, reason)
        received = client.protocol.close_rcvd
        assert (received and (received.code, received.reason)) == answer, f"{reason}: {received}"
        server.expect(f"closed for {reason}", ARRIVAL, OPENED, "38u", END_OF_WEBSOCKET)


async def websockets(server):
    for name, messages, callbacks, closed in [
        ("message", ["hello"], "6u 38u", None),
        ("pieces of rx_buffer_size", ["x" * 200], "6u 6u 6u 6u 38u", None),
        ("fragments", [["frag", "ments"]], "6u 38u", None),
        ("a reason and -1", ["close"], "6u", (4001, "why")),
        ("-1 alone", ["drop"], "6u", None),
        ("timer", ["timer"], "6u 73u 38u", None),
        ("writeable", ["room"], "6u 11u 38u", None),
        ("killed", ["kill"], "6u", None),
    ]:
        assert await websocket(server, *messages) == closed, name
        server.expect(name, ARRIVAL, OPENED, callbacks, END_OF_WEBSOCKET)
    await websocket(server, subprotocols=None)
    server.expect("no subprotocol", ARRIVAL, "86 49u 20u 53u 0u 11u 38u", END_OF_WEBSOCKET)
    try:
        await websocket(server, subprotocols=("unknown",))
        raise AssertionError("a subprotocol that nobody speaks")
    except InvalidStatus as refusal:
        assert refusal.response.status_code == 400


def main(authority):
    server = Server(authority)
    server.records()
    http_requests(server)
    http_bodies(server)
    asyncio.run(closings(server))
    asyncio.run(websockets(server))


main(sys.argv[1])
