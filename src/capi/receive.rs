//! Messages to C: whole up to the protocol's `rx_buffer_size`, longer ones in pieces of it.

use core::ffi::c_int;

use alloc::vec::Vec;

use super::abi::{LWS_CALLBACK_CLIENT_RECEIVE, LWS_CALLBACK_RECEIVE, lws, lws_callback_reasons};
use super::boundary::zero_or_negative;
use super::callback::{PRE, append, pad};
use super::export;
use super::wsi::{Kind as WsiKind, Wsi};
use crate::ws::{Fragment, Kind, grow};

/// What arrived of a message.
#[derive(Default)]
pub(super) struct Inbox {
    /// With its padding in front; empty while nothing is held.
    held: Vec<u8>,
}

/// About the piece that C has just got.
#[derive(Clone, Copy, Default)]
pub(super) struct Facts {
    first: bool,
    last: bool,
    binary: bool,
    /// More of the message is to come.
    continues: bool,
    remaining: usize,
}

/// Gives C a fragment of a message, with what was held of it. Not 0: C has had enough.
pub(super) fn deliver(wsi: &Wsi, fragment: &Fragment<'_>) -> c_int {
    // SAFETY: protocols outlive their context by contract.
    let size = unsafe { wsi.protocol.get().as_ref() }.map_or(0, |protocol| protocol.rx_buffer_size);
    // Most messages come in one fragment, which is all of a piece.
    if fragment.last && (size == 0 || fragment.bytes.len() <= size) && wsi.inbox.borrow().held.is_empty() {
        wsi.note(Facts::of(fragment, true, 0));
        return wsi.call_with(reason(wsi), fragment.bytes);
    }
    deliver_in_pieces(wsi, fragment, size)
}

#[inline(never)]
fn deliver_in_pieces(wsi: &Wsi, fragment: &Fragment<'_>, size: usize) -> c_int {
    let mut rest = &*fragment.bytes;
    loop {
        let room = match size {
            0 => rest.len(),
            size => size.saturating_sub(wsi.inbox.borrow().len()),
        };
        let (piece, behind) = rest.split_at_checked(room).unwrap_or((rest, &[]));
        let is_last = fragment.last && behind.is_empty();
        let is_full = size == 0 || piece.len() == room;
        let facts = Facts::of(fragment, is_last, behind.len());
        if !is_last && (!is_full || piece.is_empty()) {
            return zero_or_negative(wsi.inbox.borrow_mut().hold(piece, facts.remaining, size));
        }
        let result = hand_over(wsi, piece, facts);
        if result != 0 || !wsi.is_open() || behind.is_empty() {
            return result;
        }
        rest = behind;
    }
}

/// One LWS_CALLBACK_RECEIVE: what is held, and `piece`.
fn hand_over(wsi: &Wsi, piece: &[u8], facts: Facts) -> c_int {
    wsi.note(facts);
    let mut held = wsi.inbox.take().held;
    if held.is_empty() {
        return wsi.call_with(reason(wsi), piece);
    }
    match append(&mut held, piece).and_then(|()| append(&mut held, &[0])) {
        Some(()) => wsi.call_in_place(reason(wsi), &mut held),
        None => -1,
    }
}

fn reason(wsi: &Wsi) -> lws_callback_reasons {
    if wsi.kind.get() == WsiKind::Client { LWS_CALLBACK_CLIENT_RECEIVE } else { LWS_CALLBACK_RECEIVE }
}

impl Facts {
    /// Of a piece of a fragment, behind which there are `behind` bytes of it; whether it is the first, the inbox knows.
    fn of(fragment: &Fragment<'_>, last: bool, behind: usize) -> Self {
        let remaining = usize::try_from(fragment.remaining).unwrap_or(usize::MAX).saturating_add(behind);
        Self { first: false, last, binary: fragment.kind == Kind::Binary, continues: !last, remaining }
    }
}

impl Wsi {
    /// Before C gets a piece.
    fn note(&self, facts: Facts) {
        self.facts.set(Facts { first: !self.facts.get().continues, ..facts });
    }
}

impl Inbox {
    /// Bytes held.
    fn len(&self) -> usize {
        self.held.len().saturating_sub(PRE)
    }

    /// Keeps a piece of a frame of which `remaining` bytes are to come, in memory for all of it, up to `size`.
    fn hold(&mut self, piece: &[u8], remaining: usize, size: usize) -> Option<()> {
        if piece.is_empty() {
            return Some(());
        }
        let padded = |length: usize| length.saturating_add(PRE + 1);
        let whole = self.len().saturating_add(piece.len()).saturating_add(remaining);
        grow(&mut self.held, padded(whole.min(size)), padded(size)).ok()?;
        if self.held.is_empty() {
            pad(&mut self.held)?;
        }
        append(&mut self.held, piece)
    }
}

/// What is known of the piece that C has just got.
///
/// # Safety
/// `wsi` is NULL or valid.
unsafe fn facts(wsi: *mut lws) -> Facts {
    // SAFETY: the caller vouches for it.
    unsafe { Wsi::from_c(wsi) }.map_or(Facts::default(), |wsi| wsi.facts.get())
}

export! {
    fn lws_is_first_fragment(wsi: *mut lws) -> c_int {
        // SAFETY: NULL or valid by contract, here and in all functions below.
        c_int::from(unsafe { facts(wsi) }.first)
    }

    fn lws_is_final_fragment(wsi: *mut lws) -> c_int {
        // SAFETY: NULL or valid by contract.
        c_int::from(unsafe { facts(wsi) }.last)
    }

    fn lws_remaining_packet_payload(wsi: *mut lws) -> usize {
        // SAFETY: NULL or valid by contract.
        unsafe { facts(wsi) }.remaining
    }

    fn lws_frame_is_binary(wsi: *mut lws) -> c_int {
        // SAFETY: NULL or valid by contract.
        c_int::from(unsafe { facts(wsi) }.binary)
    }

    fn lws_get_reserved_bits(wsi: *mut lws) -> u8 {
        let _ = wsi;
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A peer may cut a message as it likes: not every piece of it may cost us a copy of the others.
    #[test]
    fn memory_grows_seldom_however_a_message_is_cut() {
        let mut inbox = Inbox::default();
        let mut blocks = 0;
        for _ in 0..4_000 {
            let before = inbox.held.capacity();
            inbox.hold(b"x", 0, 16_384).unwrap();
            blocks += usize::from(inbox.held.capacity() != before);
        }
        assert_eq!(inbox.len(), 4_000);
        assert!(blocks < 16, "{blocks}");
    }
}
