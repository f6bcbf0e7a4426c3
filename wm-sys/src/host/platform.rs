//! This machine as the platform.

use core::fmt;
use core::time::Duration;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use polling::{Event, Events, PollMode, Poller};
use rustix::event::{PollFd, PollFlags, Timespec};

use crate::{EntropyError, Instant, Platform};

/// The clock, the entropy and the event queue of this machine. [`install`] makes the only one.
pub struct HostPlatform {
    started: std::time::Instant,
    poller: Poller,
    /// Room for what a wait reports; the lock keeps a second waiting thread out.
    events: Mutex<Events>,
}

/// Makes this machine the program's platform; further calls return the same one.
///
/// # Panics
/// When another platform (a [`VirtualPlatform`](super::VirtualPlatform), say) is installed already, and when the
/// kernel has no descriptor left for an event queue.
pub fn install() -> &'static HostPlatform {
    static PLATFORM: OnceLock<HostPlatform> = OnceLock::new();
    static INSTALLED: OnceLock<()> = OnceLock::new();

    let platform = PLATFORM.get_or_init(HostPlatform::new);
    INSTALLED.get_or_init(|| crate::install(platform).expect("this program has another platform already"));
    platform
}

impl HostPlatform {
    fn new() -> Self {
        Self {
            started: std::time::Instant::now(),
            poller: Poller::new().expect("the kernel has an event queue to give"),
            events: Mutex::new(Events::new()),
        }
    }

    /// Lets `source` end a wait as long as it has something to read.
    ///
    /// # Safety
    /// `source` stays open until [`unwatch`](Self::unwatch).
    pub(super) unsafe fn watch(&self, source: BorrowedFd<'_>) -> io::Result<()> {
        // SAFETY: the caller keeps the descriptor open until it is deleted from the poller.
        unsafe { self.poller.add_with_mode(source.as_raw_fd(), Event::readable(0), PollMode::Level) }
    }

    /// Ends what [`watch`](Self::watch) began.
    pub(super) fn unwatch(&self, source: BorrowedFd<'_>) {
        if let Err(error) = self.poller.delete(source) {
            log::warn!("cannot take a network device off the event queue: {error}");
        }
    }
}

impl fmt::Debug for HostPlatform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostPlatform").field("now", &self.now()).finish_non_exhaustive()
    }
}

impl Platform for HostPlatform {
    fn now(&self) -> Instant {
        Instant::ZERO + self.started.elapsed()
    }

    fn unix_time(&self) -> Option<u64> {
        Some(SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs())
    }

    fn entropy(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(bytes).map_err(|_| EntropyError::Unavailable)
    }

    fn wait(&self, timeout: Duration) {
        // `Poller::wait` begins again after a signal. A program whose handler wants it to stop would not notice.
        let signalled_or_late = {
            let timeout = Timespec::try_from(timeout).ok();
            let mut ready = [PollFd::new(&self.poller, PollFlags::IN)];
            !matches!(rustix::event::poll(&mut ready, timeout.as_ref()), Ok(1..))
        };
        if signalled_or_late {
            return;
        }
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.clear();
        if let Err(error) = self.poller.wait(&mut events, Some(Duration::ZERO)) {
            log::warn!("waiting for events failed: {error}");
        }
    }

    fn wake(&self) {
        if let Err(error) = self.poller.notify() {
            log::warn!("waking the event queue failed: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn install_is_idempotent() {
        assert!(core::ptr::eq(install(), install()));
    }

    #[test]
    fn a_wake_before_the_wait_is_not_lost() {
        let platform = HostPlatform::new();
        platform.wake();
        platform.wait(Duration::MAX); // returns, or this test hangs
    }

    #[test]
    fn a_wake_from_another_thread_ends_the_wait() {
        let platform = HostPlatform::new();
        std::thread::scope(|scope| {
            scope.spawn(|| platform.wake());
            platform.wait(Duration::MAX);
        });
    }

    #[test]
    fn waiting_takes_its_time_and_the_clock_notices() {
        let platform = HostPlatform::new();
        let start = platform.now();
        platform.wait(Duration::from_millis(20));
        assert!(platform.now() >= start + Duration::from_millis(20));
    }

    #[test]
    fn entropy_differs_from_call_to_call() {
        let platform = HostPlatform::new();
        let (mut first, mut second) = ([0; 16], [0; 16]);
        platform.entropy(&mut first).unwrap();
        platform.entropy(&mut second).unwrap();
        assert_ne!(first, second);
    }
}
