//! `Debug` of what holds connections and handlers: which connection it is and how far, never what was sent or who may see it.

use core::fmt::{Debug, Formatter, Result};

use super::basic_auth::Basic;
use super::context::Context;
use super::digest_auth::Digest;
use super::form::{FormBody, Reading};
use super::guard::Guarded;
use super::handle::Handle;
use super::handler::{Collected, WholeBody};
use super::ports::OpenRoutes;
#[cfg(feature = "raw")]
use super::raw::RawSocket;
use super::response::Response;
use super::routes::Routes;
use super::services::Services;
use super::socket::Socket;
use super::stored_files::Sending;

impl Debug for Context {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let mut output = f.debug_struct("Context");
        output.field("ports", &self.ports.len()).field("connections", &self.shared.table.iter().count());
        output.field("limits", &self.shared.limits).field("counters", &self.shared.counters);
        output.finish_non_exhaustive()
    }
}

impl Debug for Services<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let mut output = f.debug_struct("Services");
        output.field("now", &self.shared.now).field("connections", &self.shared.table.iter().count());
        output.finish_non_exhaustive()
    }
}

impl Debug for Handle {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

impl Debug for Socket<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Socket").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(feature = "raw")]
impl Debug for RawSocket<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("RawSocket").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Debug for Response<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let mut output = f.debug_struct("Response");
        output.field("id", &self.id).field("is_started", &self.is_started()).finish_non_exhaustive()
    }
}

impl Debug for Routes {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let mut output = f.debug_struct("Routes");
        if let Some(paths) = &self.paths {
            output.field("handlers", &paths.handlers.len()).field("protocols", &paths.protocols.len());
        }
        output.finish_non_exhaustive()
    }
}

impl Debug for OpenRoutes<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_tuple("OpenRoutes").field(&self.0).finish()
    }
}

/// Of the handler nothing is asked: it may be a closure.
impl<G: Debug, H> Debug for Guarded<G, H> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Guarded").field("gate", &self.gate).finish_non_exhaustive()
    }
}

impl<C> Debug for Basic<C> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Basic").field("realm", &self.realm).finish_non_exhaustive()
    }
}

impl<C> Debug for Digest<C> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Digest").field("realm", &self.realm).finish_non_exhaustive()
    }
}

impl<F> Debug for WholeBody<F> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("WholeBody").finish_non_exhaustive()
    }
}

impl Debug for Collected {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Collected").field("length", &self.bytes.len()).finish_non_exhaustive()
    }
}

impl<H> Debug for FormBody<H> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("FormBody").finish_non_exhaustive()
    }
}

impl<F> Debug for Reading<F> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Reading").finish_non_exhaustive()
    }
}

impl<F> Debug for Sending<F> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Sending").field("part", &self.part).finish_non_exhaustive()
    }
}
