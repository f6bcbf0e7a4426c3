//! What other people's tools say about the examples, each served through the user-mode network on a free port.

pub(crate) mod browser;
pub(crate) mod c_program;
pub(crate) mod capi;
pub(crate) mod capi_examples;
pub(crate) mod curl;
pub(crate) mod kosoku;
pub(crate) mod libwebsockets;
pub(crate) mod node;
pub(crate) mod proxies;
pub(crate) mod python;
pub(crate) mod servers;
pub(crate) mod slow;
pub(crate) mod tls;
pub(crate) mod wrk;
