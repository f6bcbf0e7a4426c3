"""Clients that break the rules of TLS: tls_negative.py HOST:PORT CA

Each must get the alert that the RFC names, in the clear or encrypted, or an end; and the next client must be served. tlslite-ng sends
what other libraries cannot be made to send."""

import socket
import ssl
import struct
import sys

from tlslite.api import HandshakeSettings, TLSConnection
from tlslite.constants import AlertDescription, ContentType
from tlslite.errors import TLSAbruptCloseError, TLSRemoteAlert
from tlslite.messages import ApplicationData, Message

HOST, PORT = sys.argv[1].split(":")
CA = sys.argv[2]
HANDSHAKE, ALERT = 22, 21


def connect():
    stream = socket.create_connection((HOST, int(PORT)), timeout=15)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return stream


def hello():
    """The ClientHello record of an ordinary client."""
    out = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return out.read()


def answer(stream):
    """The record types and, for alerts in the clear, their description, until the server ends."""
    data = b""
    try:
        while piece := stream.recv(65536):
            data += piece
    except ConnectionResetError:
        pass
    found = []
    while len(data) >= 5:
        kind, _, length = struct.unpack("!BHH", data[:5])
        body, data = data[5 : 5 + length], data[5 + length :]
        found.append(("alert", body[1]) if kind == ALERT and length == 2 else ("record", kind))
    return found


def raw(*pieces, expected):
    """Sends bytes as they are. `expected`: the alert, or None for an end without one."""
    with connect() as stream:
        try:
            for piece in pieces:
                stream.sendall(piece)
            stream.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError, OSError):
            pass
        alerts = [number for kind, number in answer(stream) if kind == "alert"]
    if expected is not None:
        assert alerts and alerts[-1] in expected, f"alerts {alerts}, not one of {expected}"


def served():
    """An ordinary client gets its page."""
    context = ssl.create_default_context(cafile=CA)
    with context.wrap_socket(connect(), server_hostname="127.0.0.1") as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: device\r\nConnection: close\r\n\r\n")
        assert client.recv(4096).startswith(b"HTTP/1.1 "), "no response"


def tlslite(version, break_it, expected):
    """A session of tlslite-ng, broken after its handshake."""
    settings = HandshakeSettings()
    settings.minVersion = settings.maxVersion = version
    connection = TLSConnection(connect())
    connection.handshakeClientCert(settings=settings)
    break_it(connection)
    try:
        while connection.read(max=1, min=1):
            pass
        raise AssertionError("an orderly end")
    except TLSRemoteAlert as alert:
        assert alert.description in expected, f"alert {alert.description}, not one of {expected}"
    finally:
        connection.sock.close()


def bad_mac(connection):
    records = connection._recordLayer
    send = records._recordSocket.send

    def damaged(message, padding=0):
        message.data = message.write()[:-1] + bytes([message.write()[-1] ^ 1])
        yield from send(message, padding)

    records._recordSocket.send = damaged
    for _ in connection._sendMsg(ApplicationData().create(bytearray(b"damaged"))):
        pass


def unexpected_handshake(connection):
    """A message of the handshake where none may be."""
    finished = Message(ContentType.handshake, bytearray(b"\x14\x00\x00\x0c" + bytes(12)))
    for _ in connection._sendMsg(finished):
        pass


def key_update(connection):
    """Keys are not renewed here: the connection ends, and says so (RFC 8446 section 4.6.3)."""
    update = Message(ContentType.handshake, bytearray(b"\x18\x00\x00\x01\x00"))
    for _ in connection._sendMsg(update):
        pass


def main():
    first = hello()
    body = first[5:]
    unexpected, mac, overflow = AlertDescription.unexpected_message, 20, AlertDescription.record_overflow
    decode, illegal, version = AlertDescription.decode_error, AlertDescription.illegal_parameter, 70
    cases = {
        "early close": lambda: raw(expected=None),
        "close in the header": lambda: raw(first[:3], expected=None),
        "close in the hello": lambda: raw(first[: len(first) // 2], expected=None),
        "oversized record": lambda: raw(struct.pack("!BHH", HANDSHAKE, 0x301, 0x4800) + bytes(0x4800), expected=None),
        "empty record": lambda: raw(struct.pack("!BHH", HANDSHAKE, 0x301, 0), expected=None),
        "wrong major version": lambda: raw(struct.pack("!BHH", HANDSHAKE, 0x0501, len(body)) + body, expected=None),
        "garbage as a hello": lambda: raw(
            struct.pack("!BHH", HANDSHAKE, 0x301, 64) + bytes(range(64)), expected=None
        ),
        "hello with a length beyond its end": lambda: raw(
            struct.pack("!BHH", HANDSHAKE, 0x301, 8) + b"\x01\x00\x00\x04\xff\xff\xff\xff", expected=[decode, illegal]
        ),
        "TLS 1.0 only": lambda: raw(
            struct.pack("!BHH", HANDSHAKE, 0x301, 47)
            + b"\x01\x00\x00\x2b\x03\x01" + bytes(32) + b"\x00\x00\x04\xc0\x2b\x00\xff\x01\x00",
            expected=[version, 40],
        ),
        "data before a hello": lambda: raw(struct.pack("!BHH", 23, 0x303, 5) + b"hello", expected=None),
        "garbage after the hello": lambda: raw(first, bytes(300), expected=None),
        "two hellos": lambda: raw(first, first, expected=None),
        "an alert after the hello": lambda: raw(first, struct.pack("!BHHBB", ALERT, 0x303, 2, 2, 80), expected=None),
    }
    for name, v in (("1.2", (3, 3)), ("1.3", (3, 4))):
        cases[f"bad MAC in {name}"] = lambda v=v: tlslite(v, bad_mac, [mac])
        cases[f"a Finished out of place in {name}"] = lambda v=v: tlslite(v, unexpected_handshake, [unexpected, decode])
    cases["a key update"] = lambda: tlslite((3, 4), key_update, [unexpected, 40, 80])
    wrong = []
    for name, case in cases.items():
        try:
            case()
            served()
            print(f"{name}: right")
        except Exception as error:  # the table is worth more than the first
            wrong.append(f"{name}: {type(error).__name__} {error}")
    # A hello in many records is allowed, as long as the first holds its header.
    with connect() as stream:
        for start in range(0, len(body), 16):
            piece = body[start : start + 16]
            stream.sendall(struct.pack("!BHH", HANDSHAKE, 0x301, len(piece)) + piece)
        stream.settimeout(10)
        if stream.recv(1) != bytes([HANDSHAKE]):
            wrong.append("a hello in records of 16 bytes: no ServerHello")
    sys.exit("\n".join(wrong) or 0)


main()
