//! All clients of a context.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use wm_sys::heap;

use super::super::connection::{Connection, Fate};
use super::super::head_buffer::HeadBuffer;
use super::super::routes::Routes;
use super::super::services::{FAR, Shared};
use super::super::visit::{Cause as Occasion, Owner};
use super::entry::{CALLS, Calls};
use super::error::StartError;
use super::options::ConnectOptions;
use super::slot::{Phase, Slot};
use super::state::State;

/// A client's name. A name that was kept too long is recognised as stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientId {
    pub(super) index: u8,
    pub(super) generation: u32,
}

/// Where a client lives.
enum Place {
    Free,
    /// It is taken out for a visit, so that its callbacks may reach all others.
    Visited,
    Home(Box<Slot>),
}

/// The clients by number.
#[derive(Default)]
pub(in crate::server) struct Clients {
    places: Vec<Place>,
    /// How many there have been.
    made: u32,
    /// Once there was one.
    calls: Option<&'static Calls>,
}

impl Place {
    fn is_free(&self) -> bool {
        matches!(self, Place::Free)
    }
}

impl Clients {
    pub(super) fn add(shared: &mut Shared, routes: Routes, state: State) -> Result<ClientId, StartError> {
        if state.url().is_ok_and(|url| !state.options.reaches(&url)) {
            return Err(StartError::NoTls);
        }
        let (limit, clients) = (shared.limits.clients, &mut shared.clients);
        let free = clients.places.iter().position(Place::is_free).unwrap_or(clients.places.len());
        let index = u8::try_from(free).ok().filter(|index| *index < limit).ok_or(StartError::TooMany)?;
        let start = if routes.has_protocol() || state.job.is_some() { shared.now } else { FAR };
        clients.made = clients.made.wrapping_add(1);
        clients.calls = Some(&CALLS);
        let generation = clients.made;
        let slot = heap::try_box(Slot::new(generation, routes, state, start));
        let slot = slot.map_err(|_| StartError::NoMemory)?;
        if free == clients.places.len() {
            clients.places.try_reserve(1).map_err(|_| StartError::NoMemory)?;
            clients.places.push(Place::Free);
        }
        clients.put(index, slot);
        shared.note_deadline(start);
        Ok(ClientId { index, generation })
    }

    pub(super) fn get(&mut self, id: ClientId) -> Option<&mut Slot> {
        match self.places.get_mut(usize::from(id.index))? {
            Place::Home(slot) if slot.generation == id.generation => Some(slot),
            _ => None,
        }
    }

    /// Takes a client out for a visit.
    fn take(&mut self, index: u8) -> Option<Box<Slot>> {
        let place = self.places.get_mut(usize::from(index))?;
        match mem::replace(place, Place::Visited) {
            Place::Home(slot) => Some(slot),
            other => {
                *place = other;
                None
            }
        }
    }

    fn put(&mut self, index: u8, slot: Box<Slot>) {
        if let Some(place) = self.places.get_mut(usize::from(index)) {
            *place = Place::Home(slot);
        }
    }

    /// Takes a client out for ever.
    pub(super) fn remove(&mut self, id: ClientId) -> Option<Box<Slot>> {
        self.get(id)?;
        let slot = self.take(id.index);
        self.vacate(id.index);
        slot
    }

    /// Gives up the place of a client that was taken out. The last one takes the table with it.
    fn vacate(&mut self, index: u8) {
        if let Some(place) = self.places.get_mut(usize::from(index)) {
            *place = Place::Free;
        }
        if self.places.iter().all(Place::is_free) {
            self.places = Vec::new();
        }
    }

    /// What the context does for clients, if there are any.
    pub(super) fn calls(&self) -> Option<&'static Calls> {
        self.calls
    }

    /// No client begins anything any more.
    pub(in crate::server) fn stop(&mut self) {
        for place in &mut self.places {
            let Place::Home(slot) = place else { continue };
            slot.state.stopping = true;
            if !matches!(slot.phase, Phase::Connected(..)) {
                slot.phase = Phase::Wait(FAR);
            }
        }
    }
}

/// A client may have something to do.
pub(super) fn advance(shared: &mut Shared, index: u8) {
    let Some(mut slot) = shared.clients.take(index) else { return };
    slot.advance(shared, index);
    settle(shared, index, slot);
}

/// Advances the clients whose time has come.
pub(super) fn advance_due(shared: &mut Shared) {
    for index in 0..shared.clients.places.len() as u8 {
        advance(shared, index);
    }
}

/// Visits the connection of a client.
pub(super) fn visit(
    shared: &mut Shared,
    head_buffer: &mut HeadBuffer,
    mut connection: Box<Connection>,
    occasion: Occasion,
) {
    let Some((index, mut slot)) = of(shared, &connection) else {
        return shared.dismiss(connection, Fate::Abort);
    };
    let owner = Owner { routes: &mut slot.routes, client: Some(&mut slot.state) };
    match connection.visit(shared, owner, head_buffer, occasion) {
        Fate::Keep => {
            shared.table.put(connection.id.index, connection);
            slot.flush(shared);
        }
        fate => slot.ended(shared, connection, fate),
    }
    settle(shared, index, slot);
}

/// Ends the connection of a client without a visit.
pub(super) fn end(shared: &mut Shared, mut connection: Box<Connection>, fate: Fate) {
    let Some((index, mut slot)) = of(shared, &connection) else { return shared.dismiss(connection, fate) };
    connection.end(shared, Owner { routes: &mut slot.routes, client: Some(&mut slot.state) });
    slot.ended(shared, connection, fate);
    settle(shared, index, slot);
}

/// The client of a connection, taken out of the table for a visit.
fn of(shared: &mut Shared, connection: &Connection) -> Option<(u8, Box<Slot>)> {
    let index = connection.client?;
    let slot = shared.clients.take(index)?;
    if matches!(&slot.phase, Phase::Connected(id, _) if *id == connection.id) {
        return Some((index, slot));
    }
    shared.clients.put(index, slot);
    None
}

/// Puts a client back, unless it has done all that it was made for.
pub(super) fn settle(shared: &mut Shared, index: u8, slot: Box<Slot>) {
    let over = slot.state.once && slot.state.job.is_none() && !matches!(slot.phase, Phase::Connected(..));
    if over {
        shared.clients.vacate(index);
    } else {
        shared.clients.put(index, slot);
    }
}

/// A client that speaks WebSocket.
pub(super) fn start(
    shared: &mut Shared,
    options: ConnectOptions,
    protocol: Box<dyn super::super::protocol::AnyProtocol>,
) -> Result<ClientId, StartError> {
    Clients::add(shared, Routes::of_client(protocol), State::new(options))
}
