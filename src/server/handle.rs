//! The context as seen from another task, thread or interrupt handler.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt;

use critical_section::Mutex;
use wm_sys::heap::{self, Counted, OutOfMemory};

use super::broadcast::SlowPolicy;
use super::table::ConnectionId;
use crate::ws::Message;

/// Why another task could not reach a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandleError {
    /// The connection has ended; its name will never be valid again.
    Stale,
    /// [`Limits::mailbox`](super::Limits::mailbox) messages wait already: the context is not being served, or too slowly.
    Full,
    /// The message could not be copied, or the handle was made without memory for its mailbox.
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
        heap::try_extend(&mut copy, bytes).map_err(|_| HandleError::NoMemory)?;
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
    /// `None`: there was no memory for one.
    mailbox: Option<Counted<Mutex<RefCell<Mailbox>>>>,
}

/// A ring of letters.
struct Mailbox {
    slots: Box<[Option<Letter>]>,
    /// Where the oldest letter lies, and how many follow it, itself included.
    oldest: usize,
    waiting: usize,
    /// By connection: which names are valid.
    generations: Box<[u32]>,
    open: bool,
}

impl Handle {
    /// A handle that refuses everything.
    pub(super) const WITHOUT_MEMORY: Self = Handle { mailbox: None };

    pub(super) fn new(limit: usize, generations: Box<[u32]>) -> Result<Self, OutOfMemory> {
        let slots = heap::try_slice(limit, |_| None)?;
        let mailbox = Mailbox { slots, oldest: 0, waiting: 0, generations, open: true };
        Ok(Handle { mailbox: Some(Counted::try_new(Mutex::new(RefCell::new(mailbox)))?) })
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
        let mut letter = Some(letter);
        let refusal = self.with(|mailbox| {
            let refusal = mailbox.refuses(connection);
            if refusal.is_none() {
                mailbox.put(letter.take());
            }
            refusal
        });
        match refusal {
            Some(None) => {
                wm_sys::wake();
                Ok(())
            }
            Some(Some(error)) => Err(error),
            None => Err(HandleError::NoMemory),
        }
    }

    /// `None`: there is no mailbox. Nobody holds it when a critical section begins.
    fn with<R>(&self, access: impl FnOnce(&mut Mailbox) -> R) -> Option<R> {
        let mailbox = self.mailbox.as_ref()?;
        critical_section::with(|cs| Some(access(&mut *mailbox.borrow(cs).try_borrow_mut().ok()?)))
    }

    pub(super) fn take(&self) -> Option<Letter> {
        self.with(Mailbox::take)?
    }

    pub(super) fn set_generation(&self, index: u16, generation: u32) {
        self.with(|mailbox| {
            if let Some(known) = mailbox.generations.get_mut(usize::from(index)) {
                *known = generation;
            }
        });
    }

    /// The context ends: letters are refused from here.
    pub(super) fn close(&self) {
        self.with(|mailbox| mailbox.open = false);
        while self.take().is_some() {}
    }
}

impl Mailbox {
    fn refuses(&self, connection: Option<ConnectionId>) -> Option<HandleError> {
        let stale =
            connection.is_some_and(|id| self.generations.get(usize::from(id.index)) != Some(&id.generation));
        match () {
            _ if !self.open => Some(HandleError::Gone),
            _ if stale => Some(HandleError::Stale),
            _ if self.waiting >= self.slots.len() => Some(HandleError::Full),
            _ => None,
        }
    }

    /// Puts a letter behind the others; [`refuses`](Self::refuses) has found room.
    fn put(&mut self, letter: Option<Letter>) {
        let behind = self.slot(self.waiting);
        if let Some(slot) = self.slots.get_mut(behind) {
            *slot = letter;
            self.waiting = self.waiting.saturating_add(1);
        }
    }

    fn take(&mut self) -> Option<Letter> {
        let letter = self.slots.get_mut(self.oldest)?.take()?;
        self.oldest = self.slot(1);
        self.waiting = self.waiting.saturating_sub(1);
        Some(letter)
    }

    /// The slot so many places behind the oldest letter.
    fn slot(&self, behind: usize) -> usize {
        let index = self.oldest.saturating_add(behind);
        if index < self.slots.len() { index } else { index.saturating_sub(self.slots.len()) }
    }
}
