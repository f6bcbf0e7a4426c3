//! Frames of a client, masked on their way out (RFC 6455 section 5.3).

use alloc::vec::Vec;

use super::{Transport, Write, copy};
use crate::server::send_error::SendError;
use crate::server::services::Shared;
use crate::ws::mask;

/// Without memory for more.
const SHORT: usize = 64;

impl Transport {
    /// Sends a frame's header and its payload, masked on the way, for which [`admit`](Self::admit) found room.
    pub(in crate::server) fn send_masked(
        &mut self,
        shared: &mut Shared,
        header: &[u8],
        key: [u8; 4],
        payload: &[u8],
    ) -> Result<(), SendError> {
        let total = header.len().saturating_add(payload.len());
        match self.place(shared, total)? {
            Some(place) => {
                copy(&[header, payload], place);
                mask::apply(key, 0, place.get_mut(header.len()..).unwrap_or_default());
                self.send_placed(shared, total)?;
            }
            None => self.write_masked(shared, header, key, payload)?,
        }
        self.count(shared, total);
        Ok(())
    }

    /// In pieces of a whole segment, if there is memory for one: many short pieces would reach lwIP's bound of pbufs before that of bytes.
    fn write_masked(
        &mut self,
        shared: &mut Shared,
        header: &[u8],
        key: [u8; 4],
        payload: &[u8],
    ) -> Result<(), SendError> {
        let (mut segment, mut short) = (Vec::new(), [0; SHORT]);
        let length = header.len().saturating_add(payload.len()).min(crate::lwip::TCP_MSS);
        let buffer = match segment.try_reserve_exact(length) {
            Ok(()) => {
                segment.resize(length, 0);
                &mut segment[..]
            }
            Err(_) => &mut short,
        };
        let (mut front, mut masked) = (header, 0_usize);
        loop {
            let (start, room) = buffer.split_at_mut_checked(front.len()).ok_or(SendError::NoMemory)?;
            let rest = payload.get(masked..).unwrap_or_default();
            let piece = rest.get(..room.len()).unwrap_or(rest);
            let place = room.get_mut(..piece.len()).unwrap_or_default();
            start.copy_from_slice(front);
            place.copy_from_slice(piece);
            mask::apply(key, masked, place);
            masked = masked.saturating_add(piece.len());
            let bytes = buffer.get(..front.len().saturating_add(piece.len())).unwrap_or_default();
            if masked >= payload.len() {
                return self.write(shared, Write::Last(bytes));
            }
            self.write(shared, Write::More(bytes))?;
            front = &[];
        }
    }
}
