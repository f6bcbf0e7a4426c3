//! The repository's own commands.
//!
//! `cargo xtask demo` runs the demo device on this machine, `cargo xtask qemu` any example on an emulated board, `cargo xtask
//! test` proves everything, `cargo xtask fuzz` looks for what the tests do not know, `cargo xtask size` and `bench` measure, `cargo xtask audit` has TLS audited. All install what they miss. The steps of `test` are
//! listed in [`steps`]; what other people's tools say about the server is in [`judges`]; firmware is in [`board`].

#![forbid(unsafe_code)]

mod address;
mod ahead;
mod apt;
mod audit;
mod bench;
mod bits32;
mod board;
mod build_errors;
mod capi_facts;
mod cargo;
mod component;
mod cross;
mod csky;
mod demo;
mod fuzz;
mod judges;
mod log;
mod lwip_source;
mod memcheck;
mod process;
mod progress;
mod results;
mod rtos;
mod runner;
mod sanitizers;
mod sdk;
mod server;
mod staticlib;
mod steps;
mod strings;
mod threads;
mod toolchain;
mod tools;
mod w800;
mod workspace;

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use workspace::Workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Commands of the wm-websockets repository")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build and run the demo device: a page, an echo and live counters
    Demo(demo::Options),
    /// Build a firmware, boot it in QEMU and print its URL
    Qemu(board::run::Options),
    /// Measure flash, RAM and instructions of the firmware, and write them to docs/RESULTS.md
    Size(board::size::Options),
    /// Build the C API: library, headers, and files for pkg-config and CMake
    Staticlib(staticlib::Options),
    /// Copy the measured facts that the C header is checked against to tests/capi/facts
    CapiFacts(capi_facts::Options),
    /// Feed a fuzz target random input for an hour, or for as long as you say
    Fuzz(fuzz::Options),
    /// Measure requests, ours and on lwIP's own servers: instructions, heap and rates; write them to docs/RESULTS.md
    Bench(bench::Options),
    /// Have testssl.sh and cryptolyzer look for weaknesses of the demo's TLS; write what they say to docs/RESULTS.md
    Audit(audit::Options),
    /// Run every check, in order; see --list
    Test(runner::Options),
}

fn main() -> ExitCode {
    let workspace = Workspace::find();
    let result = match Arguments::parse().command {
        Command::Demo(options) => demo::run(&workspace, &options),
        Command::Qemu(options) => board::run::run(&workspace, &options),
        Command::Size(options) => board::size::run(&workspace, &options),
        Command::Staticlib(options) => staticlib::run(&workspace, &options),
        Command::CapiFacts(options) => capi_facts::run(&workspace, &options),
        Command::Fuzz(options) => fuzz::run(&workspace, &options),
        Command::Bench(options) => bench::run(&workspace, &options),
        Command::Audit(options) => audit::run(&workspace, &options),
        Command::Test(options) => runner::run(&workspace, &options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
