"""The `websockets` client over TLS against the echo in C: c_secure.py HOST:PORT CERTIFICATE

With a third argument, so many clients at once, and short messages: for measuring.
"""

import asyncio
import ssl
import sys

from websockets.asyncio.client import connect


# All at once: a port of libwebsockets holds three to five.
CROWD = 12


async def echo(authority, trust, messages):
    # The certificate is for localhost.
    async with connect(
        f"wss://{authority}/",
        subprotocols=["echo-protocol"],
        ssl=trust,
        server_hostname="localhost",
        open_timeout=60,
    ) as client:
        for message in messages:
            _, answer = await asyncio.gather(client.send(message), client.recv())
            assert answer == message, f"{len(message)} sent, {len(answer)} received, or different content"


async def main(authority, certificate, measured=None):
    trust = ssl.create_default_context(cafile=certificate)
    if measured:
        return await asyncio.gather(*[echo(authority, trust, ["hello"] * 5) for _ in range(int(measured))])
    await echo(authority, trust, ["hello", b"binary", "x" * 5000, b"y" * 40000])
    await asyncio.gather(*[echo(authority, trust, [bytes([each]) * 1000] * 5) for each in range(CROWD)])


asyncio.run(main(*sys.argv[1:]))
