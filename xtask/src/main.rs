//! The repository's own commands.
//!
//! `cargo xtask demo` runs the demo device on this machine, `cargo xtask test` proves everything. Both install what they
//! miss. The steps of `test` are listed in [`steps`]; what other people's tools say about the server is in [`judges`].

#![forbid(unsafe_code)]

mod apt;
mod build_errors;
mod cargo;
mod cross;
mod demo;
mod fuzz;
mod judges;
mod log;
mod lwip_source;
mod process;
mod progress;
mod runner;
mod server;
mod steps;
mod tools;
mod workspace;

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use workspace::Workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Commands of the wm-websockets repository")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build and run the demo device: a page, an echo and live counters
    Demo(demo::Options),
    /// Run every check, in order; see --list
    Test(runner::Options),
}

fn main() -> ExitCode {
    let workspace = Workspace::find();
    let result = match Arguments::parse().command {
        Command::Demo(options) => demo::run(&workspace, &options),
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
