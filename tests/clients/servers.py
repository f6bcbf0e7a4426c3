"""Servers for our clients: servers.py. An echo at every WebSocket path, with the subprotocol echo-protocol; pages of each framing of HTTP."""

import asyncio
import signal

from websockets.asyncio.server import serve

PAGE = b"".join(b"line %d of a page that is longer than a segment\n" % number for number in range(2000))


async def echo(connection):
    async for message in connection:
        await connection.send(message)


def chunks(size=3999):
    for start in range(0, len(PAGE), size):
        piece = PAGE[start : start + size]
        yield b"%x;part=%d\r\n%s\r\n" % (len(piece), start, piece)
    yield b"0\r\nX-Trailer: yes\r\n\r\n"


async def page(reader, writer):
    """HTTP by hand: the library below would choose the framing by itself."""
    path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]
    if path == b"/length":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(PAGE), PAGE))
    elif path == b"/chunked":
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(chunks()))
    elif path == b"/close":
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n" + PAGE)
    elif path == b"/redirect":
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: chunked\r\nContent-Length: 0\r\n\r\n")
    else:
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\n\r\nnothing")
    await writer.drain()
    writer.close()


async def main():
    stop = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set_result, None)
    pages = await asyncio.start_server(page, "127.0.0.1", 0)
    print("pages on", pages.sockets[0].getsockname()[1], flush=True)
    async with serve(echo, "127.0.0.1", 0, subprotocols=["echo-protocol"], select_subprotocol=chosen) as server:
        print(f"listening on http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await stop
    pages.close()


def chosen(_connection, offered):
    return "echo-protocol" if "echo-protocol" in offered else None


asyncio.run(main())
