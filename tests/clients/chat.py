"""What one says, all others hear: chat.py HOST:PORT"""

import asyncio
import sys
from contextlib import AsyncExitStack

from websockets.asyncio.client import connect

CLIENTS = 12


async def say(speaker, listeners, message):
    """Each listener's next message is this one: nothing is lost, doubled or out of order."""
    heard = await asyncio.gather(speaker.send(message), *(listener.recv() for listener in listeners))
    assert heard[1:] == [message] * len(listeners), heard[1:]


async def main(authority):
    async with AsyncExitStack() as stack:
        guests = [await stack.enter_async_context(connect(f"ws://{authority}/")) for _ in range(CLIENTS)]
        for number, speaker in enumerate(guests):
            await say(speaker, [guest for guest in guests if guest is not speaker], f"guest {number} says hello")
        # One leaves; the others go on.
        await guests.pop().close()
        await say(guests[0], guests[1:], "goodbye")


asyncio.run(asyncio.wait_for(main(sys.argv[1]), timeout=60))
