//! In the place of `secure.rs` in builds without TLS: types that have no values, so that nothing of TLS is compiled into them.

use wm_sys::Instant;

use super::limits::Limits;
use super::send_error::SendError;
use super::services::Shared;
use crate::net::{Disconnected, Stack, TcpStream};

/// Nothing is in records.
pub(super) const RECORD_OVERHEAD: usize = 0;

/// No connection has it.
pub(super) enum Secure {}

/// Nothing that needs it exists.
pub(super) enum Tls {}

/// No port has it.
pub(super) enum ServerConfig {}

/// There is none.
pub(super) enum Plaintext {}

/// See `secure.rs`.
#[allow(dead_code)]
pub(super) enum Progress {
    Step,
    Waits,
    Done,
    Failed,
}

impl Secure {
    pub(super) fn tls(&self) -> Tls {
        match *self {}
    }
    pub(super) fn open(&mut self, _: &mut Shared, _: &mut TcpStream) -> Progress {
        match *self {}
    }
    pub(super) fn has_heard_hello(&self) -> bool {
        match *self {}
    }
    pub(super) fn waits(&self) -> bool {
        match *self {}
    }
    pub(super) fn take_wait(&mut self) -> bool {
        match *self {}
    }
    pub(super) fn receive(
        &mut self,
        _: &mut Shared,
        _: &mut TcpStream,
    ) -> Result<Option<Plaintext>, Disconnected> {
        match *self {}
    }
    pub(super) fn restore(&mut self, _: Plaintext) {
        match *self {}
    }
    pub(super) fn write(&mut self, _: &mut Shared, _: &mut TcpStream, _: &[u8]) -> Result<usize, SendError> {
        match *self {}
    }
    pub(super) fn flush(&mut self, _: &mut Stack, _: &mut TcpStream) -> bool {
        match *self {}
    }
    pub(super) fn close(&mut self, _: &mut Stack, _: &mut TcpStream) -> bool {
        match *self {}
    }
    pub(super) fn has_pending(&self) -> bool {
        match *self {}
    }
    pub(super) fn has_failed(&self) -> bool {
        match *self {}
    }
    pub(super) fn at_end(&self, _: bool) -> bool {
        match *self {}
    }
    #[cfg(feature = "client")]
    pub(super) fn is_cut_off(&self) -> bool {
        match *self {}
    }
    pub(super) fn capacity(&self, _: usize) -> usize {
        match *self {}
    }
    pub(super) fn park_at(&self) -> Instant {
        match *self {}
    }
    pub(super) fn park(&mut self, _: Instant) {
        match *self {}
    }
    pub(super) fn leave(self, _: &mut Slots) {
        match self {}
    }
    pub(super) fn accept(config: &ServerConfig, _: Instant) -> Result<Secure, SendError> {
        match *config {}
    }
}

impl Plaintext {
    pub(super) fn bytes(&self) -> &[u8] {
        match *self {}
    }
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        match *self {}
    }
    pub(super) fn advance(&mut self, _: usize) {
        match *self {}
    }
    pub(super) fn is_empty(&self) -> bool {
        match *self {}
    }
}

/// There are no TLS connections.
#[derive(Default)]
pub(super) struct Slots {}

impl Slots {
    pub(super) fn may_open(&self, _: &Limits) -> bool {
        true
    }
    pub(super) fn refuses(&self, _: &Limits) -> bool {
        false
    }

    pub(super) fn is_full(&self, _: &Limits) -> bool {
        false
    }
    pub(super) fn enter(&mut self) {}
    pub(super) fn hold_back(&self) {}
    pub(super) fn holds_back(&self) -> bool {
        false
    }
    pub(super) fn free(&self) {}
    pub(super) fn take_freed(&mut self) -> bool {
        false
    }
    pub(super) fn begin_pass(&mut self) {}
    pub(super) fn has_stepped(&self) -> bool {
        false
    }
    pub(super) fn has_news(&self) -> bool {
        false
    }
    pub(super) fn take_news(&mut self) {}
    pub(super) fn close(&self) {}
    pub(super) fn step(&mut self) {}
}
