//! What a request costs where products have it: programs in C as tasks of FreeRTOS, lwIP in its own thread.

use crate::board::measure::Bench;
use crate::judges::capi;
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
    for &(mode, lock) in MODES {
        let mut build = |program| {
            let firmware = Firmware::new(program, lock);
            sources.build(bench.workspace, bench.log, firmware)
        };
        let (post_server, echo_server) = (build("http_server_post")?, build("websocket_server")?);
        let cost = bench.in_c(post_server, echo_server)?.map(grouped);
        _ = writeln!(text, "| this library in C, lwIP asked {mode} | {} |", cost.join(" | "));
    }
    let mut stack = 0;
    for &(program, page, script) in rtos::SECURE_SERVERS {
        let secure = Firmware::new(program, rtos::BY_MESSAGE).over_tls();
        let firmware = sources.build(bench.workspace, bench.log, secure)?;
        let report = capi::boot_secure(bench.workspace, bench.log, firmware, page, script)?;
        stack = report.stack_peak.max(stack);
    }
    let stack = grouped(stack);
    _ = writeln!(text, "| the same over TLS 1.3, lwIP asked by message |  |  |  | {stack} |");
    Ok(text + PEERS)
}

const INTRODUCTION: &str = "### Instructions on FreeRTOS\n\n\
     Programs of `examples/c` in a task, lwIP 2.1.3 in its own thread with the checksum of this library, frames from a third: for each request,\n\
     measured in the same way, the system's tick of 1 kHz included. GET: the page of `http_server_post.c`. What is said of others was\n\
     measured before this project began, with a page of 13 bytes and without the tick. Stack: the most that the task had in use which calls\n\
     `lws_service`, in bytes.\n\n\
     | server | GET, new connection | GET, keep-alive | echo 125 B | stack |\n\
     | --- | ---: | ---: | ---: | ---: |\n";

const PEERS: &str = "| lwIP raw API in C, no core lock (experiment; plain TCP) | 24,960 | 12,490 | 8,980 |  |\n\
     | libwebsockets 4.3.3, no core lock (experiment) | 140,300 | 57,600 | 33,900 |  |\n\n";
