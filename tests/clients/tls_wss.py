"""The `websockets` client over TLS: tls_wss.py HOST:PORT CA"""

import asyncio
import os
import ssl
import sys

from websockets.asyncio.client import connect

LENGTHS = [0, 1, 125, 126, 4096, 16384, 65536]


def trusting(authority, version):
    context = ssl.create_default_context(cafile=authority)
    context.minimum_version = context.maximum_version = version
    return context


async def echo(client, message):
    _, answer = await asyncio.gather(client.send(message), client.recv())
    assert answer == message, f"{len(message)} sent, {len(answer)} received, or different content"


async def one_client(url, context, rounds):
    async with connect(url, ssl=context, max_size=None, compression=None) as client:
        for number in range(rounds):
            await echo(client, f"message {number}")
        for length in LENGTHS:
            await echo(client, os.urandom(length))
        # Idle for longer than the device keeps record buffers.
        await asyncio.sleep(1)
        await echo(client, "still there")


async def main(address, authority):
    url = f"wss://{address}/any/path"
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = trusting(authority, version)
        await one_client(url, context, 200)
        await asyncio.gather(*(one_client(url, context, 20) for _ in range(8)))
    # A client that trusts somebody else goes away; the next is served.
    try:
        await one_client(url, ssl.create_default_context(), 1)
    except ssl.SSLCertVerificationError:
        pass
    else:
        raise AssertionError("an unknown certificate was accepted")
    await one_client(url, trusting(authority, ssl.TLSVersion.TLSv1_3), 1)


asyncio.run(asyncio.wait_for(main(*sys.argv[1:]), timeout=100))
