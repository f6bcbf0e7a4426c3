//! What the library costs on the W800's processor: flash by owner, instructions for each request.

use super::{Firmware, Workbench};
use crate::board::clients::{Echo, Http};
use crate::board::flash;
use crate::board::measure::{Counter, per_request};
use crate::board::owner::{Owner, Owners};
use crate::board::program::Program;
use crate::results::grouped;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::thread;
use std::time::Duration;

const HANDSHAKES: u64 = 4;
/// For what the last connection leaves behind.
const SETTLE: Duration = Duration::from_millis(600);

/// Whose flash is told; newlib and what drives the simulator's devices are not of interest.
const OWNERS: [Owner; 7] =
    [Owner::Capi, Owner::Library, Owner::Tls, Owner::Crates, Owner::Core, Owner::Lwip, Owner::MbedTls];

/// Builds and measures, in words.
pub(crate) fn measure(bench: &mut Workbench<'_>) -> Result<String> {
    let mut text = FLASH.to_owned();
    let mut images = BTreeMap::new();
    for firmware in Firmware::ALL {
        let package = bench.library(firmware.is_secure)?;
        let image = bench.build(firmware, &package)?;
        _ = writeln!(text, "| {} | {} |", firmware.title(), flash_of(bench, &image)?.join(" | "));
        images.insert(firmware.name(), image);
    }
    let image = |name: &str| images.get(name).with_context(|| format!("there is no firmware {name}"));
    let mut stack = Vec::new();
    let (post, echo) = (image("http_server_post")?, image("websocket_server")?);
    let requests = requests(bench, post, echo, &mut stack)?.map(grouped);
    let handshakes = handshakes(bench, image("websocket_server-tls")?, &mut stack)?.map(grouped);
    let requests = [&requests[..], &handshakes[..]].concat().join(" | ");
    let stack: Vec<String> = stack.into_iter().map(grouped).collect();
    _ = write!(text, "{INSTRUCTIONS}| {requests} |\n\n{STACK}| {} |\n\n", stack.join(" | "));
    Ok(text)
}

fn flash_of(bench: &mut Workbench<'_>, image: &Path) -> Result<Vec<String>> {
    let program = Program::read_by(bench.binutils("objdump"), bench.log, image)?;
    let shares = flash::flash(bench.workspace, &program, &Owners::new(bench.workspace))?;
    let of = |owner: &Owner| shares.get(owner).copied().unwrap_or(0);
    let all = shares.values().sum();
    Ok(OWNERS.iter().map(of).chain([all]).map(grouped).collect())
}

/// GET on a new connection, GET on a kept one, and an echo of 125 bytes; and the stack of both.
fn requests(bench: &mut Workbench<'_>, post: &Path, echo: &Path, stack: &mut Vec<u64>) -> Result<[u64; 3]> {
    let mut chip = bench.boot(post, false)?;
    let address = chip.address();
    let mut client = Http::connect(address)?;
    let keep_alive = per_request(&mut chip, || client.exchange("/"))?;
    let new = per_request(&mut chip, || Http::get_once(address, "/"))?;
    stack.push(chip.stack()?);
    let mut chip = bench.boot(echo, false)?;
    let mut client = Echo::open(chip.address(), "/")?;
    let echo = per_request(&mut chip, || client.echo(125))?;
    stack.push(chip.stack()?);
    Ok([new, keep_alive, echo])
}

/// A whole connection over TLS 1.3 with a GET, which agrees on a key by X25519, and by P-256; and the stack. The certificate is on P-256.
fn handshakes(bench: &mut Workbench<'_>, image: &Path, stack: &mut Vec<u64>) -> Result<[u64; 2]> {
    let mut chip = bench.boot(image, true)?;
    let url = format!("https://{}/", chip.address().authority());
    let mut measure = |curve: &str| {
        let mut connect = || {
            let mut curl = bench.workspace.command("curl");
            curl.args([
                "--silent",
                "--insecure",
                "--tlsv1.3",
                "--curves",
                curve,
                "--output",
                "/dev/null",
                &url,
            ]);
            bench.log.run(&mut curl)
        };
        connect()?;
        thread::sleep(SETTLE);
        chip.restart()?;
        (0..HANDSHAKES).try_for_each(|_| connect())?;
        anyhow::Ok(chip.instructions()? / HANDSHAKES)
    };
    let cost = [measure("X25519")?, measure("P-256")?];
    stack.push(chip.stack()?);
    Ok(cost)
}

/// What a reader has to know, and the head of the first table.
const FLASH: &str = "### The W800's processor\n\n\
     Programs of `examples/c` for a C-SKY XT804 (`component/csky-unknown-none-elf.json`): Rust by rustc's own LLVM, C by gcc 12; lwIP with the\n\
     `lwipopts.h` of this repository, no operating system. LLVM's code is a quarter larger here than for Thumb-2. Bytes of flash:\n\n\
     | program | C API | servers and clients | TLS sessions | crates that they depend on | core and alloc | lwIP | Mbed TLS | all of the firmware |\n\
     | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n";

const INSTRUCTIONS: &str = "\n\
     Instructions for each request, counted by `tests/w800/simulator`, timers of lwIP included:\n\n\
     | GET, new connection | GET, keep-alive | echo 125 B | GET over TLS 1.3, new connection, X25519 | the same, P-256 |\n\
     | ---: | ---: | ---: | ---: | ---: |\n";

const STACK: &str = "\
     Bytes of stack in use at most meanwhile:\n\n\
     | `http_server_post.c` | `websocket_server.c` | `websocket_server.c`, TLS |\n\
     | ---: | ---: | ---: |\n";
