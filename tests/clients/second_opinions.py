"""h11 and httptools on the HTTP tables of tests/hostile: where they judge otherwise than we, the line's last column says why."""

import re
import sys
from pathlib import Path

import h11
import httptools

TABLES = ["request_lines", "fields", "hosts", "framing", "chunked", "handshakes"]
# What we answer to bytes that are no request; all other answers are about what is asked.
REFUSALS = {"400", "501", "505"}
SINGLE = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "s": b" ", "p": b"|", "\\": b"\\"}


def unescaped(text):
    """The bytes that a text with escapes stands for; tests/hostile/README.md has the list."""
    out, at = b"", 0
    while at < len(text):
        if text[at] != "\\":
            out += text[at].encode()
            at += 1
        elif text[at + 1] == "x":
            out += bytes.fromhex(text[at + 2 : at + 4])
            at += 4
        elif text[at + 1] == "{":
            end = text.index("}", at)
            count, repeated = text[at + 2 : end].split(":", 1)
            out += unescaped(repeated) * int(count)
            at = end + 1
        else:
            out += SINGLE[text[at + 1]]
            at += 2
    return out


def cases(path):
    """Line number, answer, input and what the line says of others."""
    before = after = b""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("#"):
            continue
        columns = [re.sub(r"^ | $", "", column) for column in line.split("|")]
        if columns[0] == "before":
            before, after = unescaped(columns[2]), b""
        elif columns[0] == "after":
            after = unescaped(columns[1])
        else:
            others = columns[4] if len(columns) > 4 else ""
            yield number, columns[0].split(), before + unescaped(columns[1]) + after, others


def h11_refuses(data):
    """Reads every request in `data` as a server does that answers each with an empty 404."""
    server = h11.Connection(h11.SERVER)
    server.receive_data(data)
    try:
        while True:
            event = server.next_event()
            if event is h11.NEED_DATA:
                return False
            if event is h11.PAUSED or isinstance(event, h11.EndOfMessage):
                server.send(h11.Response(status_code=404, headers=[("Content-Length", "0")]))
                server.send(h11.EndOfMessage())
                if server.their_state is h11.MUST_CLOSE or server.our_state is h11.MUST_CLOSE:
                    return False
                server.start_next_cycle()
    except h11.RemoteProtocolError:
        return True


def httptools_refuses(data):
    try:
        httptools.HttpRequestParser(object()).feed_data(data)
    except httptools.HttpParserUpgrade:
        return False
    except httptools.HttpParserError:
        return True
    return False


def complaints(path):
    """Lines of the table that do not say of each library what it does."""
    for number, answer, data, others in cases(path):
        ours = not REFUSALS.isdisjoint(answer)
        for name, refuses in [("h11", h11_refuses), ("httptools", httptools_refuses)]:
            differs = refuses(data) != ours
            if differs != (name in others):
                verdict = "refuses" if refuses(data) else "takes"
                yield f"{path.name}:{number}: {name} {verdict} it, we {'refuse' if ours else 'take'} it"


def main():
    folder = Path(__file__).parents[1] / "hostile"
    wrong = [complaint for table in TABLES for complaint in complaints(folder / f"{table}.cases")]
    print("\n".join(wrong))
    sys.exit(f"{len(wrong)} opinions are not as the tables say" if wrong else 0)


main()
