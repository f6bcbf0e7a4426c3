//! Bytes that lwIP's send buffer could not take yet.

use alloc::vec::Vec;

use wm_sys::heap::{self, OutOfMemory};

/// First in, first out. Holds memory only while it holds bytes.
#[derive(Default)]
pub(super) struct SendQueue {
    copied: Vec<u8>,
    /// Bytes of `copied` that are sent.
    sent: u16,
    /// After the copied bytes: bytes that need no copy. Nothing can be queued behind them.
    fixed: &'static [u8],
}

impl SendQueue {
    pub(super) fn is_empty(&self) -> bool {
        self.copied.is_empty() && self.fixed.is_empty()
    }

    /// Copied bytes that wait.
    pub(super) fn len(&self) -> usize {
        self.copied.len().saturating_sub(usize::from(self.sent))
    }

    /// Bytes that can be queued, of `limit` in all.
    pub(super) fn room(&self, limit: usize) -> usize {
        if self.fixed.is_empty() { limit.saturating_sub(self.len()) } else { 0 }
    }

    /// Copies bytes to the end. The caller has compared them with [`room`](Self::room). Memory at least doubles, so that many
    /// short writes are cheap, but never beyond the limit.
    pub(super) fn push(&mut self, bytes: &[u8], limit: usize) -> Result<(), OutOfMemory> {
        let held = self.copied.len();
        let growth = held.min(limit.saturating_sub(held)).max(bytes.len());
        if self.copied.capacity().saturating_sub(held) < bytes.len() {
            self.copied.try_reserve_exact(growth).map_err(|_| OutOfMemory)?;
        }
        heap::try_extend(&mut self.copied, bytes)
    }

    /// Refers to bytes at the end. The queue must not refer to others already.
    pub(super) fn push_static(&mut self, bytes: &'static [u8]) {
        self.fixed = bytes;
    }

    /// The oldest bytes in one piece.
    pub(super) fn front(&self) -> Front<'_> {
        match self.copied.get(usize::from(self.sent)..) {
            Some(copied) if !copied.is_empty() => Front::Copied(copied),
            _ => Front::Static(self.fixed),
        }
    }

    /// Forgets the oldest `count` bytes of the front.
    pub(super) fn consume(&mut self, count: usize) {
        if self.copied.is_empty() {
            self.fixed = self.fixed.get(count..).unwrap_or_default();
            return;
        }
        let sent = usize::from(self.sent).saturating_add(count);
        if sent >= self.copied.len() {
            self.copied = Vec::new();
            self.sent = 0;
            return;
        }
        match u16::try_from(sent) {
            Ok(sent) if sent < COMPACT_AT => self.sent = sent,
            _ => self.compact(sent),
        }
    }

    /// Moves what is left to the front, over the `sent` bytes there, in steps that do not overlap: `drain` would bring a memmove into the
    /// firmware, 1.6 KB, that nothing else needs.
    fn compact(&mut self, sent: usize) {
        let mut place = 0_usize;
        while let Some((front, rest)) = self.copied.split_at_mut_checked(place.saturating_add(sent)) {
            let moved = front.iter_mut().skip(place).zip(rest).map(|(to, from)| *to = *from).count();
            if moved == 0 {
                break;
            }
            place = place.saturating_add(moved);
        }
        self.copied.truncate(place);
        self.sent = 0;
    }
}

/// Sent bytes that may stay in front before the rest is moved down.
const COMPACT_AT: u16 = 8 * 1024;

pub(super) enum Front<'a> {
    Copied(&'a [u8]),
    Static(&'static [u8]),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Empties the queue in steps of `step`.
    fn drain(queue: &mut SendQueue, step: usize) -> Vec<u8> {
        let mut all = Vec::new();
        while !queue.is_empty() {
            let taken = match queue.front() {
                Front::Copied(bytes) | Front::Static(bytes) => &bytes[..bytes.len().min(step)],
            };
            all.extend_from_slice(taken);
            let count = taken.len();
            queue.consume(count);
        }
        all
    }

    #[test]
    fn keeps_the_order_of_copied_and_fixed_bytes() {
        for step in [1, 2, 3, 100] {
            let mut queue = SendQueue::default();
            assert!(queue.push(b"head", 200_000).is_ok());
            assert!(queue.push(b"er", 200_000).is_ok());
            queue.push_static(b"body");
            assert_eq!((queue.len(), queue.room(100)), (6, 0));
            assert_eq!(drain(&mut queue, step), b"headerbody");
            assert_eq!(queue.room(100), 100);
        }
    }

    #[test]
    fn a_long_queue_is_compacted_without_loss() {
        let bytes: Vec<u8> = (0..100_000u32).map(|i| i as u8).collect();
        let mut queue = SendQueue::default();
        assert!(queue.push(&bytes, 200_000).is_ok());
        assert_eq!(drain(&mut queue, 1_000), bytes);
    }

    #[test]
    fn memory_never_exceeds_the_limit() {
        let mut queue = SendQueue::default();
        while queue.room(1_000) >= 7 {
            assert!(queue.push(b"7 bytes", 1_000).is_ok());
        }
        assert!(queue.copied.capacity() <= 1_000);
    }

    #[test]
    fn an_empty_queue_holds_no_memory() {
        let mut queue = SendQueue::default();
        assert!(queue.push(b"bytes", 200_000).is_ok());
        queue.consume(5);
        assert_eq!(queue.copied.capacity(), 0);
    }
}
