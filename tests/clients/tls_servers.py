"""WebSocket servers over TLS for our clients: tls_servers.py FOLDER. Good certificates and bad ones, a port each.

Writes ca.pem to FOLDER, and servers.txt: a line each of `port host expectation`, where the expectation is `good` or a part of the error.
For servers of others: server.pem with its key in it, and client.pem and client-key.pem for who has to show a certificate."""

import asyncio
import datetime
import signal
import ssl
import sys

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.asyncio.server import serve

FOLDER = sys.argv[1]
NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)


async def echo(connection):
    async for message in connection:
        await connection.send(message)


def context(certificate, change=lambda context: None):
    result = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(result)
    change(result)
    return result


def only(version):
    def change(context):
        context.minimum_version = context.maximum_version = version
        if version < ssl.TLSVersion.TLSv1_2:
            context.set_ciphers("DEFAULT@SECLEVEL=0")

    return change


def made_by_hand(issuer, issuer_key, usage):
    """A certificate for localhost with another extended usage, or signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer or name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .sign(issuer_key or key, hashes.SHA256())
    )
    path = f"{FOLDER}/by_hand_{certificate.serial_number}.pem"
    with open(path, "wb") as file:
        file.write(certificate.public_bytes(serialization.Encoding.PEM))
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    result = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    result.load_cert_chain(path)
    return result


def servers():
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(f"{FOLDER}/ca.pem")
    issuer = x509.load_pem_x509_certificate(authority.cert_pem.bytes()).subject
    issuer_key = serialization.load_pem_private_key(authority.private_key_pem.bytes(), None)
    good = authority.issue_cert("localhost", "10.0.2.2")
    good.private_key_and_cert_chain_pem.write_to_path(f"{FOLDER}/server.pem")
    client = authority.issue_cert("client.example")
    client.cert_chain_pems[0].write_to_path(f"{FOLDER}/client.pem")
    client.private_key_pem.write_to_path(f"{FOLDER}/client-key.pem")
    server_usage, client_usage = x509.ExtendedKeyUsageOID.SERVER_AUTH, x509.ExtendedKeyUsageOID.CLIENT_AUTH
    chain = authority.create_child_ca().issue_cert("localhost")
    broken = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with chain.private_key_pem.tempfile() as key, chain.cert_chain_pems[0].tempfile() as leaf:
        broken.load_cert_chain(leaf, key)
    yield context(good), "localhost", "good"
    yield context(good), "10.0.2.2", "good"
    yield context(good, only(ssl.TLSVersion.TLSv1_2)), "localhost", "good"
    yield context(good, only(ssl.TLSVersion.TLSv1_3)), "localhost", "good"
    yield context(chain), "localhost", "good"
    yield context(authority.issue_cert("other.example")), "localhost", "for another name"
    yield context(authority.issue_cert("localhost")), "10.0.2.2", "for another name"
    yield context(authority.issue_cert("localhost", "10.0.2.3")), "10.0.2.2", "for another name"
    expired = authority.issue_cert("localhost", not_before=NOW - 3 * DAY, not_after=NOW - DAY)
    yield context(expired), "localhost", "has expired"
    early = authority.issue_cert("localhost", not_before=NOW + DAY, not_after=NOW + 3 * DAY)
    yield context(early), "localhost", "not valid yet"
    yield context(other.issue_cert("localhost")), "localhost", "not signed by anybody who is trusted"
    yield made_by_hand(None, None, server_usage), "localhost", "not signed by anybody who is trusted"
    yield broken, "localhost", "not signed by anybody who is trusted"
    yield made_by_hand(issuer, issuer_key, client_usage), "localhost", "unsupported_certificate"
    yield context(good, only(ssl.TLSVersion.TLSv1_1)), "localhost", "shaking hands for TLS"


async def main():
    stop = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set_result, None)
    with open(f"{FOLDER}/servers.txt", "w") as table:
        for tls, host, expectation in servers():
            server = await serve(echo, "127.0.0.1", 0, ssl=tls)
            port = server.sockets[0].getsockname()[1]
            print(port, host, expectation, file=table)
    print(f"listening on http://127.0.0.1:{port}", flush=True)
    await stop


asyncio.run(main())
