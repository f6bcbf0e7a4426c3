//! A platform whose time stands still until a simulation moves it.

use core::time::Duration;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

use crate::{EntropyError, Instant, Platform};

/// Virtual time and seeded entropy, for runs that repeat exactly.
///
/// [`wait`](Platform::wait) returns at once: the simulation's own loop decides what happens next and when.
///
/// ```
/// use wm_sys::{Instant, Platform, host::VirtualPlatform};
///
/// let platform = VirtualPlatform::new(7);
/// platform.advance_to(Instant::from_millis(250));
/// assert_eq!(platform.now().as_millis(), 250);
/// ```
#[derive(Debug)]
pub struct VirtualPlatform(Mutex<State>);

#[derive(Debug)]
struct State {
    now: Instant,
    /// Unix time at [`Instant::ZERO`].
    epoch: u64,
    entropy: Xoshiro256PlusPlus,
    /// What [`wake`](Platform::wake) does.
    on_wake: fn(),
}

impl VirtualPlatform {
    /// What [`unix_time`](Platform::unix_time) tells at [`Instant::ZERO`], if nobody tells otherwise: 2023-11-14 22:13:20 UTC.
    pub const EPOCH: u64 = 1_700_000_000;

    /// A platform at [`Instant::ZERO`] whose entropy follows from `seed`.
    pub fn new(seed: u64) -> Self {
        let entropy = Xoshiro256PlusPlus::seed_from_u64(seed);
        Self(Mutex::new(State { now: Instant::ZERO, epoch: Self::EPOCH, entropy, on_wake: || {} }))
    }

    /// Makes a virtual platform the program's platform; further calls return the same one.
    ///
    /// A program has one platform, and so has a test process: tests that install this one take turns, and each
    /// calls [`reseed`](Self::reseed) first.
    ///
    /// # Panics
    /// When another platform is installed already.
    pub fn install() -> &'static Self {
        static PLATFORM: OnceLock<VirtualPlatform> = OnceLock::new();
        static INSTALLED: OnceLock<()> = OnceLock::new();

        let platform = PLATFORM.get_or_init(|| Self::new(0));
        INSTALLED
            .get_or_init(|| crate::install(platform).expect("this program has another platform already"));
        platform
    }

    /// Moves time forward to `now`; a time that has passed already changes nothing.
    pub fn advance_to(&self, now: Instant) {
        let mut state = self.state();
        state.now = state.now.max(now);
    }

    /// As after deep sleep: time begins anew, the date goes on.
    pub fn restart(&self) {
        let mut state = self.state();
        state.epoch += state.now.as_millis() / 1_000;
        state.now = Instant::ZERO;
    }

    /// Lets the entropy follow from `seed` from here on, and forgets what somebody told of the time.
    pub fn reseed(&self, seed: u64) {
        let mut state = self.state();
        state.entropy = Xoshiro256PlusPlus::seed_from_u64(seed);
        state.epoch = Self::EPOCH;
    }

    /// Has [`wake`](Platform::wake) do this from here on: on a device the task that is woken may run before the call returns.
    pub fn on_wake(&self, act: fn()) {
        self.state().on_wake = act;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Platform for VirtualPlatform {
    fn now(&self) -> Instant {
        self.state().now
    }

    fn unix_time(&self) -> Option<u64> {
        let state = self.state();
        Some(state.epoch + state.now.as_millis() / 1_000)
    }

    fn set_unix_time(&self, seconds: u64) {
        let mut state = self.state();
        state.epoch = seconds.saturating_sub(state.now.as_millis() / 1_000);
    }

    fn entropy(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        self.state().entropy.fill_bytes(bytes);
        Ok(())
    }

    fn wait(&self, _timeout: Duration) {}

    fn wake(&self) {
        let act = self.state().on_wake;
        act();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entropy_of(platform: &VirtualPlatform) -> [u8; 16] {
        let mut bytes = [0; 16];
        platform.entropy(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn time_moves_only_forward_and_only_when_told() {
        let platform = VirtualPlatform::new(1);
        platform.wait(Duration::from_secs(3));
        assert_eq!(platform.now(), Instant::ZERO);
        platform.advance_to(Instant::from_millis(2_000));
        platform.advance_to(Instant::from_millis(1_000));
        assert_eq!(platform.now(), Instant::from_millis(2_000));
        assert_eq!(platform.unix_time(), Some(VirtualPlatform::EPOCH + 2));
    }

    #[test]
    fn entropy_repeats_with_its_seed() {
        let platform = VirtualPlatform::new(1);
        let first = entropy_of(&platform);
        assert_ne!(entropy_of(&platform), first);
        platform.reseed(1);
        assert_eq!(entropy_of(&platform), first);
        platform.reseed(2);
        assert_ne!(entropy_of(&platform), first);
    }
}
