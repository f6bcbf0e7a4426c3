//! Timers of the application.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use wm_sys::Instant;
use wm_sys::heap::{self, OutOfMemory};

use super::services::{FAR, Services};

/// What a timer does; the result says after how long it does it again.
pub(super) type Action = Box<dyn FnMut(&mut Services<'_>) -> Option<Duration>>;

struct Timer {
    due: Instant,
    action: Action,
}

/// A handful of timers, looked through in order.
#[derive(Default)]
pub(super) struct Timers {
    timers: Vec<Timer>,
}

impl Timers {
    /// How many are set.
    pub(super) fn len(&self) -> usize {
        self.timers.len()
    }

    pub(super) fn add(&mut self, due: Instant, action: Action) -> Result<(), OutOfMemory> {
        heap::try_push(&mut self.timers, Timer { due, action })
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Instant {
        self.timers.iter().map(|timer| timer.due).min().unwrap_or(FAR)
    }

    /// Runs those that are due.
    pub(super) fn run(&mut self, services: &mut Services<'_>) {
        let now = services.now();
        self.timers.retain_mut(|timer| {
            if timer.due > now {
                return true;
            }
            let again = (timer.action)(services);
            timer.due = again.map_or(FAR, |delay| now + delay);
            again.is_some()
        });
    }
}
