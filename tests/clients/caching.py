"""What REDbot thinks of files out of flash: entity tags, 304, ranges, negotiation, caching. The server is the example `settings`."""

import base64
import sys
from configparser import ConfigParser

import thor
from httplint.note import levels
from redbot.resource import HttpResource

CREDENTIALS = base64.b64encode(b"admin:correct horse").decode()

# The device has one representation of a file, the compressed one: who does not say what it takes gets that too (RFC 9110
# section 12.5.3), with the same tag. REDbot expects another one.
EXPLAINED = {"VARY_ETAG_DOESNT_CHANGE"}

# What is to be found out about every file.
EXPECTED = {"DATE_CORRECT", "CL_CORRECT", "FRESHNESS_NO_CACHE", "INM_304", "RANGE_CORRECT"}


def notes(address, path):
    """The notes on a file, by name, with their level."""
    config = ConfigParser()
    config.read_dict({"redbot": {"enable_local_access": "True"}})
    resource = HttpResource(config["redbot"])
    resource.set_request(f"http://{address}{path}", headers=[("Authorization", f"Basic {CREDENTIALS}")])
    resource.on("check_done", thor.stop)
    resource.check()
    thor.run()
    assert resource.response.complete, f"{path}: {resource.fetch_error}"
    assert resource.response.status_code == 200, f"{path}: {resource.response.status_code}"
    return {type(note).__name__: note.level for note in resource.response.notes}


def main():
    address = sys.argv[1]
    for path in ["/", "/page.css"]:
        found = notes(address, path)
        print(path, found)
        missing = EXPECTED - found.keys()
        assert not missing, f"{path}: not found out: {missing}"
        bad = {name for name, level in found.items() if level in (levels.BAD, levels.WARN)}
        assert bad <= EXPLAINED, f"{path}: {bad - EXPLAINED}"


main()
