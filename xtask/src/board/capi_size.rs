//! What the C API costs a firmware whose programs are in C: flash by owner.

use crate::board::flash;
use crate::board::owner::{Owner, Owners};
use crate::board::program::Program;
use crate::log::Log;
use crate::results::grouped;
use crate::rtos::{self, Firmware, Sources};
use crate::workspace::Workspace;
use anyhow::Result;
use std::fmt::Write;

/// What is left out of the library.
type Variant = fn(Firmware) -> Firmware;

/// The documented programs, of `examples/c`, and what is left out of the library for some.
const PROGRAMS: &[(&str, &str, Variant)] = &[
    ("websocket_server", "", |firmware| firmware),
    ("http_server_post", "", |firmware| firmware),
    ("websocket_client", "", |firmware| firmware),
    ("websocket_client", ", library for clients only", Firmware::for_clients_only),
    ("websocket_server", ", library without log lines", Firmware::without_log),
    ("http_server_post", ", library without log lines", Firmware::without_log),
    ("websocket_client", ", both", |firmware| firmware.for_clients_only().without_log()),
];

/// Builds and measures, in words.
pub(crate) fn measure(workspace: &Workspace, log: &mut Log) -> Result<String> {
    let (sources, owners) = (Sources::find(workspace, log)?, Owners::new(workspace));
    let mut text = INTRODUCTION.to_owned();
    for (name, note, variant) in PROGRAMS {
        let firmware = variant(Firmware::new(name, rtos::BY_MESSAGE));
        let firmware = sources.build(workspace, log, firmware)?;
        let program = Program::read(workspace, log, &firmware)?;
        log.note(format_args!(
            "{name}: bytes of the C API by file: {:#?}",
            flash::by_file(&program, &owners, Owner::Capi)?
        ))?;
        let shares = flash::flash(workspace, &program, &owners)?;
        let bytes = |owner| shares.get(&owner).copied().unwrap_or(0);
        let [capi, library, crates, core] =
            [Owner::Capi, Owner::Library, Owner::Crates, Owner::Core].map(bytes).map(grouped);
        let all = grouped(shares.values().sum());
        _ = writeln!(text, "| `{name}.c`{note} | **{capi}** | {library} | {crates} | {core} | {all} |");
    }
    Ok(text + "\n")
}

const INTRODUCTION: &str = "### The C API\n\n\
     Programs of `examples/c` as firmware on FreeRTOS with lwIP 2.1.3, the library built by `component/` without TLS: bytes of flash. What a\n\
     program does not call, the linker drops.\n\n\
     | program | C API | servers and clients | crates that they depend on | core and alloc | all of the firmware |\n\
     | --- | ---: | ---: | ---: | ---: | ---: |\n";
