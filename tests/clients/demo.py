"""The demo device: echo with and without a subprotocol, counters that count: demo.py HOST:PORT"""

import asyncio
import json
import sys
from urllib.request import urlopen

from websockets.asyncio.client import connect


async def echoes(url, **options):
    async with connect(url, **options) as client:
        for message in ("text", b"\x00\x01\x02", "x" * 4096):
            await client.send(message)
            assert await client.recv() == message
        return client.subprotocol


def counters(authority):
    with urlopen(f"http://{authority}/counters", timeout=10) as response:
        assert response.headers["Content-Type"].startswith("application/json")
        values = json.load(response)
    wrong = {name: value for name, value in values.items() if not isinstance(value, (int, float))}
    assert values and not wrong, f"counters are names with numbers, but {wrong}"
    return values


async def main(authority):
    before = await asyncio.to_thread(counters, authority)
    assert await echoes(f"ws://{authority}/ws") is None
    assert await echoes(f"ws://{authority}/ws", subprotocols=["echo-protocol"]) == "echo-protocol"
    after = await asyncio.to_thread(counters, authority)
    grown = [name for name, value in after.items() if value > before.get(name, 0)]
    assert grown, f"no counter grew: {after}"


asyncio.run(asyncio.wait_for(main(sys.argv[1]), timeout=60))
