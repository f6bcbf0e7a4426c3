"""Clients of libwebsockets' own examples of WebSocket and raw connections: c_examples.py HOST:PORT broadcast|unasked|raw"""

import asyncio
import sys

from websockets.asyncio.client import connect


async def main(authority, scene):
    def opened():
        return connect(f"ws://{authority}/", subprotocols=["lws-minimal"])

    async with opened() as one, opened() as other:
        assert one.subprotocol == "lws-minimal"
        if scene == "broadcast":
            # What one says, all hear.
            await one.send("hello")
            for client in (one, other):
                assert await asyncio.wait_for(client.recv(), 10) == "hello"
            await other.send("and again")
            assert await asyncio.wait_for(one.recv(), 10) == "and again"
        else:
            for client in (one, other):
                for _ in range(3):
                    assert "tid: " in await asyncio.wait_for(client.recv(), 10)


async def raw(authority):
    """What does not begin as HTTP does comes back."""
    host, port = authority.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port))
    for line in (b"hello\n", b"GET / HTTP/1.1\r\n\r\n"):
        writer.write(line)
        assert await asyncio.wait_for(reader.readexactly(len(line)), 10) == line
    writer.close()


authority, scene = sys.argv[1:]
asyncio.run(raw(authority) if scene == "raw" else main(authority, scene))
