//! The connections of a context: taken up, found, freed.

use core::ptr;

use alloc::boxed::Box;

use super::clients;
use super::context::Context;
use super::wsi::Wsi;
use crate::server::ConnectionId;

impl Context {
    /// Takes up a connection.
    pub(super) fn add_wsi(&self, id: ConnectionId, wsi: Wsi) -> Option<&Wsi> {
        let wsi = Box::into_raw(wm_sys::heap::try_box(wsi).ok()?);
        match self.wsis.borrow_mut().get_mut(id.index()) {
            Some(place) => *place = wsi,
            // SAFETY: just made. There is a place for each of the core's connections.
            None => drop(unsafe { Box::from_raw(wsi) }),
        }
        self.wsi(id)
    }

    pub(super) fn wsi(&self, id: ConnectionId) -> Option<&Wsi> {
        // SAFETY: in the table until `remove_wsi`.
        let wsi = unsafe { self.wsis.borrow().get(id.index())?.as_ref() }?;
        (wsi.id.get() == Some(id)).then_some(wsi)
    }

    /// Frees a connection. Nobody refers to it any more.
    pub(super) fn remove_wsi(&self, id: ConnectionId) {
        let place = self
            .wsis
            .borrow_mut()
            .get_mut(id.index())
            .map(|place| core::mem::replace(place, ptr::null_mut()));
        if let Some(wsi) = place.filter(|wsi| !wsi.is_null()) {
            // SAFETY: came from a box, and was in the table once.
            drop(unsafe { Box::from_raw(wsi) });
        }
    }

    /// Takes up a client.
    pub(super) fn add_client(&self, wsi: Wsi) -> Option<&Wsi> {
        let wsi = clients::boxed(wsi)?;
        if wm_sys::heap::try_push(&mut self.clients.borrow_mut(), wsi).is_err() {
            // SAFETY: just made.
            drop(unsafe { Box::from_raw(wsi) });
            return None;
        }
        // SAFETY: in the list until `remove_client`.
        Some(unsafe { &*wsi })
    }

    /// Frees a client. Nobody refers to it any more.
    pub(super) fn remove_client(&self, wsi: &Wsi) {
        if let Some(id) = wsi.with_client(|client| client.id).flatten() {
            // Without memory it stays in the server's table, at rest.
            let _ = wm_sys::heap::try_push(&mut self.finished_clients.borrow_mut(), id);
        }
        let place = self.clients.borrow().iter().position(|each| ptr::eq(*each, wsi));
        if let Some(place) = place {
            let wsi = self.clients.borrow_mut().swap_remove(place);
            // SAFETY: came from a box, and was in the list once.
            drop(unsafe { Box::from_raw(wsi) });
        }
    }

    fn client_at(&self, place: usize) -> Option<&Wsi> {
        let client = *self.clients.borrow().get(place)?;
        // SAFETY: in the list until `remove_client`.
        unsafe { client.as_ref() }
    }

    /// Calls `act` for each connection, any of which may vanish meanwhile.
    pub(super) fn for_each_wsi(&self, act: &mut dyn FnMut(&Wsi)) {
        let mut place = 0;
        while let Some(client) = self.client_at(place) {
            let address = ptr::from_ref(client);
            act(client);
            // Where this one has vanished, another has taken its place.
            let stayed = self.client_at(place).is_some_and(|now| ptr::eq(now, address));
            place += usize::from(stayed);
        }
        for index in 0..self.wsis.borrow().len() {
            let wsi = self.wsis.borrow().get(index).copied().unwrap_or_default();
            // SAFETY: in the table, hence not freed.
            if let Some(wsi) = unsafe { wsi.as_ref() } {
                act(wsi);
            }
        }
    }
}
