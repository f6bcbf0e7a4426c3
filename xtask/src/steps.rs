//! The steps of `cargo xtask test`, in order.

use crate::board::{checks, client, links, panics};
use crate::log::Log;
use crate::tools::{self, Tool};
use crate::tools::{
    ARM_COMPILER, C_COMPILER, CHROMIUM, CLANG, CMAKE, CPP_COMPILER, CURL, DPKG_SOURCE, LIBCLANG,
    LIBWEBSOCKETS, NODE, OPENSSL, PKG_CONFIG, PROXIES, PYTHON, QEMU, RISCV_COMPILER, SLOWHTTPTEST, VALGRIND,
    WRK,
};
use crate::workspace::Workspace;
use crate::{
    bits32, build_errors, cargo, component, cross, fuzz, judges, memcheck, rtos, sanitizers, sdk, threads,
    w800,
};
use anyhow::Result;

/// How a step that did not fail ended.
pub(crate) enum Outcome {
    /// Everything it looks at is as it should be.
    Passed,
    /// It could not be done here; the reason.
    Skipped(String),
}

/// One step: a name to select it by, what it shows, what it needs, and how it is done.
pub(crate) struct Step {
    /// Also the name of its log.
    pub(crate) name: &'static str,
    /// What holds when it passes.
    pub(crate) shows: &'static str,
    /// Installed before the first step runs.
    pub(crate) tools: &'static [&'static Tool],
    /// Does it.
    pub(crate) run: fn(&Workspace, &mut Log) -> Result<Outcome>,
}

/// Every step, cheap ones first; what others can be compiled beside comes late ([`crate::ahead`]).
pub(crate) static STEPS: &[Step] = &[
    Step { name: "fmt", shows: "formatted by rustfmt", tools: &[], run: cargo::fmt },
    Step {
        name: "clippy",
        shows: "no clippy warning",
        tools: &[&C_COMPILER, &CMAKE, &CLANG, &LIBCLANG, &CPP_COMPILER],
        run: cargo::clippy,
    },
    Step { name: "doc", shows: "documentation without warnings", tools: BUILD, run: cargo::doc },
    Step { name: "test", shows: "unit, doc and simulated-wire tests", tools: BUILD, run: cargo::test },
    Step {
        name: "networks",
        shows: "two thousand bad networks, by seed",
        tools: BUILD,
        run: cargo::test_networks,
    },
    Step { name: "ipv6", shows: "the same tests with IPv6", tools: BUILD, run: cargo::test_ipv6 },
    Step {
        name: "lwip-2.1.3",
        shows: "the same tests on the SDK's lwIP",
        tools: &[&C_COMPILER, &CMAKE, &CLANG, &LIBCLANG, &DPKG_SOURCE],
        run: cargo::test_lwip_2_1_3,
    },
    Step {
        name: "32-bit",
        shows: "the tests where a word has 32 bits",
        tools: &[&C_COMPILER, &bits32::MULTILIB, &CMAKE, &CLANG, &LIBCLANG],
        run: bits32::check,
    },
    Step {
        name: "build-errors",
        shows: "what is missing is said in one sentence",
        tools: BUILD,
        run: build_errors::check,
    },
    Step {
        name: "wm-iot-sdk",
        shows: "Rust starts Wi-Fi on the SDK's declarations",
        tools: &[&C_COMPILER, &LIBCLANG],
        run: sdk::check,
    },
    Step {
        name: "capi-header",
        shows: "the C header is libwebsockets'",
        tools: &[&C_COMPILER, &CPP_COMPILER, &LIBCLANG, &ARM_COMPILER],
        run: judges::capi::header,
    },
    Step {
        name: "capi-programs",
        shows: "C programs and their clients, sanitized; valgrind",
        tools: &[&C_COMPILER, &CMAKE, &CURL, &LIBCLANG, &OPENSSL, &PYTHON, &PKG_CONFIG, &VALGRIND],
        run: judges::capi::judge,
    },
    Step {
        name: "capi-examples",
        shows: "libwebsockets' own examples compile unchanged and run",
        tools: &[&C_COMPILER, &LIBCLANG, &DPKG_SOURCE, &CURL, &PYTHON, &PKG_CONFIG],
        run: judges::capi_examples::judge,
    },
    Step {
        name: "component",
        shows: "CMake projects with their own lwIP have it",
        tools: &[&C_COMPILER, &CMAKE, &CLANG, &LIBCLANG, &ARM_COMPILER, &DPKG_SOURCE, &QEMU, &CURL, &PYTHON],
        run: component::check,
    },
    Step {
        name: "capi-kosoku",
        shows: "Autobahn, sections 1 to 10, through C",
        tools: &[&C_COMPILER, &LIBCLANG, &PYTHON, &PKG_CONFIG],
        run: judges::capi::autobahn,
    },
    Step {
        name: "capi-board",
        shows: "a C firmware boots, CMake and no Rust main",
        tools: &[&C_COMPILER, &LIBCLANG, &ARM_COMPILER, &CMAKE, &QEMU, &CURL, &PYTHON],
        run: judges::capi::board,
    },
    Step {
        name: "rtos",
        shows: "C programs boot as tasks of FreeRTOS",
        tools: &[&C_COMPILER, &LIBCLANG, &ARM_COMPILER, &CMAKE, &DPKG_SOURCE, &QEMU, &CURL, &PYTHON],
        run: rtos::check,
    },
    Step {
        name: "threads",
        shows: "lwIP in its own thread: by lock, by message",
        tools: &[&C_COMPILER, &CMAKE, &CURL, &LIBCLANG, &NODE, &OPENSSL, &PYTHON, &PKG_CONFIG, &VALGRIND],
        run: threads::check,
    },
    Step { name: "curl", shows: "curl is served", tools: &[&CURL], run: judges::curl::judge },
    Step {
        name: "python",
        shows: "Python clients are served",
        tools: &[&PYTHON],
        run: judges::python::judge,
    },
    Step {
        name: "opinions",
        shows: "h11 and httptools on the hostile requests",
        tools: &[&PYTHON],
        run: judges::python::second_opinions,
    },
    Step { name: "node", shows: "Node's ws is served", tools: &[&NODE], run: judges::node::judge },
    Step { name: "wrk", shows: "load without socket errors", tools: &[&WRK], run: judges::wrk::judge },
    Step {
        name: "proxies",
        shows: "WebSockets and pages through nginx and HAProxy",
        tools: &[&PROXIES, &PYTHON, &WRK],
        run: judges::proxies::judge,
    },
    Step {
        name: "slow",
        shows: "slow clients hold no place for long",
        tools: &[&SLOWHTTPTEST, &CURL],
        run: judges::slow::judge,
    },
    Step {
        name: "kosoku",
        shows: "every Autobahn case, and compression",
        tools: &[&PYTHON],
        run: judges::kosoku::judge,
    },
    Step {
        name: "kosoku-client",
        shows: "the same cases with our client",
        tools: &[&PYTHON],
        run: judges::kosoku::judge_client,
    },
    Step {
        name: "python-servers",
        shows: "our clients with servers in Python",
        tools: &[&PYTHON],
        run: judges::servers::python,
    },
    Step {
        name: "tls-servers",
        shows: "wss: good certificates, and each bad one",
        tools: &[&OPENSSL, &PYTHON],
        run: judges::servers::tls,
    },
    Step {
        name: "node-server",
        shows: "our client with Node's ws",
        tools: &[&NODE],
        run: judges::servers::node,
    },
    Step {
        name: "libwebsockets",
        shows: "libwebsockets itself, both ways, plain and TLS",
        tools: &[&C_COMPILER, &CURL, &LIBCLANG, &PKG_CONFIG, &LIBWEBSOCKETS],
        run: judges::libwebsockets::judge,
    },
    Step {
        name: "browser",
        shows: "the demo page works in Chromium",
        tools: &[&NODE, &CHROMIUM],
        run: judges::browser::judge,
    },
    Step { name: "tls-curl", shows: "curl over TLS 1.2 and 1.3", tools: &[&CURL], run: judges::tls::curl },
    Step {
        name: "tls-openssl",
        shows: "s_client resumes its sessions",
        tools: &[&OPENSSL],
        run: judges::tls::openssl,
    },
    Step {
        name: "tls-python",
        shows: "Python's websockets over wss",
        tools: &[&PYTHON],
        run: judges::tls::python,
    },
    Step {
        name: "tls-negative",
        shows: "broken TLS gets the right alert",
        tools: &[&PYTHON],
        run: judges::tls::negative,
    },
    Step {
        name: "tls-kosoku",
        shows: "Autobahn, sections 1 to 7, over TLS",
        tools: &[&PYTHON],
        run: judges::tls::kosoku,
    },
    Step {
        name: "tls-browser",
        shows: "the demo page in Chromium by https",
        tools: &[&NODE, &CHROMIUM],
        run: judges::tls::browser,
    },
    Step {
        name: "tls-memory",
        shows: "every allocation of a session fails",
        tools: BUILD,
        run: judges::tls::memory,
    },
    Step {
        name: "cross",
        shows: "compiles for Cortex-M0 to M4 and RISC-V",
        tools: &[&C_COMPILER, &CMAKE, &CLANG, &LIBCLANG, &ARM_COMPILER, &RISCV_COMPILER, &DPKG_SOURCE],
        run: cross::check,
    },
    Step {
        name: "board-build",
        shows: "the firmware builds, and contains only what it has use for",
        tools: FIRMWARE,
        run: links::check,
    },
    Step {
        name: "board-no-std",
        shows: "no std and no libc in the firmware",
        tools: FIRMWARE,
        run: cross::no_std,
    },
    Step {
        name: "board-panics",
        shows: "no panic in the firmware without a reason",
        tools: FIRMWARE,
        run: panics::check,
    },
    Step {
        name: "board-crashes",
        shows: "a firmware that faults fails its step",
        tools: EMULATED,
        run: checks::crashes,
    },
    Step {
        name: "board-clients",
        shows: "curl, Python, 30 clients on the firmware",
        tools: &[&C_COMPILER, &CMAKE, &CLANG, &LIBCLANG, &ARM_COMPILER, &QEMU, &CURL, &PYTHON],
        run: checks::clients,
    },
    Step {
        name: "board-kosoku",
        shows: "Autobahn, sections 1 to 7, on the firmware",
        tools: &[&C_COMPILER, &CMAKE, &CLANG, &LIBCLANG, &ARM_COMPILER, &QEMU, &PYTHON],
        run: checks::kosoku,
    },
    Step {
        name: "board-client",
        shows: "1,000 messages from the firmware, a page to it",
        tools: EMULATED,
        run: client::judge,
    },
    Step {
        name: "board-wss",
        shows: "the same over TLS",
        tools: &[&C_COMPILER, &CMAKE, &CLANG, &LIBCLANG, &ARM_COMPILER, &QEMU, &PYTHON],
        run: client::judge_secure,
    },
    Step {
        name: "board-tls",
        shows: "curl and Autobahn over TLS on the firmware",
        tools: &[&C_COMPILER, &CMAKE, &CLANG, &LIBCLANG, &ARM_COMPILER, &QEMU, &CURL, &PYTHON],
        run: checks::secure,
    },
    Step {
        name: "board-browser",
        shows: "Chromium on the firmware's demo page",
        tools: &[&C_COMPILER, &CMAKE, &CLANG, &LIBCLANG, &ARM_COMPILER, &QEMU, &NODE, &CHROMIUM],
        run: checks::browser,
    },
    Step {
        name: "board-loss",
        shows: "1 % and 10 % of the frames are lost",
        tools: &[&C_COMPILER, &CMAKE, &CLANG, &LIBCLANG, &ARM_COMPILER, &QEMU, &PYTHON],
        run: checks::loss,
    },
    Step {
        name: "board-cycles",
        shows: "10,000 connections leave the heap as it was",
        tools: EMULATED,
        run: checks::cycles,
    },
    Step {
        name: w800::NAME,
        shows: "C firmware on the W800's processor, simulated",
        tools: &[&C_COMPILER, &CPP_COMPILER, &CMAKE, &w800::SOURCES, &w800::LIBCLANG, &DPKG_SOURCE, &PYTHON],
        run: w800::check,
    },
    Step {
        name: "sanitizers",
        shows: "the tests under ASan and UBSan, lwIP included",
        tools: &[&C_COMPILER, &CMAKE, &CLANG, &LIBCLANG],
        run: sanitizers::address_and_undefined,
    },
    Step {
        name: "memcheck",
        shows: "connections under valgrind: no error, no leak",
        tools: &[&C_COMPILER, &CMAKE, &CLANG, &LIBCLANG, &VALGRIND],
        run: memcheck::check,
    },
    Step { name: "fuzz", shows: "each fuzz target for a minute", tools: fuzz::TOOLS, run: fuzz::smoke },
];

/// What every build of the library needs.
const BUILD: &[&Tool] = &[&C_COMPILER, &CMAKE, &CLANG, &LIBCLANG];

/// What building firmware needs.
const FIRMWARE: &[&Tool] = &[&C_COMPILER, &CMAKE, &CLANG, &LIBCLANG, &ARM_COMPILER];

/// What running it needs too.
const EMULATED: &[&Tool] = &[&C_COMPILER, &CMAKE, &CLANG, &LIBCLANG, &ARM_COMPILER, &QEMU];

/// The steps whose names contain one of the `filters`; all without filters.
pub(crate) fn selected(filters: &[String]) -> Vec<&'static Step> {
    let matches =
        |step: &&Step| filters.is_empty() || filters.iter().any(|filter| step.name.contains(filter.as_str()));
    STEPS.iter().filter(matches).collect()
}

/// The step before all others: whatever `steps` need is there, or is installed.
pub(crate) fn install_tools(workspace: &Workspace, log: &mut Log, steps: &[&Step]) -> Result<Outcome> {
    let mut needed: Vec<&Tool> = BUILD.to_vec();
    for tool in steps.iter().flat_map(|step| step.tools) {
        if !needed.iter().any(|known| known.name == tool.name) {
            needed.push(tool);
        }
    }
    tools::ensure(workspace, log, &needed)?;
    Ok(Outcome::Passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(filters: &[&str]) -> Vec<&'static str> {
        let filters: Vec<String> = filters.iter().map(|&filter| filter.to_owned()).collect();
        selected(&filters).iter().map(|step| step.name).collect()
    }

    #[test]
    fn a_filter_selects_by_part_of_the_name() {
        assert_eq!(names(&["lwip"]), ["lwip-2.1.3"]);
        assert_eq!(names(&["wrk", "fmt"]), ["fmt", "wrk"]);
        assert_eq!(names(&[]).len(), STEPS.len());
        assert!(names(&["no such step"]).is_empty());
    }
}
