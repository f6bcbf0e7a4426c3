"""A demo device behind a network that loses frames: late, but complete and in order: lossy.py HOST:PORT"""

import asyncio
import os
import sys
from urllib.request import Request, urlopen

from websockets.asyncio.client import connect

CLIENTS = 6
# A lost frame costs seconds, and several can be lost in a row.
PATIENCE = 100
# Small enough for all clients at once in the heap of the board: this is about loss, not about memory.
LENGTHS = [1, 125, 1460, 4096]


async def converse(authority):
    options = {"open_timeout": PATIENCE, "close_timeout": PATIENCE, "ping_timeout": None}
    async with connect(f"ws://{authority}/ws", **options) as client:
        for length in LENGTHS:
            message = os.urandom(length)
            await client.send(message)
            assert await client.recv() == message


def fetch(authority, path, body=None):
    with urlopen(Request(f"http://{authority}{path}", data=body), timeout=PATIENCE) as response:
        return response.read()


async def browse(authority):
    pages = [await asyncio.to_thread(fetch, authority, "/") for _ in range(3)]
    assert pages[0].lower().startswith(b"<!doctype html>") and pages[0].rstrip().endswith(b"</html>")
    assert pages == pages[:1] * 3
    answer = await asyncio.to_thread(fetch, authority, "/jsontest", b"x" * 4096)
    assert b"success" in answer


async def main(authority):
    await asyncio.gather(browse(authority), *(converse(authority) for _ in range(CLIENTS)))


asyncio.run(asyncio.wait_for(main(sys.argv[1]), timeout=2 * PATIENCE))
