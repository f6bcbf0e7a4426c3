//! Bytes that lwIP's send buffer could not take yet.

use alloc::boxed::Box;
use alloc::vec::Vec;

use wm_sys::heap::{self, OutOfMemory};

/// First in, first out. What is copied lies in pieces, each of which is freed as soon as it is sent: a long queue needs no long block of
/// memory, nor two while it grows.
#[derive(Default)]
pub(super) struct SendQueue {
    first: Option<Box<Piece>>,
    /// Bytes that wait.
    length: usize,
    /// After the copied bytes: bytes that need no copy. Nothing can be queued behind them.
    fixed: &'static [u8],
}

struct Piece {
    bytes: Vec<u8>,
    /// How many of them are sent.
    sent: usize,
    next: Option<Box<Piece>>,
}

/// The longest piece: what lwIP can take after one delayed acknowledgement.
const LONGEST: usize = 2 * crate::lwip::TCP_MSS;

/// The shortest one, so that many short writes are cheap.
const SHORTEST: usize = 256;

impl SendQueue {
    /// The most memory that `limit` bytes can take, `block` more for each block: in pieces as short as they can be, the last one not full.
    pub(super) const fn most(limit: usize, block: usize) -> usize {
        let pieces = (limit / SHORTEST).saturating_add(2);
        let beside = size_of::<Piece>().saturating_add(block).saturating_add(block);
        limit.saturating_add(LONGEST).saturating_add(pieces.saturating_mul(beside))
    }

    /// The most memory that `limit` bytes can take which come at once to an empty queue, as a head and a body do.
    pub(super) const fn most_at_once(limit: usize, block: usize) -> usize {
        // Each write, of which a body makes two at most, may leave a piece behind that is not as long as it could be; the last one is not full.
        let pieces = (limit / LONGEST).saturating_add(4);
        let beside = size_of::<Piece>().saturating_add(block).saturating_add(block);
        limit.saturating_add(SHORTEST).saturating_add(pieces.saturating_mul(beside))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Copied bytes that wait.
    pub(super) fn len(&self) -> usize {
        self.length.saturating_sub(self.fixed.len())
    }

    /// Bytes that can be queued, of `limit` in all.
    pub(super) fn room(&self, limit: usize) -> usize {
        if self.fixed.is_empty() { limit.saturating_sub(self.length) } else { 0 }
    }

    /// Copies bytes to the end. The caller has compared them with [`room`](Self::room). Without memory some of them may be queued: nothing
    /// sensible can follow.
    pub(super) fn push(&mut self, bytes: &[u8], limit: usize) -> Result<(), OutOfMemory> {
        let spare = self.room(limit).saturating_sub(bytes.len());
        self.length = self.length.saturating_add(bytes.len());
        let mut rest = bytes;
        let mut end = &mut self.first;
        while let Some(piece) = end {
            if piece.next.is_none() {
                rest = piece.fill(rest);
            }
            if piece.next.is_none() && !rest.is_empty() {
                piece.lengthen(rest.len().saturating_add(spare))?;
                rest = piece.fill(rest);
            }
            end = &mut piece.next;
        }
        while !rest.is_empty() {
            let wanted = rest.len().max(SHORTEST.min(rest.len().saturating_add(spare))).min(LONGEST);
            let mut piece = heap::try_box(Piece { bytes: Vec::new(), sent: 0, next: None })?;
            piece.bytes.try_reserve_exact(wanted).map_err(|_| OutOfMemory)?;
            rest = piece.fill(rest);
            end = &mut end.insert(piece).next;
        }
        Ok(())
    }

    /// Refers to bytes at the end. The queue must not refer to others already.
    pub(super) fn push_static(&mut self, bytes: &'static [u8]) {
        self.length = self.length.saturating_add(bytes.len());
        self.fixed = bytes;
    }

    /// The oldest bytes in one piece.
    pub(super) fn front(&self) -> Front<'_> {
        match &self.first {
            Some(piece) => Front::Copied(piece.bytes.get(piece.sent..).unwrap_or_default()),
            None => Front::Static(self.fixed),
        }
    }

    /// Removes `count` bytes of the [front](Self::front).
    pub(super) fn consume(&mut self, count: usize) {
        self.length = self.length.saturating_sub(count);
        let Some(piece) = &mut self.first else {
            self.fixed = self.fixed.get(count..).unwrap_or_default();
            return;
        };
        piece.sent = piece.sent.saturating_add(count);
        if piece.sent >= piece.bytes.len() {
            self.first = piece.next.take();
        }
    }
}

impl Drop for SendQueue {
    /// Piece by piece: the compiler would nest one drop in the other, as deep as the queue is long.
    fn drop(&mut self) {
        while let Some(piece) = self.first.take() {
            self.first = piece.next;
        }
    }
}

impl Piece {
    /// Makes room for up to `wanted` bytes more in a piece that was made for less than the [`SHORTEST`] has: where a peer takes little by little,
    /// each byte would get a piece of its own otherwise.
    fn lengthen(&mut self, wanted: usize) -> Result<(), OutOfMemory> {
        let more = SHORTEST.saturating_sub(self.bytes.len()).min(wanted);
        self.bytes.try_reserve_exact(more).map_err(|_| OutOfMemory)
    }

    /// Takes what there is room for; returns the rest.
    fn fill<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let room = self.bytes.capacity().saturating_sub(self.bytes.len());
        let (taken, rest) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
        // There is room: nothing is allocated.
        heap::try_extend(&mut self.bytes, taken).map_or(bytes, |()| rest)
    }
}

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

    /// Bytes of memory, and pieces of it.
    fn memory(queue: &SendQueue) -> (usize, usize) {
        let pieces = core::iter::successors(queue.first.as_deref(), |piece| piece.next.as_deref());
        (pieces.clone().map(|piece| piece.bytes.capacity()).sum(), pieces.count())
    }

    #[test]
    fn a_long_queue_passes_without_loss_in_pieces() {
        let bytes: Vec<u8> = (0..100_000u32).map(|i| i as u8).collect();
        for step in [7, 1_000, 200_000] {
            let mut queue = SendQueue::default();
            for part in bytes.chunks(step) {
                assert!(queue.push(part, 200_000).is_ok());
            }
            assert!(memory(&queue).1 <= 100_000 / SHORTEST + 1);
            assert_eq!(queue.len(), bytes.len());
            assert_eq!(drain(&mut queue, 1_000), bytes);
        }
    }

    #[test]
    fn memory_never_exceeds_the_limit() {
        let mut queue = SendQueue::default();
        while queue.room(1_000) >= 7 {
            assert!(queue.push(b"7 bytes", 1_000).is_ok());
        }
        let (bytes, pieces) = memory(&queue);
        assert!(bytes <= 1_000 && pieces <= 4, "{bytes} in {pieces}");
    }

    #[test]
    fn what_comes_at_once_never_exceeds_its_bound() {
        const BESIDE: usize = size_of::<Piece>() + 2 * 16;
        for writes in
            [&[20_000][..], &[150, 20_000], &[1, LONGEST - 1, 1], &[300, LONGEST, 100], &[LONGEST + 1; 3]]
        {
            let limit = writes.iter().sum();
            let mut queue = SendQueue::default();
            for length in writes {
                let bytes: Vec<u8> = core::iter::repeat_n(0, *length).collect();
                assert!(queue.push(&bytes, limit).is_ok());
            }
            let ((bytes, pieces), most) = (memory(&queue), SendQueue::most_at_once(limit, 16));
            assert!(bytes + pieces * BESIDE <= most, "{writes:?}: {bytes} in {pieces}, {most} said");
        }
    }

    /// What a peer takes little by little makes room for little: no reason for many short pieces, each with its own cost.
    #[test]
    fn memory_never_exceeds_the_bound_however_little_the_peer_takes() {
        const LIMIT: usize = 4_096;
        const BESIDE: usize = size_of::<Piece>() + 2 * 16;
        for (message, step) in [(1, 1), (3, 1), (3, 3), (7, 2), (100, 99), (255, 300), (1_000, 1)] {
            let mut queue = SendQueue::default();
            let (mut said, mut heard) = (0_u32, 0_u32);
            for _ in 0..20_000 {
                while queue.room(LIMIT) >= message {
                    let bytes: Vec<u8> = (0..message as u32).map(|place| (said + place) as u8).collect();
                    assert!(queue.push(&bytes, LIMIT).is_ok());
                    said += message as u32;
                }
                let (bytes, pieces) = memory(&queue);
                let most = SendQueue::most(LIMIT, 16);
                assert!(
                    bytes + pieces * BESIDE <= most,
                    "{message}, {step}: {bytes} in {pieces}, {most} said"
                );
                let Front::Copied(front) = queue.front() else { panic!("nothing waits") };
                let count = front.len().min(step);
                assert!(front[..count].iter().zip(heard..).all(|(byte, place)| *byte == place as u8));
                queue.consume(count);
                heard += count as u32;
            }
        }
    }

    #[test]
    fn memory_is_freed_as_it_is_sent() {
        let mut queue = SendQueue::default();
        assert!(queue.push(&[0; 3 * LONGEST], 200_000).is_ok());
        for (sent, held) in [(1, 3), (LONGEST - 1, 2), (LONGEST, 1), (LONGEST, 0)] {
            queue.consume(sent);
            assert_eq!(memory(&queue), (held * LONGEST, held));
        }
        assert!(queue.is_empty());
    }

    #[test]
    fn a_queue_of_any_length_is_dropped_on_a_small_stack() {
        let drop_long = || {
            let mut queue = SendQueue::default();
            for _ in 0..20_000 {
                assert!(queue.push(&[0; SHORTEST], usize::MAX).is_ok());
            }
        };
        std::thread::Builder::new().stack_size(64 * 1024).spawn(drop_long).unwrap().join().unwrap();
    }
}
