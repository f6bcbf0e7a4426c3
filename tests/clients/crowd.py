"""Many WebSocket clients at once: crowd.py HOST:PORT [CLIENTS LONGEST]

Without numbers, as many as the default limits allow, and one more, with messages of up to 3,000 bytes."""

import asyncio
import sys

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake

LIMIT = 64


def join(authority):
    return connect(f"ws://{authority}/", subprotocols=["echo-protocol"], open_timeout=20, max_size=None)


async def converse(client, name, longest):
    for length in (1, 200, longest):
        message = f"{name} ".ljust(length, "x")
        _, answer = await asyncio.gather(client.send(message), client.recv())
        assert answer == message, f"client {name}"


async def one_too_many(authority):
    """A refusal is a response or a closed connection. Silence would end in a TimeoutError, which is not caught."""
    try:
        client = await join(authority)
    except (InvalidHandshake, ConnectionError) as refusal:
        print(f"client {LIMIT + 1} is refused: {refusal}")
        return
    await client.close()
    raise AssertionError(f"client {LIMIT + 1} was accepted")


async def main(authority, number, longest):
    for visit in ("first", "second"):
        if visit == "first":
            clients = [await join(authority) for _ in range(number)]
        else:
            # At the same instant, as after a restart of the device.
            clients = await asyncio.gather(*(join(authority) for _ in range(number)))
        await asyncio.gather(*(converse(client, name, longest) for name, client in enumerate(clients)))
        if number == LIMIT:
            await one_too_many(authority)
        # The one that was refused disturbed nobody.
        await asyncio.gather(*(converse(client, name, longest) for name, client in enumerate(clients)))
        await asyncio.gather(*(client.close() for client in clients))
        print(f"{visit} visit: {number} clients came, talked and left")


clients, longest = map(int, sys.argv[2:4] or (LIMIT, 3000))
asyncio.run(asyncio.wait_for(main(sys.argv[1], clients, longest), timeout=90))
