//! A connection's way in: segments or the plaintext of records, and the peer's window, which opens by what was consumed.

use core::mem;

use super::Transport;
use crate::net::{Core, Disconnected, Segment, Stack};
use crate::server::counters::Counters;
use crate::server::input::Input;
use crate::server::services::Shared;

impl Transport {
    /// A visit begins: something may have come.
    pub(in crate::server) fn look_again(&mut self) {
        self.is_drained = false;
    }

    /// Takes the oldest received segment, or the plaintext of the oldest record.
    pub(in crate::server) fn receive(&mut self, shared: &mut Shared) -> Result<Option<Input>, Disconnected> {
        match self.secure.as_mut().filter(|secure| !secure.has_failed()) {
            Some(secure) => Ok(secure.receive(shared, &mut self.stream)?.map(Input::Plaintext)),
            None if self.is_drained => Ok(None),
            None => Ok(self.receive_segment(shared)?.map(Input::Segment)),
        }
    }

    fn receive_segment(&mut self, shared: &mut Shared) -> Result<Option<Segment>, Disconnected> {
        let (received, has_more) = self.stream.receive_in(&mut shared.stack);
        let segment = received?;
        self.is_drained = !has_more;
        Ok(segment)
    }

    /// Notes what was consumed of a received segment, whose rest comes back with the next [`receive`](Self::receive).
    pub(in crate::server) fn consumed(&mut self, shared: &mut Shared, input: Input, count: usize) {
        Counters::add(&mut shared.counters.bytes_received, count);
        match input {
            Input::Segment(segment) => {
                self.consumed = self.consumed.saturating_add(count);
                self.is_drained &= segment.is_empty();
                match segment.is_empty() {
                    true => segment.release_in(&mut shared.stack),
                    false => shared.stack.enter(|core| self.stream.restore(core, segment)),
                }
            }
            Input::Plaintext(plaintext) => {
                if let Some(secure) = &mut self.secure {
                    secure.restore(plaintext);
                }
            }
        }
    }

    /// Whether bytes have arrived that nobody has looked at yet.
    pub(in crate::server) fn has_received(&self, stack: &mut Stack) -> bool {
        stack.enter(|core| {
            let has_news = self.stream.has_news(core);
            has_news && !self.stream.at_end(core) && self.stream.disconnected(core).is_none()
        })
    }

    pub(super) fn open_window(&mut self, core: &mut Core<'_>) {
        let consumed = mem::take(&mut self.consumed);
        if consumed > 0 {
            self.stream.consumed(core, consumed);
        }
    }

    /// Whether the peer has ended, and everything before that was received.
    pub(in crate::server) fn at_end(&self, shared: &mut Shared) -> bool {
        let ended = !self.is_drained && self.stream.at_end_in(&mut shared.stack);
        self.secure.as_ref().map_or(ended, |secure| secure.at_end(ended))
    }
}
