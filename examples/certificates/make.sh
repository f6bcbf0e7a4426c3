#!/bin/sh
# Makes the development certificate: self-signed, for the addresses of the examples, valid from 2020 to 2050.
# Its key is public, as this repository is: it protects nothing, and is for trying things out.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cat >"$work/config" <<END
[ca]
default_ca = ours
[ours]
new_certs_dir = $work
database = $work/database
serial = $work/serial
default_md = sha256
policy = any
x509_extensions = server
[any]
commonName = supplied
[server]
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:10.0.2.15
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
END
: >"$work/database"
openssl rand -hex 16 >"$work/serial"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out development-key.pem
openssl req -new -key development-key.pem -subj '/CN=wm-websockets development, key is public' -out "$work/request"
openssl ca -batch -notext -selfsign -config "$work/config" -keyfile development-key.pem \
    -startdate 20200101000000Z -enddate 20500101000000Z -in "$work/request" -out development.pem
