//! Programs that others wrote for libwebsockets, its own examples of Debian's source package: they compile unchanged and do what they are for.

use crate::apt;
use crate::judges::c_program::{self, Program};
use crate::judges::curl::{self, Exchange};
use crate::judges::python;
use crate::log::Log;
use crate::process;
use crate::staticlib;
use crate::steps::Outcome;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What compiles, by folder. The others need event libraries, HTTP/2, descriptors, other people's sockets or disks.
const COMPILE: &[(&str, &[&str])] = &[
    (
        "http-server/minimal-http-server",
        &[
            "",
            "-basicauth",
            "-cgi",
            "-custom-headers",
            "-deaddrop",
            "-dynamic",
            "-eventlib",
            "-eventlib-smp",
            "-form-get",
            "-form-post",
            "-form-post-file",
            "-form-post-lwsac",
            "-h2-long-poll",
            "-mimetypes",
            "-multivhost",
            "-proxy",
            "-smp",
            "-sse",
            "-sse-ring",
            "-tls",
            "-tls-80",
            "-tls-mem",
        ],
    ),
    (
        "http-client/minimal-http-client",
        &["", "-captive-portal", "-certinfo", "-custom-headers", "-hugeurl", "-multi", "-post"],
    ),
    ("ws-server/minimal-ws-broker", &[""]),
    (
        "ws-server/minimal-ws-server",
        &["", "-echo", "-pmd", "-pmd-bulk", "-pmd-corner", "-ring", "-threads", "-threads-smp", "-timer"],
    ),
    ("ws-client/minimal-ws-client", &["", "-binance", "-echo", "-ping", "-pmd-bulk", "-rx", "-spam", "-tx"]),
    (
        "raw/minimal-raw",
        &["-adopt-tcp", "-fallback-http-server", "-netcat", "-proxy", "-proxy-fallback", "-vhost"],
    ),
    ("client-server/minimal-ws-proxy", &[""]),
    ("api-tests/api-test-", &["lws_tokenize", "lwsac", "lejp"]),
];

/// Where they listen, all of them.
const PORT: u16 = 7681;

/// A server of theirs, and who talks to it.
struct Run {
    server: &'static str,
    curl: &'static [Exchange],
    /// Clients of theirs, with their arguments, that must end well.
    clients: &'static [&'static [&'static str]],
    /// What `c_examples.py` is to see.
    python: Option<&'static str>,
}

const NOBODY: Run = Run { server: "", curl: &[], clients: &[], python: None };

const PAGE: &[&str] = &["status=200", "content-type: text/html"];

/// Those that test without a peer.
const ALONE: &[&str] =
    &["api-tests/api-test-lws_tokenize", "api-tests/api-test-lwsac", "api-tests/api-test-lejp"];

const RUNS: &[Run] = &[
    Run {
        server: "http-server/minimal-http-server",
        curl: &[
            Exchange { arguments: &["URL/"], expected: PAGE },
            Exchange { arguments: &["URL/no/such/page"], expected: &["status=302", "location: /404.html"] },
        ],
        clients: &[
            &["http-client/minimal-http-client", "-l", "--nossl"],
            &["http-client/minimal-http-client-multi", "-l", "--no-tls"],
            &["http-client/minimal-http-client-multi", "-l", "--no-tls", "-p"],
        ],
        ..NOBODY
    },
    Run {
        server: "http-server/minimal-http-server-tls",
        curl: &[Exchange { arguments: &["--insecure", "https://127.0.0.1:7681/"], expected: PAGE }],
        clients: &[
            &["http-client/minimal-http-client", "-l"],
            &["http-client/minimal-http-client-multi", "-l"],
            &["http-client/minimal-http-client-certinfo", "-l"],
            &["http-client/minimal-http-client-custom-headers", "-l"],
        ],
        ..NOBODY
    },
    Run {
        server: "http-server/minimal-http-server-tls-mem",
        curl: &[Exchange { arguments: &["--insecure", "https://127.0.0.1:7681/"], expected: PAGE }],
        ..NOBODY
    },
    Run {
        server: "http-server/minimal-http-server-basicauth",
        curl: &[
            Exchange { arguments: &["URL/"], expected: PAGE },
            Exchange {
                arguments: &["URL/secret/index.html"],
                expected: &["status=401", "www-authenticate: basic"],
            },
            Exchange { arguments: &["--user", "user:password", "URL/secret/index.html"], expected: PAGE },
            Exchange {
                arguments: &["--user", "user:wrong", "URL/secret/index.html"],
                expected: &["status=401"],
            },
        ],
        ..NOBODY
    },
    Run {
        server: "http-server/minimal-http-server-dynamic",
        curl: &[
            Exchange { arguments: &["URL/dyn/page"], expected: &["status=200", "content-type: text/html"] },
            Exchange { arguments: &["URL/dyn/bigbig"], expected: &["status=200"] },
        ],
        ..NOBODY
    },
    Run {
        server: "http-server/minimal-http-server-form-get",
        curl: &[Exchange {
            arguments: &["URL/form1?text1=a%20b&send=1"],
            expected: &["status=301", "location: after-form1.html"],
        }],
        ..NOBODY
    },
    Run {
        server: "http-server/minimal-http-server-form-post-lwsac",
        curl: &[Exchange {
            arguments: &["--data", "text1=a%20b&send=1", "URL/form1"],
            expected: &["status=301", "location: after-form1.html"],
        }],
        ..NOBODY
    },
    Run {
        server: "http-server/minimal-http-server-form-post-file",
        curl: &[Exchange {
            arguments: &["--form", "text1=a b", "--form", "file=@UPLOAD;filename=uploaded", "URL/form1"],
            expected: &["status=301", "location: after-form1.html"],
        }],
        ..NOBODY
    },
    Run {
        server: "http-server/minimal-http-server-mimetypes",
        curl: &[Exchange { arguments: &["URL/"], expected: PAGE }],
        ..NOBODY
    },
    Run {
        server: "http-server/minimal-http-server-multivhost",
        curl: &[
            Exchange { arguments: &["URL/"], expected: PAGE },
            Exchange { arguments: &["--header", "Host: localhost-b", "URL/"], expected: PAGE },
            Exchange { arguments: &["http://127.0.0.1:7682/"], expected: PAGE },
        ],
        ..NOBODY
    },
    Run {
        server: "raw/minimal-raw-fallback-http-server",
        curl: &[Exchange { arguments: &["URL/"], expected: PAGE }],
        python: Some("raw"),
        ..NOBODY
    },
    Run { server: "ws-server/minimal-ws-server", python: Some("broadcast"), ..NOBODY },
    Run { server: "ws-server/minimal-ws-server-pmd", python: Some("broadcast"), ..NOBODY },
    Run { server: "ws-server/minimal-ws-server-ring", python: Some("broadcast"), ..NOBODY },
    Run { server: "ws-server/minimal-ws-server-threads", python: Some("unasked"), ..NOBODY },
    Run { server: "ws-server/minimal-ws-server-threads-smp", python: Some("unasked"), ..NOBODY },
];

/// All of them.
pub(crate) fn judge(workspace: &Workspace, log: &mut Log) -> Result<Outcome> {
    let package = staticlib::for_host(workspace, log)?;
    let flags = c_program::flags(workspace, log, &package)?;
    let examples = Examples {
        folder: apt::fetched_source(workspace, log, "libwebsockets", unpacked)?,
        programs: workspace.output().join("capi-examples"),
        workspace,
    };
    fs::create_dir_all(&examples.programs)?;
    for (stem, names) in COMPILE {
        for name in *names {
            examples.compile(log, &format!("{stem}{name}"), &flags)?;
        }
    }
    for example in ALONE {
        examples.succeed(log, example, &[])?;
    }
    for run in RUNS {
        examples.run(log, run).with_context(|| run.server)?;
    }
    Ok(Outcome::Passed)
}

/// The folder of the examples.
fn unpacked(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path().join("minimal-examples"));
    entries.into_iter().find(|path| path.is_dir())
}

struct Examples<'w> {
    workspace: &'w Workspace,
    folder: PathBuf,
    /// Where they are compiled to.
    programs: PathBuf,
}

impl Examples<'_> {
    fn program(&self, example: &str) -> PathBuf {
        self.programs.join(example.rsplit('/').next().unwrap_or(example))
    }

    /// Its sources, without those that others include.
    fn compile(&self, log: &mut Log, example: &str, flags: &[String]) -> Result<()> {
        let mut cc = self.workspace.command("cc");
        cc.args(["-g", "-w", "-Werror=implicit-function-declaration"]);
        // Some include plugins, as beside this folder.
        cc.arg("-I").arg(&self.folder);
        for entry in
            fs::read_dir(self.folder.join(example)).with_context(|| format!("no example {example}"))?
        {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.ends_with(".c") && !name.starts_with("protocol_") {
                cc.arg(path);
            }
        }
        log.run(cc.args(flags).args(["-lpthread", "-o"]).arg(self.program(example)))
    }

    /// The program, where it finds its files.
    fn command(&self, example: &str) -> Command {
        let mut command = self.workspace.command(self.program(example));
        command.current_dir(self.folder.join(example));
        command
    }

    fn run(&self, log: &mut Log, run: &Run) -> Result<()> {
        let server = Program::spawn(log, self.command(run.server), PORT)?;
        curl::exchange(self.workspace, log, run.curl, server.address)?;
        for client in run.clients {
            let (example, arguments) = client.split_first().context("a client has a name")?;
            self.succeed(log, example, arguments)?;
        }
        if let Some(scene) = run.python {
            python::run(self.workspace, log, "c_examples.py", server.address, &[scene])?;
        }
        server.stop()
    }

    /// Runs a program that must end well.
    fn succeed(&self, log: &mut Log, example: &str, arguments: &[&str]) -> Result<()> {
        let mut command = self.command(example);
        command.args(arguments).stdout(log.sink()?).stderr(log.sink()?);
        let mut child = command.spawn()?;
        let Some(status) = process::wait(&mut child, c_program::LIMIT)? else {
            child.kill()?;
            child.wait()?;
            anyhow::bail!("{example} does not end");
        };
        ensure!(status.success(), "{example} ended with {status}");
        Ok(())
    }
}
