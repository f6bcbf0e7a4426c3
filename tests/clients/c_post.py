"""The POST server in C: c_post.py HOST:PORT [CERTIFICATE], with one over TLS"""

import http.client
import os
import ssl
import sys


def ask(connection, method, path, body=None, **headers):
    connection.request(method, path, body=body, headers=headers, encode_chunked="Transfer_Encoding" in headers)
    response = connection.getresponse()
    return response.status, response.read()


def connected(authority, certificate):
    if certificate is None:
        return http.client.HTTPConnection(authority, timeout=20)
    # The certificate is for 127.0.0.1 too.
    trust = ssl.create_default_context(cafile=certificate)
    return http.client.HTTPSConnection(authority, timeout=20, context=trust)


def main(authority, certificate=None):
    connection = connected(authority, certificate)
    body = os.urandom(4096)
    # All on one connection: keep-alive holds with every kind of answer.
    assert ask(connection, "POST", "/echo", body) == (200, body)
    assert ask(connection, "POST", "/echo", b"") == (200, b"")
    assert ask(connection, "POST", "/length", os.urandom(1 << 20)) == (200, b"%d bytes\n" % (1 << 20))
    assert ask(connection, "POST", "/echo", b"x" * 5000)[0] == 413
    assert ask(connection, "POST", "/nowhere", b"x")[0] == 404
    assert ask(connection, "GET", "/")[0] == 200
    assert ask(connection, "HEAD", "/") == (200, b"")
    assert ask(connection, "GET", "/nowhere")[0] == 404
    assert ask(connection, "PUT", "/echo", b"x")[0] == 405
    connection.request("POST", "/echo", body=[b"in ", b"chunks"], headers={"Transfer-Encoding": "chunked"}, encode_chunked=True)
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b"in chunks")
    connection.close()


main(*sys.argv[1:])
