"""The `websockets` client against an echo of any length: echo.py HOST:PORT"""

import asyncio
import os
import sys

from websockets.asyncio.client import connect

SUBPROTOCOL = "echo-protocol"
# Around each change of the frame header's length (RFC 6455 section 5.2), and one larger than any buffer of the device.
LENGTHS = [0, 1, 125, 126, 127, 1460, 4096, 65535, 65536, 1 << 20]


async def echo(client, message, expected=None):
    """Sends and receives at once: the device holds no whole message, so its answer begins while we still send."""
    _, answer = await asyncio.gather(client.send(message), client.recv())
    expected = message if expected is None else expected
    assert answer == expected, f"{len(expected)} sent, {len(answer)} received, or different content"


async def text_and_binary(client):
    await echo(client, "Grüße, 世界 👋")
    for length in LENGTHS:
        await echo(client, os.urandom(length))
        await echo(client, "ж" * (length // 2))


async def fragments(client):
    pieces = [os.urandom(length) for length in (1, 0, 700, 3000, 125)]
    await echo(client, iter(pieces), b"".join(pieces))
    words = ["one ", "two ", "", "drei 世", "界"]
    await echo(client, iter(words), "".join(words))


async def ping_between_fragments(client):
    """A control frame may come in the middle of a fragmented message (RFC 6455 section 5.4)."""

    async def pieces():
        yield "before "
        await (await client.ping(b"in between"))
        yield "after"

    await echo(client, pieces(), "before after")


async def close_is_answered(url):
    client = await connect(url, subprotocols=[SUBPROTOCOL])
    await client.close(4001, "done here")
    received = client.protocol.close_rcvd
    assert received is not None and received.code == 4001, f"close frame answered by {received}"


async def main(authority):
    url = f"ws://{authority}/any/path"
    async with connect(url, subprotocols=["other", SUBPROTOCOL], max_size=None) as client:
        assert client.subprotocol == SUBPROTOCOL, client.subprotocol
        # The library offers permessage-deflate; a device without it declines by not naming it.
        assert "Sec-WebSocket-Extensions" not in client.response.headers
        await text_and_binary(client)
        await fragments(client)
        await ping_between_fragments(client)
    await close_is_answered(url)


asyncio.run(asyncio.wait_for(main(sys.argv[1]), timeout=60))
