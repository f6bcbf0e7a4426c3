"""cryptolyzer's opinion of a TLS server, as JSON: `tls_audit.py HOST:PORT FILE`."""

import contextlib
import re
import sys


def import_oscrypto():
    """oscrypto 1.3.0, which cryptolyzer imports, reads OpenSSL's version with one digit for the patch and gives up at 3.0.19."""
    search = re.search

    def with_longer_numbers(pattern, *arguments):
        if isinstance(pattern, str):
            pattern = pattern.replace(r"\d\.\d\.\d[", r"\d\.\d\.\d+[")
        return search(pattern, *arguments)

    re.search = with_longer_numbers
    try:
        import oscrypto.asymmetric  # noqa: F401
    finally:
        re.search = search


def main():
    address, path = sys.argv[1:]
    import_oscrypto()
    from cryptolyzer.__main__ import main as analyze

    sys.argv = ["cryptolyze", "--output-format", "json", "tls", "all", address]
    with open(path, "w", encoding="utf-8") as file, contextlib.redirect_stdout(file):
        return analyze()


if __name__ == "__main__":
    sys.exit(main())
