//! An acknowledgement that waits for the answer.

/// Milliseconds that a peer may wait: a quarter of those after which Linux repeats what is not acknowledged; others are more patient.
const PATIENCE: u16 = 50;

/// Whether an acknowledgement was put off, and since when.
#[derive(Default)]
pub(super) struct PutOff {
    /// Milliseconds, without those that two bytes have no room for.
    since: u16,
    is_due: bool,
    /// The answer once took too long, as where a handler writes to flash: nothing is put off any more.
    never_again: bool,
}

impl PutOff {
    pub(super) fn may_begin(&self) -> bool {
        !self.never_again
    }

    /// The acknowledgement waits from now on, if it does not already.
    pub(super) fn begin(&mut self) {
        if !self.is_due {
            (self.is_due, self.since) = (true, now());
        }
    }

    /// Whether one is due.
    pub(super) fn end(&mut self) -> bool {
        if !self.is_due {
            return false;
        }
        self.is_due = false;
        self.never_again = now().wrapping_sub(self.since) > PATIENCE;
        true
    }
}

fn now() -> u16 {
    wm_sys::now().as_millis() as u16
}
