//! How many connections speak TLS, and who of them waits for what.

use core::cell::Cell;

use crate::server::limits::{Limits, TlsOverload};
use crate::tls::worker::{PATIENCE, Watch};

/// How many TLS connections there are.
#[derive(Default)]
pub(in crate::server) struct Slots {
    pub(super) open: u16,
    pub(super) opening: u16,
    /// There may be room for one that waits.
    freed: Cell<bool>,
    /// One waits that there was no place for.
    holds_back: Cell<bool>,
    /// This pass has had its step of a handshake, or its record.
    stepped: bool,
    /// Where handshakes are done in a task of their own: who knows how that is.
    watch: Option<&'static Watch>,
    /// Somebody is to be looked at again when the worker is free, or done.
    waits_for_worker: Cell<bool>,
}

impl Slots {
    /// Whether another handshake may begin, if there is a slot.
    pub(in crate::server) fn may_open(&self, limits: &Limits) -> bool {
        if !self.is_at_rest() {
            self.wait_for_worker();
            return false;
        }
        self.opening < u16::from(limits.tls_handshakes)
    }

    pub(super) fn watch(&mut self, watch: &'static Watch) {
        self.watch = Some(watch);
    }

    /// Whether no worker has anything to do with our sessions now.
    fn is_at_rest(&self) -> bool {
        self.watch.is_none_or(|watch| (watch.is_at_rest)())
    }

    pub(super) fn wait_for_worker(&self) {
        self.waits_for_worker.set(true);
    }

    /// Whether the worker was waited for, and is free or done.
    pub(in crate::server) fn has_news(&self) -> bool {
        self.waits_for_worker.get() && self.is_at_rest()
    }

    /// Looks at those who have waited.
    #[cold]
    pub(in crate::server) fn take_news(&mut self) {
        self.waits_for_worker.set(false);
        self.free();
        self.tidy();
    }

    /// No connection is left: a session that is away is not wanted any more.
    pub(in crate::server) fn close(&self) {
        while !self.tidy() {
            wm_sys::wait(PATIENCE);
        }
    }

    fn tidy(&self) -> bool {
        self.watch.is_none_or(|watch| (watch.tidy)())
    }

    pub(in crate::server) fn is_full(&self, limits: &Limits) -> bool {
        self.open >= limits.tls_connections
    }

    /// Whether a client without a slot is turned away.
    pub(in crate::server) fn refuses(&self, limits: &Limits) -> bool {
        limits.tls_overload == TlsOverload::Refuse
    }

    pub(in crate::server) fn enter(&mut self) {
        self.open = self.open.saturating_add(1);
        self.opening = self.opening.saturating_add(1);
    }

    /// A client waits, at a port or one of ours, because there is no place for it now.
    pub(in crate::server) fn hold_back(&self) {
        self.holds_back.set(true);
    }

    pub(in crate::server) fn holds_back(&self) -> bool {
        self.holds_back.get()
    }

    /// There may be room for one that waits.
    pub(in crate::server) fn free(&self) {
        self.freed.set(true);
    }

    /// Whether listeners with waiting clients should be looked at.
    pub(in crate::server) fn take_freed(&mut self) -> bool {
        let is_freed = self.freed.take();
        if is_freed {
            self.holds_back.set(false);
        }
        is_freed
    }

    pub(in crate::server) fn begin_pass(&mut self) {
        self.stepped = false;
    }

    pub(in crate::server) fn has_stepped(&self) -> bool {
        self.stepped
    }

    pub(in crate::server) fn step(&mut self) {
        self.stepped = true;
    }
}
