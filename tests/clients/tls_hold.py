"""Holds WebSockets over TLS to be measured: tls_hold.py HOST:PORT CA 1.2|1.3

Does what it reads, a line each, and says `done`: `open` one more, `echo LENGTH` on the first."""

import ssl
import sys

from websockets.sync.client import connect

# A board that is emulated instruction by instruction takes its time.
LIMIT = 60


def main(address, authority, version):
    context = ssl.create_default_context(cafile=authority)
    versions = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
    context.minimum_version = context.maximum_version = versions[version]
    url = f"wss://{address}/ws"
    clients = []
    for line in sys.stdin:
        match line.split():
            case ["open"]:
                options = {"open_timeout": LIMIT, "ping_interval": None, "compression": None}
                clients.append(connect(url, ssl=context, **options))
            case ["echo", length]:
                message = bytes(int(length))
                clients[0].send(message)
                assert clients[0].recv(timeout=LIMIT) == message, "the echo differs from what was sent"
        print("done", flush=True)


main(*sys.argv[1:])
