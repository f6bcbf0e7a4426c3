//! Bytes that lwIP's send buffer could not take yet.

use alloc::vec::Vec;

/// First in, first out. Holds memory only while it holds bytes.
#[derive(Default)]
pub(super) struct SendQueue {
    copied: Vec<u8>,
    /// Bytes of `copied` that are sent.
    sent: u16,
    /// After the copied bytes: bytes that need no copy. Nothing can be queued behind them.
    fixed: &'static [u8],
}

/// There was no memory for the bytes; the queue is as before.
pub(super) struct NoMemory;

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

    /// Copies bytes to the end. The caller has compared them with [`room`](Self::room).
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), NoMemory> {
        self.copied.try_reserve(bytes.len()).map_err(|_| NoMemory)?;
        self.copied.extend_from_slice(bytes);
        Ok(())
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
            _ => {
                self.copied.drain(..sent);
                self.sent = 0;
            }
        }
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
            assert!(queue.push(b"head").is_ok());
            assert!(queue.push(b"er").is_ok());
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
        assert!(queue.push(&bytes).is_ok());
        assert_eq!(drain(&mut queue, 1_000), bytes);
    }

    #[test]
    fn an_empty_queue_holds_no_memory() {
        let mut queue = SendQueue::default();
        assert!(queue.push(b"bytes").is_ok());
        queue.consume(5);
        assert_eq!(queue.copied.capacity(), 0);
    }
}
