//! The context as seen from another task, thread or interrupt handler.

#[cfg(target_has_atomic = "ptr")]
use alloc::sync::Arc;
#[cfg(not(target_has_atomic = "ptr"))]
use portable_atomic_util::Arc;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt;
use core::mem::MaybeUninit;

use critical_section::Mutex;

use super::broadcast::SlowPolicy;
use super::context::StartError;
use super::table::ConnectionId;
use crate::ws::Message;

/// Why another task could not reach a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandleError {
    /// The connection has ended; its name will never be valid again.
    Stale,
    /// [`Limits::mailbox`](super::Limits::mailbox) messages wait already: the context is not being served, or too slowly.
    Full,
    /// The message could not be copied.
    NoMemory,
    /// The context is gone.
    Gone,
}

impl fmt::Display for HandleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HandleError::Stale => "the connection has ended",
            HandleError::Full => "the mailbox is full: serve the context more often",
            HandleError::NoMemory => "out of memory",
            HandleError::Gone => "the context is gone",
        })
    }
}

impl core::error::Error for HandleError {}

/// A message on its way between tasks.
///
/// ```
/// use wm_websockets::server::OwnedMessage;
/// let reading = OwnedMessage::text("21.5 C")?;
/// # let _ = reading;
/// # Ok::<(), wm_websockets::server::HandleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedMessage {
    bytes: Vec<u8>,
    is_text: bool,
}

impl OwnedMessage {
    /// Copies text.
    pub fn text(text: &str) -> Result<Self, HandleError> {
        Ok(OwnedMessage { is_text: true, ..Self::binary(text.as_bytes())? })
    }

    /// Copies bytes.
    pub fn binary(bytes: &[u8]) -> Result<Self, HandleError> {
        let mut copy = Vec::new();
        copy.try_reserve_exact(bytes.len()).map_err(|_| HandleError::NoMemory)?;
        copy.extend_from_slice(bytes);
        Ok(OwnedMessage { bytes: copy, is_text: false })
    }

    /// The message; text that is not UTF-8 cannot be made.
    pub fn as_message(&self) -> Message<'_> {
        match core::str::from_utf8(&self.bytes) {
            Ok(text) if self.is_text => Message::Text(text),
            _ => Message::Binary(&self.bytes),
        }
    }
}

/// What another task wants.
pub(super) enum Letter {
    Send(ConnectionId, OwnedMessage),
    Broadcast(&'static str, OwnedMessage, SlowPolicy),
    Notify(ConnectionId),
}

/// Reaches a [`Context`](super::Context) from any other task.
///
/// Nothing is sent by the calling task: a bounded number of letters wait for the next pass of
/// [`Context::service`](super::Context::service), which is woken for them. The functions do not block, apart from a short
/// critical section.
///
/// ```
/// use wm_websockets::server::{ConnectionId, Handle, HandleError, OwnedMessage, SlowPolicy};
///
/// /// In the task that reads the sensor.
/// fn publish(handle: &Handle, celsius: f32) -> Result<(), HandleError> {
///     handle.broadcast("/readings", OwnedMessage::text(&format!("{celsius:.1}"))?, SlowPolicy::Drop)
/// }
/// ```
#[derive(Clone)]
pub struct Handle {
    mailbox: Arc<Mutex<RefCell<Mailbox>>>,
}

struct Mailbox {
    letters: VecDeque<Letter>,
    limit: usize,
    /// By connection: which names are valid.
    generations: Vec<u32>,
    open: bool,
}

impl Handle {
    pub(super) fn new(limit: usize, connections: u16) -> Result<Self, StartError> {
        let (mut letters, mut generations) = (VecDeque::new(), Vec::new());
        letters.try_reserve_exact(limit)?;
        generations.try_reserve_exact(usize::from(connections))?;
        generations.resize(usize::from(connections), 0);
        let mailbox = Mailbox { letters, limit, generations, open: true };
        Ok(Handle { mailbox: share(Mutex::new(RefCell::new(mailbox)))? })
    }

    /// Sends a message to one WebSocket client. If it has no room when the letter is opened, the message is lost and counted.
    pub fn send(&self, client: ConnectionId, message: OwnedMessage) -> Result<(), HandleError> {
        self.post(Some(client), Letter::Send(client, message))
    }

    /// Sends a message to all clients of a WebSocket route.
    pub fn broadcast(
        &self,
        pattern: &'static str,
        message: OwnedMessage,
        slow: SlowPolicy,
    ) -> Result<(), HandleError> {
        self.post(None, Letter::Broadcast(pattern, message, slow))
    }

    /// Has [`Protocol::notified`](super::Protocol::notified) called for a WebSocket, or
    /// [`Handler::writable`](super::Handler::writable) for a deferred response.
    pub fn notify(&self, connection: ConnectionId) -> Result<(), HandleError> {
        self.post(Some(connection), Letter::Notify(connection))
    }

    /// Ends the wait in [`Context::service`](super::Context::service), now or when it is next entered. From any context.
    pub fn wake(&self) {
        wm_sys::wake();
    }

    fn post(&self, connection: Option<ConnectionId>, letter: Letter) -> Result<(), HandleError> {
        // A letter that is not taken is dropped outside of the critical section.
        let result = critical_section::with(|cs| {
            let mut mailbox = self.mailbox.borrow(cs).borrow_mut();
            match mailbox.refuses(connection) {
                Some(error) => Err((error, letter)),
                None => {
                    mailbox.letters.push_back(letter);
                    Ok(())
                }
            }
        });
        result.map_err(|(error, _letter)| error)?;
        wm_sys::wake();
        Ok(())
    }

    pub(super) fn take(&self) -> Option<Letter> {
        critical_section::with(|cs| self.mailbox.borrow(cs).borrow_mut().letters.pop_front())
    }

    pub(super) fn set_generation(&self, index: u16, generation: u32) {
        critical_section::with(|cs| {
            if let Some(known) = self.mailbox.borrow(cs).borrow_mut().generations.get_mut(usize::from(index))
            {
                *known = generation;
            }
        });
    }

    /// The context ends: letters are refused from here.
    pub(super) fn close(&self) {
        critical_section::with(|cs| self.mailbox.borrow(cs).borrow_mut().open = false);
        while self.take().is_some() {}
    }
}

/// `Arc::new` aborts without memory, and stable Rust has no other: a box of its size tells beforehand. This is the start, when no
/// other task competes for the heap yet.
fn share<T>(value: T) -> Result<Arc<T>, StartError> {
    let room = wm_sys::heap::try_box((MaybeUninit::<T>::uninit(), [0_usize; 2]));
    drop(room.map_err(|_| StartError::NoMemory)?);
    Ok(Arc::new(value))
}

impl Mailbox {
    fn refuses(&self, connection: Option<ConnectionId>) -> Option<HandleError> {
        let stale =
            connection.is_some_and(|id| self.generations.get(usize::from(id.index)) != Some(&id.generation));
        match () {
            _ if !self.open => Some(HandleError::Gone),
            _ if stale => Some(HandleError::Stale),
            _ if self.letters.len() >= self.limit => Some(HandleError::Full),
            _ => None,
        }
    }
}
