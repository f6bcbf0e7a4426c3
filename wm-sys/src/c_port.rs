//! The platform as a C firmware supplies it: the functions of `include/wm_port.h`.
//!
//! Critical sections are C's as soon as the feature is on. Clock, entropy, wait, wake and log are C's after
//! [`install`].

use core::ffi::{c_char, c_int, c_void};
use core::fmt::{self, Write};
use core::time::Duration;

use critical_section::RawRestoreState;
use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::time::whole_millis;
use crate::{AlreadyInstalled, EntropyError, Instant, Platform};

unsafe extern "C" {
    safe fn wm_port_now() -> u64;
    safe fn wm_port_unix_time() -> i64;
    fn wm_port_entropy(bytes: *mut c_void, length: usize) -> c_int;
    safe fn wm_port_wait(timeout: u32);
    safe fn wm_port_wake();
    fn wm_port_protect() -> u32;
    fn wm_port_unprotect(state: u32);
    fn wm_port_log(level: c_int, line: *const c_char, length: usize);
}

/// Longest line that goes to `wm_port_log`, in bytes; the rest of a longer one is cut off.
pub const LOG_LINE: usize = 160;

/// The C firmware as a platform and as a sink for [`log`].
#[derive(Clone, Copy, Debug)]
pub struct CPort;

static C_PORT: CPort = CPort;

/// Makes the C functions this program's platform and, unless it has one already, its logger at `level`.
///
/// # Errors
/// [`AlreadyInstalled`] when another platform, or this one, was installed before.
pub fn install(level: LevelFilter) -> Result<(), AlreadyInstalled> {
    crate::install(&C_PORT)?;
    // Chips without compare-and-swap have no `log::set_logger`, only its unsynchronised twin.
    let logging = critical_section::with(|_| {
        // SAFETY: the critical section keeps everybody else from setting a logger or a level meanwhile.
        unsafe { log::set_logger_racy(&C_PORT).map(|()| log::set_max_level_racy(level)) }
    });
    if logging.is_err() {
        log::debug!("a logger is set already, wm_port_log stays unused");
    }
    Ok(())
}

impl Platform for CPort {
    fn now(&self) -> Instant {
        Instant::from_millis(wm_port_now())
    }

    fn unix_time(&self) -> Option<u64> {
        u64::try_from(wm_port_unix_time()).ok()
    }

    fn entropy(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        // SAFETY: pointer and length are those of a live slice that C may write.
        match unsafe { wm_port_entropy(bytes.as_mut_ptr().cast(), bytes.len()) } {
            0 => Ok(()),
            _ => Err(EntropyError::Unavailable),
        }
    }

    fn wait(&self, timeout: Duration) {
        wm_port_wait(u32::try_from(whole_millis(timeout)).unwrap_or(u32::MAX));
    }

    fn wait_milliseconds(&self, timeout: u32) {
        wm_port_wait(timeout);
    }

    fn wake(&self) {
        wm_port_wake();
    }
}

struct CriticalSection;

critical_section::set_impl!(CriticalSection);

// SAFETY: `wm_port.h` promises that protect and unprotect exclude every other caller and nest.
unsafe impl critical_section::Impl for CriticalSection {
    unsafe fn acquire() -> RawRestoreState {
        // SAFETY: any context; the caller pairs it with a release.
        unsafe { wm_port_protect() }
    }

    unsafe fn release(state: RawRestoreState) {
        // SAFETY: `state` is what the paired `acquire` returned.
        unsafe { wm_port_unprotect(state) }
    }
}

impl Log for CPort {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true // the level was checked against the maximum already
    }

    fn log(&self, record: &Record<'_>) {
        let mut line = Line::default();
        // Fails when the line is full: what fits is logged.
        let _ = write!(line, "{}: {}", record.target(), record.args());
        line.log(record.level());
    }

    fn flush(&self) {}
}

/// As `enum wm_port_log_level` numbers them.
fn level_number(level: Level) -> c_int {
    match level {
        Level::Error => 1,
        Level::Warn => 2,
        Level::Info => 3,
        Level::Debug => 4,
        Level::Trace => 5,
    }
}

/// A line of log under construction, on the stack: logging takes no heap.
struct Line {
    bytes: [u8; LOG_LINE + 1],
    length: usize,
}

impl Default for Line {
    fn default() -> Self {
        Self { bytes: [0; LOG_LINE + 1], length: 0 }
    }
}

/// Logs a line that is composed already, in pieces: what of it fits.
///
/// ```no_run
/// wm_sys::c_port::log_line(log::Level::Info, &[b"pump: ", b"on"]);
/// ```
pub fn log_line(level: Level, pieces: &[&[u8]]) {
    let mut line = Line::default();
    pieces.iter().for_each(|piece| line.push(piece));
    line.log(level);
}

impl Line {
    /// Appends what fits.
    fn push(&mut self, piece: &[u8]) {
        let fits = piece.len().min(LOG_LINE - self.length);
        self.bytes[self.length..self.length + fits].copy_from_slice(&piece[..fits]);
        self.length += fits;
    }

    fn log(&self, level: Level) {
        let line = self.terminated();
        // SAFETY: pointer and length are those of a live slice that ends with the zero byte.
        unsafe { wm_port_log(level_number(level), line.as_ptr().cast(), line.len() - 1) };
    }

    /// The line with the zero byte that C expects behind it.
    fn terminated(&self) -> &[u8] {
        &self.bytes[..=self.length]
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let fits = text.floor_char_boundary(LOG_LINE - self.length);
        self.push(&text.as_bytes()[..fits]);
        if fits < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}
