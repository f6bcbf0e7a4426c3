//! curl: the HTTP client that everybody has.

use crate::address::Address;
use crate::log::Log;
use crate::server::Server;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::{Result, ensure};
use std::fs;

/// One call of curl, and what its output must contain.
pub(crate) struct Exchange {
    /// What curl is asked to do; `URL` stands for the server's.
    pub(crate) arguments: &'static [&'static str],
    /// Each must appear, in any letter case, in the response (headers, body) or in the summary line.
    pub(crate) expected: &'static [&'static str],
}

/// curl's last line: what the response itself does not show.
const SUMMARY: &str = r"\nstatus=%{http_code} bytes=%{size_download} connections=%{num_connects}\n";

/// Length of the file that `@UPLOAD` stands for: the longest body that the default limits allow.
const UPLOAD_BYTES: usize = 16 * 1024;

/// Length of the file and of the field that are longer than any limit.
const TOO_MUCH: usize = 64 * 1024;

const POST_ANSWER: &str = r#"{"status": "success", "message": "Received your request."}"#;

/// Example `http_server_post`: GET and POST on any path.
pub(crate) const HTTP_SERVER_POST: &[Exchange] = &[
    Exchange { arguments: &["URL/"], expected: &["status=200", "content-length:", "date:"] },
    Exchange { arguments: &["URL/any/path?and=query"], expected: &["status=200"] },
    Exchange { arguments: &["--head", "URL/"], expected: &["status=200", "bytes=0", "content-length:"] },
    Exchange {
        arguments: &["--data", r#"{"name": "value"}"#, "URL/jsontest"],
        expected: &["status=200", "content-type: application/json", POST_ANSWER],
    },
    Exchange { arguments: &["--data", "", "URL/empty"], expected: &["status=200", POST_ANSWER] },
    Exchange {
        arguments: &["--data-binary", "@UPLOAD", "--header", "Expect:", "URL/length"],
        expected: &["status=200", POST_ANSWER],
    },
    Exchange {
        arguments: &["--data-binary", "@UPLOAD", "--header", "Transfer-Encoding: chunked", "URL/chunked"],
        expected: &["status=200", POST_ANSWER],
    },
    Exchange {
        arguments: &["--data-binary", "@TOO_MUCH", "--header", "Expect:", "URL/length"],
        expected: &["status=413"],
    },
    Exchange {
        arguments: &["--data-binary", "@TOO_MUCH", "--header", "Transfer-Encoding: chunked", "URL/chunked"],
        expected: &["status=413"],
    },
    Exchange {
        arguments: &["--data", "{}", "--header", "Expect: 100-continue", "URL/expect"],
        expected: &["HTTP/1.1 100 Continue", "status=200", POST_ANSWER],
    },
    Exchange {
        arguments: &["--data", "{}", "--header", "Expect: a-miracle", "URL/expect"],
        expected: &["status=417"],
    },
    Exchange { arguments: &["--request-target", "URL/absolute", "URL"], expected: &["status=200"] },
    Exchange { arguments: &["--http1.0", "URL/"], expected: &["status=200"] },
    Exchange {
        // Two requests: the second needs no new connection.
        arguments: &["URL/first", "URL/second"],
        expected: &["connections=1", "connections=0"],
    },
    Exchange { arguments: &["--request", "OPTIONS", "URL/"], expected: &["allow:"] },
    Exchange { arguments: &["--request", "DELETE", "URL/"], expected: &["status=405", "allow:"] },
    Exchange { arguments: &["--request", "BREW", "URL/"], expected: &["status=501"] },
    Exchange { arguments: &["--header", "Host: a b", "URL/"], expected: &["status=400"] },
    Exchange { arguments: &["--header", "@LONG_HEADER", "URL/"], expected: &["status=431"] },
];

/// Example `demo`: a page, a route, counters, an echo.
pub(crate) const DEMO: &[Exchange] = &[
    Exchange {
        arguments: &["URL/"],
        expected: &["status=200", "content-type: text/html", "<!doctype html>"],
    },
    Exchange { arguments: &["--head", "URL/"], expected: &["status=200", "bytes=0"] },
    Exchange {
        arguments: &["URL/counters"],
        expected: &["status=200", "content-type: application/json", "{"],
    },
    Exchange { arguments: &["--data", "{}", "URL/jsontest"], expected: &["status=200", POST_ANSWER] },
    Exchange { arguments: &["URL/jsontest"], expected: &["status=405", "allow:"] },
    Exchange { arguments: &["URL/no/such/path"], expected: &["status=404"] },
    Exchange {
        // A WebSocket route without a handshake says what it wants (RFC 9110 section 15.5.22).
        arguments: &["URL/ws"],
        expected: &["status=426", "upgrade: websocket"],
    },
];

/// Example `settings`: forms and files behind a password.
pub(crate) const SETTINGS: &[Exchange] = &[
    Exchange {
        arguments: &["URL/"],
        expected: &["status=401", "www-authenticate: basic realm=\"settings\""],
    },
    Exchange { arguments: &["--user", "admin:wrong", "URL/"], expected: &["status=401"] },
    Exchange {
        arguments: &["--user", OWNER, "--compressed", "URL/"],
        expected: &["status=200", "content-encoding: gzip", "vary: accept-encoding", "<!doctype html>"],
    },
    Exchange {
        arguments: &["--user", OWNER, "--anyauth", "--output", "PAGE", "URL/"],
        expected: &["status=200"],
    },
    // Stored and asked for by their entity tag.
    Exchange {
        arguments: &["--user", OWNER, "--etag-save", "TAG", "--output", "PAGE", "URL/page.css"],
        expected: &["status=200"],
    },
    Exchange {
        arguments: &["--user", OWNER, "--etag-compare", "TAG", "URL/page.css"],
        expected: &["status=304", "bytes=0", "etag: \""],
    },
    Exchange {
        arguments: &["--user", OWNER, "--range", "2-5", "--output", "PAGE", "URL/page.css"],
        expected: &["status=206", "bytes=4"],
    },
    Exchange {
        arguments: &["--user", OWNER, "--range", "100000-", "URL/page.css"],
        expected: &["status=416", "content-range: bytes */"],
    },
    Exchange {
        arguments: &["--user", OWNER, "--header", "Accept-Encoding: br", "URL/page.css"],
        expected: &["status=406"],
    },
    Exchange { arguments: &["--user", OWNER, "URL/no/such/page"], expected: &["status=404"] },
    Exchange { arguments: &["--user", OWNER, "--path-as-is", "URL/../page.css"], expected: &["status=404"] },
    Exchange {
        arguments: &["--user", OWNER, "--data-urlencode", "name=Pump & 3 %", "--data", "x=y", "URL/name"],
        expected: &["status=200", "Pump & 3 %"],
    },
    Exchange {
        arguments: &["--user", OWNER, "--form", "x=y", "--form", "name=Pump \"3\"", "URL/name"],
        expected: &["status=200", "Pump \"3\""],
    },
    Exchange {
        arguments: &["--user", OWNER, "--form", "x=y", "--form", "firmware=@UPLOAD", "URL/update"],
        expected: &["status=200", "16384 bytes, sum 1916928"],
    },
    Exchange {
        // Longer than any buffer.
        arguments: &["--user", OWNER, "--form", "firmware=@TOO_MUCH", "--header", "Expect:", "URL/update"],
        expected: &["status=200", "65536 bytes, sum 7667712"],
    },
    Exchange {
        arguments: &["--user", OWNER, "--form", "firmware=@UPLOAD;filename=\"a\\\"b\"", "URL/update"],
        expected: &["status=200", "16384 bytes"],
    },
    Exchange { arguments: &["--form", "firmware=@UPLOAD", "URL/update"], expected: &["status=401"] },
    // What another page has the owner's browser send, and the device's own.
    Exchange {
        arguments: &[
            "--user",
            OWNER,
            "--header",
            "Origin: http://evil.example",
            "--data",
            "name=x",
            "URL/name",
        ],
        expected: &["status=403"],
    },
    Exchange {
        arguments: &["--user", OWNER, "--header", "Origin: null", "--form", "firmware=@UPLOAD", "URL/update"],
        expected: &["status=403"],
    },
    Exchange {
        arguments: &["--user", OWNER, "--header", "Origin: URL", "--data", "name=x", "URL/name"],
        expected: &["status=200"],
    },
    // Forms in which something is missing, or there twice.
    Exchange { arguments: &["--user", OWNER, "--form", "x=y", "URL/update"], expected: &["status=400"] },
    Exchange { arguments: &["--user", OWNER, "--data", "x=y", "URL/name"], expected: &["status=400"] },
    Exchange {
        arguments: &["--user", OWNER, "--data", "name=a&name=b", "URL/name"],
        expected: &["status=400"],
    },
    Exchange {
        arguments: &["--digest", "--user", OWNER, "--form", "firmware=@UPLOAD", "URL/digest/update"],
        expected: &["status=200", "16384 bytes, sum 1916928"],
    },
    Exchange {
        arguments: &["--digest", "--user", "admin:wrong", "--form", "x=y", "URL/digest/update"],
        expected: &["status=401", "www-authenticate: digest realm=\"settings\""],
    },
    Exchange {
        arguments: &[
            "--user",
            OWNER,
            "--data",
            "{}",
            "--header",
            "Content-Type: application/json",
            "URL/name",
        ],
        expected: &["status=415"],
    },
    Exchange { arguments: &["--user", OWNER, "--data", "name=%zz", "URL/name"], expected: &["status=400"] },
];

/// `file_server.c`: files by `lws_serve_http_file`, and what its application was told of them.
pub(crate) const C_FILES: &[Exchange] = &[
    Exchange {
        arguments: &["URL/", "URL/guessed"],
        expected: &[
            "status=200",
            "content-type: text/html; charset=utf-8",
            "x-answer: 42",
            "x-other: 43",
            "cache-control: no-store",
            "<p>page</p>",
            "content-type: application/json",
            "{\"answer\": 42}",
            "connections=0",
        ],
    },
    Exchange {
        arguments: &["--head", "URL/"],
        expected: &["status=200", "content-length: 11", "x-other: 43", "bytes=0"],
    },
    Exchange {
        arguments: &["URL/disk"],
        expected: &["status=200", "content-type: text/plain", "wm-websockets"],
    },
    Exchange { arguments: &["URL/no/such/page"], expected: &["status=404"] },
    // Lines without an end, and lines that would end the head.
    Exchange { arguments: &["URL/cut"], expected: &["status=500", "refused"] },
    Exchange { arguments: &["URL/smuggled"], expected: &["status=500", "refused"] },
    Exchange { arguments: &["URL/mounted/", "URL/completed"], expected: &["<p>page</p>", "5 files"] },
    // The callback ends the connection behind its file, which arrives, however long it is.
    Exchange { arguments: &["--limit-rate", "1M", "URL/large"], expected: &["status=200", "bytes=300000"] },
    Exchange {
        arguments: &["URL/last", "URL/completed"],
        expected: &["<p>page</p>", "7 files", "bytes=60 connections=1"],
    },
];

/// `stored_server.c`: files of a file system of the application's own.
pub(crate) const C_STORED: &[Exchange] = &[
    Exchange {
        arguments: &["URL/files/", "URL/files/data.json"],
        expected: &[
            "status=200",
            "content-type: text/html",
            "etag: \"13-7\"",
            "cache-control: private, max-age=60",
            "<p>stored</p>",
            "etag: \"10-8\"",
            "0123456789",
            "connections=0",
        ],
    },
    Exchange {
        arguments: &["--etag-save", "TAG", "--output", "PAGE", "URL/files/data.json"],
        expected: &["status=200", "bytes=10"],
    },
    Exchange {
        arguments: &["--etag-compare", "TAG", "URL/files/data.json"],
        expected: &["status=304", "bytes=0", "etag: \"10-8\""],
    },
    Exchange {
        arguments: &["--range", "2-5", "URL/files/data.json"],
        expected: &["status=206", "bytes=4", "content-range: bytes 2-5/10", "2345"],
    },
    Exchange {
        arguments: &["--range", "10-", "URL/files/data.json"],
        expected: &["status=416", "content-range: bytes */10"],
    },
    Exchange {
        arguments: &["--header", "Accept-Encoding: gzip", "URL/files/page.css"],
        expected: &["content-encoding: gzip", "vary: accept-encoding", "etag: \"6-9z\"", "packed"],
    },
    Exchange {
        arguments: &["--header", "Accept-Encoding: br", "URL/files/page.css"],
        expected: &["etag: \"16-9\"", "p { color: red }"],
    },
    Exchange { arguments: &["URL/files/none.html"], expected: &["status=404"] },
    Exchange { arguments: &["URL/files/a%5cdata.json"], expected: &["status=403"] },
    Exchange {
        arguments: &["URL/archive/in/side.txt"],
        expected: &["status=200", "content-type: text/plain", "bytes=11", "in/side.txt"],
    },
    Exchange {
        arguments: &["URL/named"],
        expected: &["status=200", "content-type: text/plain", "x-answer: 42", "0123456789"],
    },
    Exchange {
        arguments: &["--head", "URL/files/long.txt"],
        expected: &["content-length: 300000", "bytes=0"],
    },
    // As fast as the client takes it, and nobody waits for that.
    Exchange {
        arguments: &["--parallel", "--limit-rate", "1M", "URL/files/long.txt", "URL/files/long.txt"],
        expected: &["status=200", "bytes=300000", "defghijklmnopqrstuvwxyzabc"],
    },
    Exchange {
        arguments: &["--range", "299974-", "URL/files/long.txt"],
        expected: &["status=206", "bytes=26", "mnopqrstuvwxyzabcdefghijkl"],
    },
    // The medium fails: it is not taken for whole.
    Exchange {
        arguments: &["--output", "PAGE", "URL/files/broken.txt"],
        expected: &["status=200", "curl: ("],
    },
    Exchange { arguments: &["URL/private/data.json"], expected: &["status=401"] },
    Exchange {
        arguments: &["--user", "user:word", "URL/private/data.json"],
        expected: &["status=200", "0123456789"],
    },
    Exchange { arguments: &["--user", "user:wrong", "URL/private/data.json"], expected: &["status=401"] },
    // A client that goes away in the middle leaves nothing open.
    Exchange {
        arguments: &["--max-time", "0.2", "--limit-rate", "10K", "URL/files/long.txt"],
        expected: &["status=200"],
    },
    Exchange {
        arguments: &["--retry", "5", "--retry-all-errors", "URL/open"],
        expected: &["status=200", "0 open of"],
    },
];

/// `form_server.c` of tests/capi.
pub(crate) const C_FORMS: &[Exchange] = &[
    Exchange {
        arguments: &["--data-urlencode", "name=Pump & 3 %", "--data", "x=y&note=", "URL/form"],
        expected: &["status=200", "name=Pump & 3 % note= file= length=0"],
    },
    Exchange {
        arguments: &["--form", "x=y", "--form", "firmware=@TOO_MUCH", "--form", "note=last", "URL/form"],
        expected: &["status=200", "name=(none) note=last file=too-much length=65536 sum=7667712 111"],
    },
    Exchange {
        arguments: &[
            "--form",
            "name=one",
            "--form",
            "name=two",
            "--form",
            "firmware=@UPLOAD;filename=a",
            "URL/form",
        ],
        expected: &["status=200", "name=one note=(none) file=a length=16384 sum=1916928 111"],
    },
    // What browsers send for an `input` of files where nobody chose one.
    Exchange {
        arguments: &["--form", "firmware=;filename=", "--form", "name=", "--form", "name=two", "URL/form"],
        expected: &["status=200", "name=two note=(none) file= length=0 sum=0 000"],
    },
    Exchange {
        arguments: &["--data", "name=one&name=two", "URL/arena"],
        expected: &["status=200", "name=two note=(none)"],
    },
    Exchange {
        arguments: &["--data", "name=a&note=b", "URL/arena"],
        expected: &["status=200", "name=a note=b file= length=0"],
    },
    Exchange {
        arguments: &["--form", "firmware=@TOO_MUCH", "--form", "note=last", "URL/arena"],
        expected: &["status=200", "name=(none) note=last file=too-much length=65536 sum=7667712 111"],
    },
    // As much as is kept, with the zero bytes; and more.
    Exchange { arguments: &["--data", NAME_OF_58, "URL/form"], expected: &["status=200", "note=x"] },
    Exchange { arguments: &["--data", NAME_OF_70, "URL/form"], expected: &["status=400"] },
    Exchange { arguments: &["--data", "name=%zz", "URL/form"], expected: &["status=400"] },
    Exchange { arguments: &["--form", "poison=@UPLOAD", "URL/form"], expected: &["status=400"] },
    Exchange {
        arguments: &[
            "--data",
            "--b\r\n",
            "--header",
            "Content-Type: multipart/form-data; boundary=b",
            "URL/form",
        ],
        expected: &["status=400"],
    },
];

const NAME_OF_58: &str = "name=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&note=x";
const NAME_OF_70: &str = "name=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&note=x";

const OWNER: &str = "admin:correct horse";

/// curl against the HTTP examples.
pub(crate) fn judge(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    for (example, exchanges) in
        [("http_server_post", HTTP_SERVER_POST), ("demo", DEMO), ("settings", SETTINGS)]
    {
        let server = Server::start(workspace, log, example, &[])?;
        exchange(workspace, log, exchanges, server.address())?;
        server.stop()?;
    }
    Ok(Outcome::Passed)
}

/// All `exchanges` with the server at `address`.
pub(crate) fn exchange(
    workspace: &Workspace,
    log: &mut Log,
    exchanges: &[Exchange],
    address: Address,
) -> Result<()> {
    let folder = workspace.output();
    fs::write(folder.join("upload"), vec![b'u'; UPLOAD_BYTES])?;
    fs::write(folder.join("too-much"), vec![b'u'; TOO_MUCH])?;
    fs::write(folder.join("long-header"), format!("X-Long: {}", "l".repeat(TOO_MUCH)))?;
    let wrong: Vec<String> = exchanges
        .iter()
        .filter_map(|exchange| exchange.fault(workspace, log, address).transpose())
        .collect::<Result<_>>()?;
    ensure!(wrong.is_empty(), "{}", wrong.join("; "));
    Ok(())
}

impl Exchange {
    /// What is wrong with the answer, if anything.
    fn fault(&self, workspace: &Workspace, log: &mut Log, address: Address) -> Result<Option<String>> {
        let arguments: Vec<String> =
            self.arguments.iter().map(|argument| filled_in(argument, workspace, address)).collect();
        let mut curl = workspace.command("curl");
        curl.args(["--silent", "--show-error", "--include", "--max-time", "20", "--noproxy", "*"]);
        let (_, output) = log.output(curl.args(["--write-out", SUMMARY]).args(arguments))?;
        let output = output.to_lowercase();
        let missing: Vec<&str> =
            self.expected.iter().copied().filter(|text| !output.contains(&text.to_lowercase())).collect();
        let fault = || format!("curl {} lacks {missing:?}", self.arguments.join(" "));
        Ok((!missing.is_empty()).then(fault))
    }
}

fn filled_in(argument: &str, workspace: &Workspace, address: Address) -> String {
    let folder = workspace.output().display().to_string();
    argument
        .replace("PAGE", &format!("{folder}/page"))
        .replace("TAG", &format!("{folder}/tag"))
        .replace("@UPLOAD", &format!("@{folder}/upload"))
        .replace("@TOO_MUCH", &format!("@{folder}/too-much"))
        .replace("@LONG_HEADER", &format!("@{folder}/long-header"))
        .replace("URL", &address.http(""))
}
