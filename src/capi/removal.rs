//! Virtual hosts that end before their context does, with what only they have used.

use core::ptr;

use alloc::boxed::Box;

use super::abi::lws_vhost;
use super::context::Context;
use super::export;
use super::vhost::{Life, Vhost};

impl Context {
    /// Ends a virtual host: its connections first, out of the next `lws_service`.
    pub(super) fn remove_vhost(&self, vhost: &Vhost) {
        match vhost.life.get() {
            Life::Leaving | Life::Ended => return,
            Life::Initialized => vhost.life.set(Life::Leaving),
            Life::New => {}
        }
        for port in self.ports.borrow().iter() {
            port.remove(vhost);
        }
        self.for_each_wsi(&mut |wsi| {
            if ptr::eq(wsi.vhost.get(), vhost) {
                super::timeouts::kill(wsi);
            }
        });
        if !self.has_connections_of(vhost) {
            self.end_vhost(vhost);
        }
    }

    /// Closes ports that serve nobody, and frees what no connection refers to any more. To be called while no callback runs.
    fn bury_vhosts(&self) {
        for vhost in self.all_vhosts().filter(|vhost| vhost.life.get() == Life::Leaving) {
            // Those, too, that C has given another timeout since.
            self.for_each_wsi(&mut |wsi| {
                if ptr::eq(wsi.vhost.get(), vhost) {
                    super::timeouts::end(wsi);
                }
            });
            if !self.has_connections_of(vhost) {
                self.end_vhost(vhost);
            }
        }
        let Ok(mut core) = self.core.try_borrow_mut() else { return };
        let Some(core) = core.as_mut() else { return };
        // Handlers that refer to those closed before this pass are gone when their last connection is.
        if !core.has_closing_ports() {
            self.ports.borrow_mut().retain(|port| !port.is_closed());
        }
        self.ports.borrow().iter().for_each(|port| port.close_unused(core));
        self.vhosts.borrow_mut().retain(|each| {
            // SAFETY: in the list, hence not freed.
            let is_needed = unsafe { &**each }.life.get() != Life::Ended || self.has_connections_of(*each);
            if !is_needed {
                // SAFETY: came from a box; the application has given it up, no connection refers to it, and no port.
                drop(unsafe { Box::from_raw(*each) });
            }
            is_needed
        });
        // SAFETY: as above.
        let is_ending =
            |vhost: &*mut Vhost| matches!(unsafe { &**vhost }.life.get(), Life::Leaving | Life::Ended);
        let is_done = !self.vhosts.borrow().iter().any(is_ending);
        if is_done && !self.ports.borrow().iter().any(|port| port.is_closed()) {
            self.bury_vhosts.set(None);
        }
    }

    fn has_connections_of(&self, vhost: *const Vhost) -> bool {
        let mut found = false;
        self.for_each_wsi(&mut |wsi| found |= ptr::eq(wsi.vhost.get(), vhost));
        found
    }
}

export! {
    fn lws_vhost_destroy(vh: *mut lws_vhost) {
        // SAFETY: NULL or valid by contract.
        if let Some(vhost) = unsafe { Vhost::from_c(vh) } {
            let context = vhost.context();
            let _calls = context.calls();
            context.bury_vhosts.set(Some(Context::bury_vhosts));
            context.remove_vhost(vhost);
        }
    }
}
