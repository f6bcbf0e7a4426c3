"""Holds WebSockets over TLS to be measured: tls_hold.py HOST:PORT CA 1.2|1.3

Does what it reads, a line each, and says `done`: `open` one more, `echo LENGTH` on the first."""

import asyncio
import ssl
import sys

# Not websockets.sync: one of its threads reads while the other writes, which OpenSSL does not allow on one connection. A session ticket
# of TLS 1.3 that arrives just then makes the request vanish.
from websockets.asyncio.client import connect

# A board that is emulated instruction by instruction takes its time.
LIMIT = 60


async def main(address, authority, version):
    context = ssl.create_default_context(cafile=authority)
    versions = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
    context.minimum_version = context.maximum_version = versions[version]
    options = {"ssl": context, "open_timeout": LIMIT, "ping_interval": None, "compression": None}
    clients = []
    # While a line is awaited the clients hear the server: pings are answered.
    while line := await asyncio.to_thread(sys.stdin.readline):
        match line.split():
            case ["open"]:
                clients.append(await connect(f"wss://{address}/ws", **options))
            case ["echo", length]:
                message = bytes(int(length))
                await clients[0].send(message)
                echo = await asyncio.wait_for(clients[0].recv(), LIMIT)
                assert echo == message, "the echo differs from what was sent"
        print("done", flush=True)


asyncio.run(main(*sys.argv[1:]))
