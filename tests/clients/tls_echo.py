"""An echo server over TLS that is started, ended, and started again: tls_echo.py PORT CERTIFICATE KEY 1.2|1.3"""

import asyncio
import signal
import ssl
import sys

from websockets.asyncio.server import serve


async def echo(connection):
    async for message in connection:
        await connection.send(message)


async def main(port, certificate, key, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[version]
    context.load_cert_chain(certificate, key)
    stop = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set_result, None)
    server = await serve(echo, "127.0.0.1", int(port), ssl=context)
    print(f"listening on http://127.0.0.1:{port}", flush=True)
    await stop
    # Its clients learn it from the end of their connections, as when a process is killed.
    for connection in server.connections:
        connection.transport.abort()


asyncio.run(main(*sys.argv[1:]))
