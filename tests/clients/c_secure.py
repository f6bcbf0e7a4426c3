"""The `websockets` client over TLS against the echo in C: c_secure.py HOST:PORT CERTIFICATE"""

import asyncio
import ssl
import sys

from websockets.asyncio.client import connect


async def main(authority, certificate):
    trust = ssl.create_default_context(cafile=certificate)
    # The certificate is for localhost.
    async with connect(
        f"wss://{authority}/", subprotocols=["echo-protocol"], ssl=trust, server_hostname="localhost"
    ) as client:
        for message in ["hello", b"binary", "x" * 5000, b"y" * 40000]:
            _, answer = await asyncio.gather(client.send(message), client.recv())
            assert answer == message, f"{len(message)} sent, {len(answer)} received, or different content"


asyncio.run(main(sys.argv[1], sys.argv[2]))
