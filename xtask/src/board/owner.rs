//! Whose code is at an address.

use crate::board::program::{Frame, NO_SOURCE};
use crate::workspace::Workspace;
use std::fmt;
use std::path::PathBuf;

/// The parts of a firmware, in the order of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    /// `src/` of this repository.
    Library,
    /// `src/tls/` of it.
    Tls,
    /// `src/capi/` of it.
    Capi,
    /// Mbed TLS, what binds it, and `gcm/`, which stands in for a part of it.
    MbedTls,
    /// The crates that it depends on: nom, SHA-1, base64 and what these need.
    Crates,
    /// Rust's core and alloc, as far as they are functions of their own.
    Core,
    /// 64-bit division; where no C library is linked, memcpy and its kin.
    Builtins,
    /// The compiler's C library, newlib, for its memcpy; with TLS also a small one in Rust.
    Libc,
    /// lwip-sys and wm-sys: how lwIP meets the platform.
    Port,
    /// lwIP.
    Lwip,
    /// The example, its page included.
    Application,
    /// The board crate, and the crates that only it needs.
    Board,
}

impl Owner {
    pub(crate) const ALL: [Self; 12] = [
        Self::Library,
        Self::Tls,
        Self::Capi,
        Self::MbedTls,
        Self::Crates,
        Self::Core,
        Self::Builtins,
        Self::Libc,
        Self::Port,
        Self::Lwip,
        Self::Application,
        Self::Board,
    ];
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Library => "wm-websockets: HTTP and WebSocket server",
            Self::Tls => "wm-websockets: TLS sessions",
            Self::Capi => "wm-websockets: C API",
            Self::MbedTls => "Mbed TLS",
            Self::Crates => "nom, SHA-1, base64 and what they need",
            Self::Core => "Rust's core and alloc, not inlined",
            Self::Builtins => "compiler_builtins: division",
            Self::Libc => "libc: memcpy and its kin, `strcmp` for `httpd`",
            Self::Port => "lwip-sys, wm-sys: port and hooks",
            Self::Lwip => "lwIP",
            Self::Application => "application, its page included",
            Self::Board => "board: driver, heap, clock, console, faults",
        })
    }
}

/// Crates that the board brings.
const BOARD_CRATES: &[&str] =
    &["cortex-m", "semihosting", "talc", "derive-mmio", "allocator-api2", "bare-metal", "volatile-register"];

/// Crates that lwip-sys and wm-sys bring.
const PORT_CRATES: &[&str] = &["siphasher"];

/// Knows owners by the path of the source.
pub(crate) struct Owners {
    root: PathBuf,
}

impl Owners {
    pub(crate) fn new(workspace: &Workspace) -> Self {
        Self { root: workspace.root().to_path_buf() }
    }

    /// Whose the source at `path` is. `None`: code that serves whoever calls it.
    pub(crate) fn of_path(&self, path: &str) -> Option<Owner> {
        if ["/library/", "/critical-section-", "/log-", "/rustc/"].iter().any(|part| path.contains(part)) {
            return None;
        }
        if let Ok(inner) = std::path::Path::new(path).strip_prefix(&self.root) {
            return Some(Self::of_our_path(&inner.to_string_lossy()));
        }
        let is_of = |names: &[&str]| names.iter().any(|name| path.contains(&format!("/{name}-")));
        Some(match () {
            () if path == NO_SOURCE || is_of(&["mbedtls-rs-sys"]) => Owner::MbedTls,
            () if is_of(&["tinyrlibc"]) => Owner::Libc,
            () if is_of(BOARD_CRATES) => Owner::Board,
            () if is_of(PORT_CRATES) || path.contains("/out/") => Owner::Port,
            () if path.contains("newlib") => Owner::Libc,
            () if path.contains("/FreeRTOS-Kernel/") => Owner::Board,
            () if path.ends_with(".c") || path.ends_with(".h") => Owner::Lwip,
            // The compiler itself: what starts `main`.
            () if !path.contains('/') => Owner::Board,
            () => Owner::Crates,
        })
    }

    fn of_our_path(path: &str) -> Owner {
        match path {
            _ if path.starts_with("src/tls/") => Owner::Tls,
            _ if path.starts_with("src/capi/") => Owner::Capi,
            _ if path.starts_with("src/") => Owner::Library,
            _ if path.starts_with("gcm/") => Owner::MbedTls,
            _ if path.starts_with("lwip-sys/") || path.starts_with("wm-sys/") => Owner::Port,
            _ if path.contains("/lwip-source/") => Owner::Lwip,
            _ if path.starts_with("target/xtask/csky/") => Owner::Libc,
            _ if path.starts_with("target/") => Owner::Port,
            _ if path.starts_with("examples/mps2-an385/src/bin/") => Owner::Application,
            _ if path.starts_with("examples/mps2-an385/") || path.starts_with("tests/w800/") => Owner::Board,
            _ => Owner::Application,
        }
    }

    /// The innermost function that is somebody's: what it got inlined from core and alloc counts as its own.
    pub(crate) fn frame<'a>(&self, frames: &'a [Frame]) -> Option<(usize, &'a Frame, Owner)> {
        let mut owned = frames.iter().enumerate().filter_map(|(index, frame)| {
            let owner = self.of_path(&frame.file)?;
            Some((index, frame, owner))
        });
        owned.next()
    }

    /// Whose the code with these frames is; `None` without frames.
    pub(crate) fn of_code(&self, frames: &[Frame]) -> Option<Owner> {
        if let Some((_, _, owner)) = self.frame(frames) {
            return Some(owner);
        }
        let outermost = frames.last()?;
        let is_builtin =
            outermost.file.contains("compiler-builtins") || outermost.file.contains("compiler_builtins");
        Some(if is_builtin { Owner::Builtins } else { Owner::Core })
    }
}
