"""As many WebSocket clients as the default limits allow, all at once, and one more: crowd.py HOST:PORT"""

import asyncio
import sys

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake

CLIENTS = 64


def join(authority):
    return connect(f"ws://{authority}/", subprotocols=["echo-protocol"], open_timeout=20, max_size=None)


async def converse(client, number):
    for length in (1, 200, 3000):
        message = f"{number} ".ljust(length, "x")
        _, answer = await asyncio.gather(client.send(message), client.recv())
        assert answer == message, f"client {number}"


async def one_too_many(authority):
    """A refusal is a response or a closed connection. Silence would end in a TimeoutError, which is not caught."""
    try:
        client = await join(authority)
    except (InvalidHandshake, ConnectionError) as refusal:
        print(f"client {CLIENTS + 1} is refused: {refusal}")
        return
    await client.close()
    raise AssertionError(f"client {CLIENTS + 1} was accepted")


async def main(authority):
    for visit in ("first", "second"):
        clients = [await join(authority) for _ in range(CLIENTS)]
        await asyncio.gather(*(converse(client, number) for number, client in enumerate(clients)))
        await one_too_many(authority)
        # The one that was refused disturbed nobody.
        await asyncio.gather(*(converse(client, number) for number, client in enumerate(clients)))
        await asyncio.gather(*(client.close() for client in clients))
        print(f"{visit} visit: {CLIENTS} clients came, talked and left")


asyncio.run(asyncio.wait_for(main(sys.argv[1]), timeout=90))
