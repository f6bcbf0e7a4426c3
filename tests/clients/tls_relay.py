"""Plain connections in, TLS connections out, for clients that speak no TLS: tls_relay.py HOST:PORT CA COMMAND...

COMMAND runs with ADDRESS replaced by where the relay listens; the relay ends with it, and with its exit code."""

import asyncio
import ssl
import sys


async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except (ConnectionError, ssl.SSLError):
        pass


async def main(address, authority, *command):
    host, port = address.split(":")
    context = ssl.create_default_context(cafile=authority)

    async def serve(reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection(host, int(port), ssl=context)
        except (ConnectionError, ssl.SSLError):
            writer.transport.abort()
            return
        up = asyncio.create_task(copy(reader, far_writer))
        await copy(far_reader, writer)
        writer.close()
        up.cancel()
        far_writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    near = "127.0.0.1:%d" % server.sockets[0].getsockname()[1]
    process = await asyncio.create_subprocess_exec(*(word.replace("ADDRESS", near) for word in command))
    return await process.wait()


sys.exit(asyncio.run(main(*sys.argv[1:])))
