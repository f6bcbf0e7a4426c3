//! What a request costs where products have it: programs in C as tasks of FreeRTOS, lwIP in its own thread.

use crate::board::emulator::Boot;
use crate::board::measure::Bench;
use crate::board::size::growth_row;
use crate::judges::{capi, python};
use crate::results::grouped;
use crate::rtos::{self, Firmware, Sources};
use anyhow::Result;
use std::fmt::Write;

const MODES: &[(&str, &str)] =
    &[("by message, as in the SDK", rtos::BY_MESSAGE), ("under the core lock", rtos::UNDER_LOCK)];

/// Builds and measures, in words.
pub(crate) fn measure(bench: &mut Bench<'_>) -> Result<String> {
    let sources = Sources::find(bench.workspace, bench.log)?;
    let mut text = INTRODUCTION.to_owned();
    let mut heap = Vec::new();
    for &(mode, lock) in MODES {
        let mut build = |program| {
            let firmware = Firmware::new(program, lock);
            sources.build(bench.workspace, bench.log, firmware)
        };
        let (post_server, echo_server) = (build("http_server_post")?, build("websocket_server")?);
        let cost = bench.in_c(post_server.clone(), echo_server.clone())?.map(grouped);
        _ = writeln!(text, "| this library in C, lwIP asked {mode} | {} |", cost.join(" | "));
        if lock == rtos::BY_MESSAGE {
            heap = bench.heap_in_c(post_server, echo_server)?.into();
        }
    }
    text.push_str(PEERS);
    text.push_str(HEAP);
    for (growth, (name, peers)) in heap.iter().zip(HEAP_ROWS) {
        text += &growth_row(name, growth, peers);
    }
    text.push('\n');
    text.push_str(HANDSHAKES);
    for (place, has_worker) in [("the same task", false), ("a task of their own", true)] {
        let [pass, stack, worker] = of_handshakes(bench, &sources, has_worker)?;
        _ = writeln!(text, "| {place} | {pass} | {stack} | {worker} |");
    }
    text.push('\n');
    Ok(text)
}

/// The longest pass while clients connect, and what both tasks had of their stacks.
fn of_handshakes(bench: &mut Bench<'_>, sources: &Sources, has_worker: bool) -> Result<[String; 3]> {
    let plain = Firmware::new("websocket_server", rtos::BY_MESSAGE).over_tls();
    let secure = if has_worker { plain.with_worker() } else { plain };
    let (workspace, log) = (bench.workspace, &mut *bench.log);
    let firmware = sources.build(workspace, log, secure)?;
    let boot = Boot { counts_instructions: true, ..Boot::new(firmware) };
    let mut emulator = capi::boot_secure_page(workspace, log, boot, "404")?;
    emulator.start_anew()?;
    let chain = workspace.certificate();
    let options = [&*chain.to_string_lossy(), CLIENTS];
    python::run(workspace, log, "c_secure.py", emulator.address(), &options)?;
    let report = emulator.quit()?;
    let worker = report.worker_stack_peak.map(grouped).unwrap_or_default();
    Ok([grouped(report.longest_pass()), grouped(report.stack_peak), worker])
}

const INTRODUCTION: &str = "### Instructions on FreeRTOS\n\n\
     Programs of `examples/c` in a task, lwIP 2.1.3 in its own thread with the checksum of this library, frames from a third: for each request,\n\
     measured in the same way, the system's tick of 1 kHz included. GET: the page of `http_server_post.c`. What is said of others was\n\
     measured before this project began, with a page of 13 bytes and without the tick. Stack: the most that the task had in use which calls\n\
     `lws_service`, in bytes.\n\n\
     | server | GET, new connection | GET, keep-alive | echo 125 B | stack |\n\
     | --- | ---: | ---: | ---: | ---: |\n";

/// So many connect at once; virtual time is short.
const CLIENTS: &str = "2";

const HEAP: &str = "Heap of their idle connections, bytes, lwIP's share and newlib's overhead included; each has its `struct lws` and the session of its\n\
     protocol, which takes 4,160 of the bytes of `http_server_post.c`: a form is kept there.\n\n\
     | idle connections | 1 | 8 | 20 | each | fixed | peers, each |\n\
     | --- | ---: | ---: | ---: | ---: | ---: | --- |\n";

const HEAP_ROWS: [(&str, &str); 2] = [
    ("`http_server_post.c`, keep-alive", "libwebsockets 1.7 K, without a session"),
    ("`websocket_server.c`, WebSocket", "libwebsockets 10.2 K"),
];

const HANDSHAKES: &str = "\
`websocket_server.c` over TLS 1.3, lwIP asked by message, while two clients connect at once: the longest time in which `lws_service` serves nobody, in\n\
instructions, and what both tasks had of their stacks in use, in bytes.\n\n\
| handshakes are done by | longest pass | stack, `lws_service` | stack, handshakes |\n\
| --- | ---: | ---: | ---: |\n";

const PEERS: &str = "| lwIP raw API in C, no core lock (experiment; plain TCP) | 24,960 | 12,490 | 8,980 |  |\n\
     | libwebsockets 4.3.3, no core lock (experiment) | 140,300 | 57,600 | 33,900 |  |\n\n";
