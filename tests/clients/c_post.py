"""The POST server in C: c_post.py HOST:PORT"""

import http.client
import os
import sys


def ask(connection, method, path, body=None, **headers):
    connection.request(method, path, body=body, headers=headers, encode_chunked="Transfer_Encoding" in headers)
    response = connection.getresponse()
    return response.status, response.read()


def main(authority):
    connection = http.client.HTTPConnection(authority, timeout=20)
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


main(sys.argv[1])
