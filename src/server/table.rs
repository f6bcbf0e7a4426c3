//! The connections, by index and generation.

use alloc::boxed::Box;

use wm_sys::heap::{self, OutOfMemory};

use super::connection::Connection;

/// A connection's name. Names are not used again within four thousand million connections of one place, so a name that was
/// kept too long is recognised as stale.
///
/// ```
/// use wm_websockets::server::{Handle, HandleError, ConnectionId, OwnedMessage};
///
/// fn tell(handle: &Handle, client: ConnectionId) -> Result<(), HandleError> {
///     handle.send(client, OwnedMessage::text("ready")?)
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionId {
    pub(super) index: u16,
    pub(super) generation: u32,
}

impl ConnectionId {
    /// The connection's place: below the sum of [`Limits::connections`](super::Limits::connections) and
    /// [`Limits::lingering`](super::Limits::lingering), and no other connection's while it lives. For tables by connection.
    pub fn index(self) -> usize {
        usize::from(self.index)
    }
}

struct Place {
    generation: u32,
    connection: Option<Box<Connection>>,
    /// While the place is free: the next free one.
    next_free: u16,
}

/// As many places as there may be connections, allocated once: 12 bytes each.
pub(super) struct Table {
    places: Box<[Place]>,
    /// Where the chain of free places begins; it ends with an index that no place has.
    first_free: u16,
}

impl Table {
    /// Bytes of a place.
    pub(super) const PLACE: usize = size_of::<Place>();

    pub(super) fn new(size: u16) -> Result<Self, OutOfMemory> {
        let free = |index: usize| Place {
            generation: 0,
            connection: None,
            next_free: (index as u16).saturating_add(1),
        };
        Ok(Table { places: heap::try_slice(usize::from(size), free)?, first_free: 0 })
    }

    /// Reserves a place for a connection that is about to be [put](Self::put) there, if one is left.
    pub(super) fn reserve(&mut self) -> Option<ConnectionId> {
        let index = self.first_free;
        let place = self.places.get(usize::from(index))?;
        self.first_free = place.next_free;
        Some(ConnectionId { index, generation: place.generation })
    }

    /// Puts a connection into the place that was reserved for it, or that it was taken from.
    pub(super) fn put(&mut self, index: u16, connection: Box<Connection>) {
        if let Some(place) = self.places.get_mut(usize::from(index)) {
            place.connection = Some(connection);
        }
    }

    /// Takes a connection out for a visit: while its handler runs, the table holds all others.
    #[inline(never)]
    pub(super) fn take(&mut self, index: u16) -> Option<Box<Connection>> {
        self.places.get_mut(usize::from(index))?.connection.take()
    }

    /// Gives up a place whose connection was taken or never put. Names of it are stale from here; says which is valid next.
    pub(super) fn vacate(&mut self, index: u16) -> u32 {
        let Some(place) = self.places.get_mut(usize::from(index)) else { return 0 };
        place.generation = place.generation.wrapping_add(1);
        place.next_free = core::mem::replace(&mut self.first_free, index);
        place.generation
    }

    /// Whether the name belongs to a connection that exists.
    pub(super) fn is_current(&self, id: ConnectionId) -> bool {
        self.places.get(usize::from(id.index)).is_some_and(|place| place.generation == id.generation)
    }

    /// The valid generation of each place.
    pub(super) fn generations(&self) -> Result<Box<[u32]>, OutOfMemory> {
        let generation = |index: usize| self.places.get(index).map_or(0, |place| place.generation);
        heap::try_slice(self.places.len(), generation)
    }

    pub(super) fn get_mut(&mut self, index: u16) -> Option<&mut Connection> {
        self.places.get_mut(usize::from(index))?.connection.as_deref_mut()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u16, &Connection)> {
        self.places.iter().zip(0..).filter_map(|(place, index)| Some((index, place.connection.as_deref()?)))
    }

    /// Every index, in use or not.
    pub(super) fn indices(&self) -> core::ops::Range<u16> {
        0..self.places.len() as u16
    }
}
