"""A certificate that is replaced while the server in C runs: c_renewal.py HOST:PORT CERTIFICATE RENEWED

Each of both is its own authority.
"""

import http.client
import socket
import ssl
import sys


def connected(authority, trusted, name):
    """A connection to whoever has a certificate for that name; ssl.SSLError when there is nobody."""
    host, _, port = authority.partition(":")
    context = ssl.create_default_context(cafile=trusted)
    client = http.client.HTTPSConnection(host, int(port), timeout=20)
    client.sock = context.wrap_socket(socket.create_connection((host, int(port)), 20), server_hostname=name)
    return client


def get(client, path):
    client.request("GET", path)
    response = client.getresponse()
    response.read()
    return response.status


def shows(authority, trusted, name):
    try:
        client = connected(authority, trusted, name)
    except ssl.SSLError:
        return False
    status = get(client, "/")
    client.close()
    return status == 200


def main(authority, old, renewed):
    # What is renewed is for another name.
    before, after = (old, "localhost"), (renewed, "other.example")
    assert shows(authority, *before) and not shows(authority, *after)
    kept = connected(authority, *before)
    assert get(kept, "/spoil") == 400 and shows(authority, *before)
    assert get(kept, "/renew") == 200
    assert shows(authority, *after) and not shows(authority, *before)
    # Connections stay, and so does the certificate when the next one is none.
    assert get(kept, "/") == 200
    assert get(kept, "/spoil") == 400 and shows(authority, *after)


main(*sys.argv[1:])
