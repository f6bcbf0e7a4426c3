//! Sessions that clients can come back to, by server.

use alloc::vec::Vec;
use core::fmt;
#[cfg(feature = "capi")]
use core::slice;

use wm_sys::heap::{self, OutOfMemory};

use super::error::{Error, ErrorKind};
use super::saved_session::{Moment, SavedSession};

/// What one configuration remembers, the latest last.
#[derive(Default)]
pub(super) struct Remembered(Vec<Place>);

struct Place {
    host: Vec<u8>,
    port: u16,
    saved: SavedSession,
}

impl Place {
    fn new(host: &[u8], port: u16, saved: SavedSession) -> Result<Self, OutOfMemory> {
        let mut copy = Vec::new();
        heap::try_extend(&mut copy, host)?;
        Ok(Place { host: copy, port, saved })
    }

    fn is_for(&self, host: &[u8], port: u16) -> bool {
        self.host == host && self.port == port
    }

    /// How many bytes it is exported as.
    fn length(&self) -> usize {
        const NUMBERS: usize = 6;
        NUMBERS.saturating_add(self.host.len()).saturating_add(self.saved.length())
    }

    fn export(&self, exported: &mut Vec<u8>) -> Result<(), Error> {
        let Place { host, port, saved } = self;
        let saved = saved.to_bytes(Moment::now())?;
        heap::try_extend(exported, &length(host).to_be_bytes())?;
        heap::try_extend(exported, &port.to_be_bytes())?;
        heap::try_extend(exported, host)?;
        heap::try_extend(exported, &length(&saved).to_be_bytes())?;
        Ok(heap::try_extend(exported, &saved)?)
    }
}

impl Remembered {
    /// Takes the session with a server out: a ticket of TLS 1.3 is for one connection (RFC 8446 appendix C.4).
    pub(super) fn take(&mut self, host: &[u8], port: u16) -> Option<SavedSession> {
        let place = self.0.iter().position(|place| place.is_for(host, port))?;
        Some(self.0.remove(place).saved)
    }

    /// Puts one in the place of that server's, or of the oldest one.
    pub(super) fn put(
        &mut self,
        host: &[u8],
        port: u16,
        saved: SavedSession,
        most: usize,
    ) -> Result<(), OutOfMemory> {
        self.take(host, port);
        if most == 0 {
            return Ok(());
        }
        self.0.drain(..self.0.len().saturating_add(1).saturating_sub(most));
        heap::try_push(&mut self.0, Place::new(host, port, saved)?)
    }
}

/// As bytes: for each the length of the host's name, the port, that name, the length of the session, the session; numbers in two
/// octets, the higher one first.
impl Remembered {
    pub(super) fn export(&self) -> Result<Vec<u8>, Error> {
        export(&self.0)
    }

    /// One alone; `None`: there is none.
    #[cfg(feature = "capi")]
    pub(super) fn export_one(&self, host: &[u8], port: u16) -> Result<Option<Vec<u8>>, Error> {
        self.0
            .iter()
            .find(|place| place.is_for(host, port))
            .map(|place| export(slice::from_ref(place)))
            .transpose()
    }

    pub(super) fn import(&mut self, mut exported: &[u8], most: usize) -> Result<(), ImportError> {
        while !exported.is_empty() {
            let (host_length, port) = (take_number(&mut exported)?, take_number(&mut exported)?);
            let host = take(&mut exported, host_length)?;
            let saved_length = take_number(&mut exported)?;
            let saved = SavedSession::from_bytes(take(&mut exported, saved_length)?, Moment::now())?;
            self.put(host, port, saved, most)?;
        }
        Ok(())
    }
}

/// In one piece from the start: what grows leaves copies of its secrets behind.
fn export(places: &[Place]) -> Result<Vec<u8>, Error> {
    let length = places.iter().map(Place::length).fold(0, usize::saturating_add);
    let mut exported = Vec::new();
    exported.try_reserve_exact(length).map_err(|_| OutOfMemory)?;
    places.iter().try_for_each(|place| place.export(&mut exported))?;
    Ok(exported)
}

/// Of what is too long, as nothing here is, the session is cut, and then it is not imported.
fn length(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).unwrap_or(u16::MAX)
}

fn take<'b>(bytes: &mut &'b [u8], count: u16) -> Result<&'b [u8], ImportError> {
    let (taken, rest) = bytes.split_at_checked(count.into()).ok_or(ImportError::NotExported)?;
    *bytes = rest;
    Ok(taken)
}

fn take_number(bytes: &mut &[u8]) -> Result<u16, ImportError> {
    let octets = take(bytes, 2)?.first_chunk().ok_or(ImportError::NotExported)?;
    Ok(u16::from_be_bytes(*octets))
}

/// Why sessions could not be imported. Connections then begin with a whole handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportError {
    /// This is not what [`ClientConfig::export_sessions`](super::ClientConfig::export_sessions) made, or another version of the firmware
    /// made it: forget it.
    NotExported,
    /// The heap is exhausted.
    NoMemory,
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ImportError::NotExported => "no exported sessions, or those of another version",
            ImportError::NoMemory => "out of memory",
        })
    }
}

impl core::error::Error for ImportError {}

impl From<OutOfMemory> for ImportError {
    fn from(OutOfMemory: OutOfMemory) -> Self {
        ImportError::NoMemory
    }
}

impl From<Error> for ImportError {
    fn from(error: Error) -> Self {
        match error.kind {
            ErrorKind::NoMemory => ImportError::NoMemory,
            _ => ImportError::NotExported,
        }
    }
}
