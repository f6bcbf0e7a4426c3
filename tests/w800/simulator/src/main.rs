//! A W800 on this machine, as far as wm-websockets needs one: the processor of QEMU's that nobody has written.
//!
//! No emulator of C-SKY's is in any package registry; this one shows that what rustc and gcc make of the library for that processor does
//! what it should, with real clients. Flash and RAM are where the chip has them, and as large; the devices are our own ([`board`]). There
//! are no interrupts, and no floating point.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use wm_sys::host::UserNetwork;

mod board;
mod fault;
mod long;
mod memory;
mod processor;
mod short;

use board::Board;
use memory::Memory;
use processor::Processor;

/// Runs firmware for the processor of the W800. A line on the standard input asks how many instructions it has executed, and how
/// much stack it has had in use.
#[derive(Parser)]
struct Arguments {
    /// The firmware, an ELF file
    firmware: PathBuf,
    /// A port of this machine, and the port of the firmware that it leads to: 8080:80. With 0 the port is chosen, and printed
    #[arg(long, value_parser = forward)]
    forward: Vec<(u16, u16)>,
    /// What `main` of the firmware gets behind its name, after --
    #[arg(last = true)]
    arguments: Vec<String>,
}

fn forward(text: &str) -> Result<(u16, u16)> {
    let (here, there) = text.split_once(':').context("two ports with a colon between them")?;
    Ok((here.parse()?, there.parse()?))
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let path = &arguments.firmware;
    let file = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let (memory, entry) = Memory::with_firmware(&file).with_context(|| path.display().to_string())?;
    let network = UserNetwork::start()?;
    for &(here, there) in &arguments.forward {
        let address = network.forward(format!("127.0.0.1:{here}"), there)?;
        let scheme = if there == 443 { "https" } else { "http" };
        println!("listening on {scheme}://{address}");
    }
    let mut processor = Processor::new(memory, Board::new(network, &arguments.arguments), entry);
    let code = processor.run().with_context(|| processor.to_string())?;
    Ok(ExitCode::from(code as u8))
}
