//! The sending side of a WebSocket, its closing and its clock.

#[cfg(feature = "client")]
use alloc::boxed::Box;

use wm_sys::Instant;

use super::counters::Counters;
use super::outgoing::Outgoing;
use super::send_error::SendError;
use super::services::{FAR, Shared};
use super::transport::Transport;
use crate::ws::{CloseCode, CloseState, EncodedHeader, Kind, Timeouts};
use crate::ws::{Connection as Frames, SendError as FrameError};

/// The longest header of a frame that is sent (RFC 6455 section 5.2): a server's is without a masking key.
const MAX_FRAME_HEADER: usize = if cfg!(feature = "client") { crate::ws::frame::MAX_HEADER } else { 10 };

/// What a handler may reach while it holds a message.
pub(super) struct Machine {
    pub(super) frames: Frames,
    /// The route's pattern: whom a broadcast reaches.
    pub(super) pattern: &'static str,
    /// When the application's timer is due.
    pub(super) timer: Instant,
    /// The application is to be told when nothing waits for the client any more.
    pub(super) wants_writable: bool,
    /// The application takes nothing for now.
    pub(super) paused: bool,
    /// The application has had enough.
    pub(super) hung_up: bool,
    /// The application began the closing handshake: a client that did so stays away.
    #[cfg(feature = "client")]
    pub(super) closing: bool,
    /// A client's own, in the place of the context's.
    #[cfg(feature = "client")]
    pub(super) timeouts: Option<Box<Timeouts>>,
}

impl Machine {
    pub(super) fn new(frames: Frames, pattern: &'static str) -> Self {
        Machine {
            frames,
            pattern,
            timer: FAR,
            wants_writable: false,
            paused: false,
            hung_up: false,
            #[cfg(feature = "client")]
            closing: false,
            #[cfg(feature = "client")]
            timeouts: None,
        }
    }

    #[cfg_attr(not(feature = "client"), expect(clippy::unused_self, reason = "a server's are the context's"))]
    pub(super) fn timeouts<'t>(&'t self, shared: &'t Shared) -> &'t Timeouts {
        #[cfg(feature = "client")]
        if let Some(own) = &self.timeouts {
            return own;
        }
        &shared.limits.websocket
    }
}

/// Sending.
impl Machine {
    pub(super) fn send(
        &mut self,
        shared: &mut Shared,
        transport: &mut Transport,
        message: &mut Outgoing<'_>,
    ) -> Result<(), SendError> {
        let kind = message.kind();
        #[cfg(feature = "deflate")]
        if let Some(window_bits) = self.frames.compression_window()
            && let Some(bytes) = message.compressed(window_bits, shared.limits.longest_sent())
        {
            return self.send_frame(shared, transport, bytes, |frames, mask| {
                frames.send_compressed_header(kind, bytes.len() as u64, mask)
            });
        }
        self.send_fragment(shared, transport, kind, message.bytes(), true, true)
    }

    pub(super) fn send_fragment(
        &mut self,
        shared: &mut Shared,
        transport: &mut Transport,
        kind: Kind,
        bytes: &[u8],
        first: bool,
        last: bool,
    ) -> Result<(), SendError> {
        self.send_frame(shared, transport, bytes, |frames, mask| {
            frames.send_header(kind, bytes.len() as u64, first, last, mask)
        })
    }

    fn send_frame(
        &mut self,
        shared: &mut Shared,
        transport: &mut Transport,
        bytes: &[u8],
        header: impl FnOnce(&mut Frames, Option<[u8; 4]>) -> Result<EncodedHeader, FrameError>,
    ) -> Result<(), SendError> {
        // The frame machine counts a header as sent: what does not fit must be known before.
        transport.admit(shared, bytes.len().saturating_add(MAX_FRAME_HEADER))?;
        let mask = self.masking_key();
        match (&header(&mut self.frames, mask), mask) {
            (Err(error), _) => return Err(send_error(*error)),
            #[cfg(feature = "client")]
            (Ok(header), Some(key)) => transport.send_masked(shared, header, key, bytes)?,
            (Ok(header), _) => transport.send_admitted(shared, &[header, bytes])?,
        }
        Counters::count(&mut shared.counters.messages_sent);
        Ok(())
    }

    pub(super) fn close(
        &mut self,
        shared: &mut Shared,
        transport: &mut Transport,
        code: CloseCode,
        reason: &str,
    ) -> Result<(), SendError> {
        let mask = self.masking_key();
        match &self.frames.close(code, reason, shared.now, mask) {
            Ok(frame) => transport.send(shared, &[frame]),
            Err(error) => Err(send_error(*error)),
        }
    }

    /// The masking key of the next frame: a server has none (RFC 6455 section 5.1). A client without entropy has none either, and
    /// then the frame machine sends nothing.
    #[cfg_attr(not(feature = "client"), expect(clippy::unused_self, reason = "a server's frames are alike"))]
    #[cfg_attr(feature = "client", inline(never))]
    pub(super) fn masking_key(&self) -> Option<[u8; 4]> {
        #[cfg(feature = "client")]
        if self.frames.role() == crate::ws::Role::Client {
            let mut key = [0; 4];
            return wm_sys::entropy(&mut key).ok().map(|()| key);
        }
        None
    }

    /// Whether everything is said, and the other side is to end the connection: a client leaves that to the server
    /// (RFC 6455 section 7.1.1), whose ports are not used up by it.
    pub(super) fn awaits_end(&self) -> bool {
        cfg!(feature = "client")
            && self.frames.role() == crate::ws::Role::Client
            && !self.hung_up
            && matches!(self.frames.close_state(), CloseState::Exchanged(_))
    }
}

/// What the frame machine refuses, in the words of the server.
pub(super) fn send_error(error: FrameError) -> SendError {
    match error {
        FrameError::Closing | FrameError::NoCloseReceived => SendError::Closing,
        FrameError::TooLong => SendError::TooLong,
        _ => SendError::OutOfOrder,
    }
}
