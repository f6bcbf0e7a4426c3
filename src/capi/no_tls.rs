//! A build without TLS: what asks for it is refused, and nothing is done in plain instead.

use core::ffi::{c_char, c_int, c_uint, c_void};

use super::abi::lws_context_creation_info;
use crate::client::ConnectOptions;
use crate::net::ListenOptions;
use crate::server::{Context, Routes, StartError};

/// None.
#[derive(Default)]
pub(super) struct Engines(());

/// Nobody looks at it.
pub(super) struct Given;

impl Given {
    pub(super) unsafe fn new(_: *const c_void, _: c_uint, _: *const c_char) -> Self {
        Given
    }
}

/// There is none.
pub(super) enum Tls {}

impl Tls {
    pub(super) fn port(&self) -> TlsPort {
        match *self {}
    }

    pub(super) fn without(&self, _: Routes) -> Routes {
        match *self {}
    }

    pub(super) fn is_from(&self, _: &[u8]) -> bool {
        match *self {}
    }

    pub(super) fn replace(&self, _: Identity) {
        match *self {}
    }
}

/// There is none.
pub(super) enum TlsPort {}

impl TlsPort {
    pub(super) fn join(&self, _: &Tls) -> Option<()> {
        match *self {}
    }

    pub(super) fn renew<'t>(&self, _: impl Iterator<Item = &'t Tls>) -> Option<()> {
        match *self {}
    }

    pub(super) fn listen(&self, _: &mut Context, _: &ListenOptions, _: Routes) -> Result<(), StartError> {
        match *self {}
    }
}

/// What clients need for TLS, which is not there.
pub(super) struct ClientTls;

impl ClientTls {
    /// Nothing is kept.
    pub(super) unsafe fn kept(_: &lws_context_creation_info) -> Option<Self> {
        Some(ClientTls)
    }

    /// `None`: nobody is trusted.
    pub(super) fn trust_further(&mut self, _: &[u8]) -> Option<()> {
        None
    }

    /// `None`: a client that asked for TLS is not connected in plain instead.
    pub(super) fn apply(&self, _: &Engines, _: c_int, _: ConnectOptions) -> Option<ConnectOptions> {
        log_line!(Error, "LCCSCF_USE_SSL was given, and this library was built without TLS");
        None
    }
}

/// `None`: nothing is served in plain instead.
pub(super) fn configure(_: &Engines, _: &lws_context_creation_info) -> Option<Tls> {
    log_line!(Error, "a certificate was given, and this library was built without TLS");
    None
}

/// There is none.
#[derive(Clone)]
pub(super) enum Identity {}

pub(super) fn identity(_: &Engines, _: &Given, _: &Given) -> Option<Identity> {
    None
}
