//! Clock, entropy, wait and wake: the trait, the one installed implementation, and the ways to reach it.

use core::cell::Cell;
use core::error::Error;
use core::fmt;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;

use crate::Instant;

/// What the machine supplies. Implement it once for a board and [`install`] it before anything else runs.
///
/// ```no_run
/// use core::time::Duration;
/// use wm_sys::{EntropyError, Instant, Platform};
///
/// struct Board;
///
/// impl Platform for Board {
///     fn now(&self) -> Instant {
///         Instant::from_millis(42) // the system tick, in milliseconds
///     }
///     fn unix_time(&self) -> Option<u64> {
///         None // no real-time clock, and nobody has told it the time
///     }
///     fn entropy(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
///         bytes.fill(0x5a); // the hardware's random number generator
///         Ok(())
///     }
///     fn wait(&self, _timeout: Duration) {} // wait-for-interrupt, or a semaphore of the RTOS
///     fn wake(&self) {} // gives that semaphore
/// }
///
/// static BOARD: Board = Board;
/// wm_sys::install(&BOARD).expect("installed once, first thing in main");
/// ```
pub trait Platform: Sync {
    /// Time since the platform started. Never goes backwards. From any context, interrupts included.
    fn now(&self) -> Instant;

    /// Seconds since 1970-01-01 00:00:00 UTC, or `None` while nobody has told the device. May jump.
    fn unix_time(&self) -> Option<u64>;

    /// Somebody tells the time, a server on the network for example: [`unix_time`](Self::unix_time) goes on from there. A platform whose
    /// clock is its own business ignores it. From any task, that of lwIP among them.
    fn set_unix_time(&self, seconds: u64) {
        let _ = seconds;
    }

    /// Fills `bytes` with cryptographically secure random bytes, all of them or none.
    ///
    /// Sequence numbers, WebSocket masks and TLS keys come from here. Must not block for longer than the
    /// hardware takes. From tasks, and from two at the same time where TLS handshakes have one of their own.
    ///
    /// # Errors
    /// [`EntropyError::Unavailable`] when the source failed; `bytes` is then unspecified.
    fn entropy(&self, bytes: &mut [u8]) -> Result<(), EntropyError>;

    /// Sleeps until [`wake`](Self::wake) or until `timeout` has passed; may return early for no reason.
    ///
    /// A `wake` since the last `wait` ends the next one at once, so that none is lost between "nothing to do"
    /// and "sleep". Only the application's task waits: one caller at a time, never in an interrupt.
    fn wait(&self, timeout: Duration);

    /// The same in milliseconds, which is what the server asks for, and timers of small systems count: implemented there, it spares them a
    /// [`Duration`] and its divisions for every request.
    fn wait_milliseconds(&self, timeout: u32) {
        self.wait(Duration::from_millis(timeout.into()));
    }

    /// Ends the current [`wait`](Self::wait), or the next. From any thread or interrupt; does not block.
    fn wake(&self);
}

/// Another platform was installed before: a program has one, as it has one logger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlreadyInstalled;

impl fmt::Display for AlreadyInstalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a platform is installed already; install one, once, at start-up")
    }
}

impl Error for AlreadyInstalled {}

/// Why there are no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntropyError {
    /// No platform is installed: call [`install`] first.
    NoPlatform,
    /// The platform's source failed or is not ready: do without, or try again later; never invent bytes.
    Unavailable,
}

impl fmt::Display for EntropyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPlatform => "no entropy: no platform is installed",
            Self::Unavailable => "no entropy: the platform's source failed",
        })
    }
}

impl Error for EntropyError {}

/// Written once and read often, the clock alone several times for each request: therefore readers need no critical section.
struct Installed {
    /// The platform is there, and stays as it is.
    is_set: AtomicBool,
    platform: Cell<MaybeUninit<&'static dyn Platform>>,
}

// SAFETY: the cell is written in a critical section before `is_set`, once, and read by others only after they have seen that.
unsafe impl Sync for Installed {}

static INSTALLED: Installed =
    Installed { is_set: AtomicBool::new(false), platform: Cell::new(MaybeUninit::uninit()) };

/// Makes `platform` the one that every function of this crate reaches, until the program ends.
///
/// # Errors
/// [`AlreadyInstalled`] when there is one already; that one stays.
pub fn install(platform: &'static dyn Platform) -> Result<(), AlreadyInstalled> {
    critical_section::with(|_| {
        if INSTALLED.is_set.load(Ordering::Relaxed) {
            return Err(AlreadyInstalled);
        }
        INSTALLED.platform.set(MaybeUninit::new(platform));
        INSTALLED.is_set.store(true, Ordering::Release);
        Ok(())
    })
}

/// Time since the platform started; [`Instant::ZERO`] before [`install`].
pub fn now() -> Instant {
    installed().map_or(Instant::ZERO, Platform::now)
}

/// Seconds since 1970-01-01 00:00:00 UTC; `None` while unknown and before [`install`].
pub fn unix_time() -> Option<u64> {
    installed().and_then(Platform::unix_time)
}

/// Tells the platform the time, in seconds since 1970-01-01 00:00:00 UTC; nobody before [`install`].
pub fn set_unix_time(seconds: u64) {
    if let Some(platform) = installed() {
        platform.set_unix_time(seconds);
    }
}

/// Fills `bytes` with cryptographically secure random bytes.
///
/// # Errors
/// [`EntropyError::NoPlatform`] before [`install`], otherwise what [`Platform::entropy`] says.
pub fn entropy(bytes: &mut [u8]) -> Result<(), EntropyError> {
    installed().ok_or(EntropyError::NoPlatform)?.entropy(bytes)
}

/// Sleeps until [`wake`] or until `timeout` has passed, or less; returns at once before [`install`].
pub fn wait(timeout: Duration) {
    if let Some(platform) = installed() {
        platform.wait(timeout);
    }
}

/// [`wait`] in milliseconds.
pub fn wait_milliseconds(timeout: u32) {
    if let Some(platform) = installed() {
        platform.wait_milliseconds(timeout);
    }
}

/// Ends the current [`wait`], or the next; from any thread or interrupt. Does nothing before [`install`].
pub fn wake() {
    if let Some(platform) = installed() {
        platform.wake();
    }
}

fn installed() -> Option<&'static dyn Platform> {
    if !INSTALLED.is_set.load(Ordering::Acquire) {
        return None;
    }
    // SAFETY: it is set, and was written before.
    Some(unsafe { INSTALLED.platform.get().assume_init() })
}
