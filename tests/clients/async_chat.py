"""The room tells the time, and what one says all others hear in between: async_chat.py HOST:PORT"""

import asyncio
import re
import sys

from websockets.asyncio.client import connect


async def seconds(guest, count):
    """So many messages of the room, which count on, and what others have said meanwhile."""
    told, heard = [], []
    while len(told) < count:
        message = await guest.recv()
        time = re.fullmatch(r"open for (\d+) s", message)
        if time:
            told.append(int(time.group(1)))
        else:
            heard.append(message)
    assert told == list(range(told[0], told[0] + count)), told
    return heard


async def main(authority):
    async with connect(f"ws://{authority}/") as guest, connect(f"ws://{authority}/") as other:
        assert await seconds(guest, 2) == []
        await other.send("hello")
        assert await seconds(guest, 2) == ["hello"]
        assert await seconds(other, 2) == []


asyncio.run(asyncio.wait_for(main(sys.argv[1]), timeout=60))
