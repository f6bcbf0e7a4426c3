"""Clients of libwebsockets' own WebSocket examples: c_examples.py HOST:PORT broadcast|unasked"""

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


asyncio.run(main(*sys.argv[1:]))
