//! What is sent as one, in as few records as it fits: each has some 25 bytes of its own, and a tag that takes as long to calculate.

use super::{Joint, Transport, Write, copy};
use crate::server::send_error::SendError;
use crate::server::services::Shared;

impl Transport {
    /// Writes pieces in TLS: what is short is in one record with what follows.
    pub(super) fn write_records(&mut self, shared: &mut Shared, pieces: &[&[u8]]) -> Result<(), SendError> {
        let mut buffer = shared.joint.take_buffer();
        if buffer.is_empty() {
            return self.write_each(shared, pieces);
        }
        let result = self.fill_records(shared, pieces, &mut buffer);
        shared.joint.put_back(buffer);
        result
    }

    fn fill_records(
        &mut self,
        shared: &mut Shared,
        pieces: &[&[u8]],
        buffer: &mut [u8],
    ) -> Result<(), SendError> {
        let Some((last, before)) = pieces.split_last() else { return Ok(()) };
        let mut filled = 0;
        for piece in before {
            filled = self.begin_record(shared, buffer, filled, piece)?;
        }
        // The last one completes the record that is begun, and goes on by itself.
        let mut rest = *last;
        if filled > 0 {
            let room = buffer.len().saturating_sub(filled);
            let (start, behind) = split_at_most(last, room);
            filled = append(buffer, filled, start);
            self.write(shared, Write::More(buffer.get(..filled).unwrap_or_default()))?;
            rest = behind;
        }
        if rest.is_empty() { Ok(()) } else { self.write(shared, Write::Last(rest)) }
    }

    /// Puts a piece behind what is in the buffer, which is sent whenever it is full; how much is in it then. Of a long piece only the ends
    /// go this way.
    fn begin_record(
        &mut self,
        shared: &mut Shared,
        buffer: &mut [u8],
        mut filled: usize,
        piece: &[u8],
    ) -> Result<usize, SendError> {
        let mut rest = piece;
        while !rest.is_empty() {
            if filled == 0 && rest.len() > buffer.len() {
                let (bulk, end) = split_at_most(rest, rest.len().saturating_sub(Joint::SIZE));
                self.write(shared, Write::More(bulk))?;
                rest = end;
            }
            let room = buffer.len().saturating_sub(filled);
            let (fits, behind) = split_at_most(rest, room);
            filled = append(buffer, filled, fits);
            rest = behind;
            if filled == buffer.len() {
                self.write(shared, Write::More(buffer))?;
                filled = 0;
            }
        }
        Ok(filled)
    }

    /// What of a body is to be in one record with its head: nothing outside of TLS, or where there is no room.
    pub(super) fn split_for_record(
        &self,
        shared: &mut Shared,
        head: &[u8],
        body: &'static [u8],
    ) -> (&'static [u8], &'static [u8]) {
        let nothing: (&[u8], _) = (&[], body);
        if !self.is_secure() || head.is_empty() {
            return nothing;
        }
        let room = Joint::SECURE_SIZE.saturating_sub(head.len()).min(body.len());
        match self.admit(shared, head.len().saturating_add(room)) {
            Ok(()) => body.split_at_checked(room).unwrap_or(nothing),
            Err(_) => nothing,
        }
    }
}

/// The first `most` bytes, or all, and what is left.
fn split_at_most(bytes: &[u8], most: usize) -> (&[u8], &[u8]) {
    bytes.split_at_checked(most).unwrap_or((bytes, &[]))
}

/// Copies bytes, for which there is room, behind the first `filled` of the buffer; how many are filled then.
fn append(buffer: &mut [u8], filled: usize, bytes: &[u8]) -> usize {
    copy(&[bytes], buffer.get_mut(filled..).unwrap_or_default());
    filled.saturating_add(bytes.len())
}
