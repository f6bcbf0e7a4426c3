"""The firmware in C and Rust: mixed.py HOST:PORT"""

import asyncio
import http.client
import sys

from websockets.asyncio.client import connect


def ask(authority, path):
    connection = http.client.HTTPConnection(authority, timeout=20)
    connection.request("GET", path)
    response = connection.getresponse()
    return response.status, response.read().decode()


async def main(authority):
    status, reading = await asyncio.to_thread(ask, authority, "/reading")
    # The first is there before anything is measured.
    assert status == 200 and 0 <= float(reading) < 25, (status, reading)
    async with connect(f"ws://{authority}/live") as live, connect(
        f"ws://{authority}/", subprotocols=["echo-protocol"]
    ) as echo:
        assert live.subprotocol is None and echo.subprotocol == "echo-protocol"
        readings = []
        for number in range(4):
            readings.append(await live.recv())
            # C's own connections go on, at the same port.
            await echo.send(f"line {number}")
            assert await echo.recv() == f"line {number}"
        assert len(set(readings[1:])) == 3, readings
    status, _ = await asyncio.to_thread(ask, authority, "/nowhere")
    assert status == 404, status


asyncio.run(main(sys.argv[1]))
