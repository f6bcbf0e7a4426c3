//! Callbacks for all connections of a protocol, and for all protocols of a virtual host.

use core::ffi::{c_int, c_void};
use core::ptr;

use super::abi::{lws, lws_callback_reasons, lws_context, lws_protocols, lws_vhost};
use super::context::Context;
use super::export;
use super::vhost::Vhost;
use super::wsi::{Kind, Wsi};

/// Calls the callback of `protocol` for each of its connections.
fn call_all(
    context: &Context,
    protocol: *const lws_protocols,
    reason: c_int,
    only: Option<&Vhost>,
    input: *mut c_void,
    length: usize,
) -> c_int {
    // SAFETY: NULL or valid by contract.
    let (Some(protocol), Ok(reason)) = (unsafe { protocol.as_ref() }, lws_callback_reasons::try_from(reason))
    else {
        return 1;
    };
    let _calls = context.calls();
    context.for_each_wsi(&mut |wsi| {
        if wsi.speaks(protocol) && only.is_none_or(|vhost| ptr::eq(vhost, wsi.vhost.get())) {
            wsi.call(reason, input, length);
        }
    });
    0
}

/// Calls each protocol of a virtual host about a connection, until one does not return 0. None has its session's memory.
fn call_protocols(vhost: &Vhost, wsi: &Wsi, reason: c_int, input: *mut c_void, length: usize) -> c_int {
    let Ok(reason) = lws_callback_reasons::try_from(reason) else { return 1 };
    let _calls = vhost.context().calls();
    c_int::from(vhost.protocols().any(|protocol| {
        if wsi.id.get().is_none() && wsi.kind.get() == Kind::Placeholder {
            wsi.protocol.set(protocol);
        }
        // SAFETY: the application's function, with what it asked for.
        protocol.callback.is_some_and(|callback| unsafe {
            callback(wsi.as_c(), reason, ptr::null_mut(), input, length) != 0
        })
    }))
}

export! {
    fn lws_callback_all_protocol(context: *mut lws_context, protocol: *const lws_protocols, reason: c_int) -> c_int {
        // SAFETY: NULL or valid by contract.
        unsafe { Context::from_c(context) }
            .map_or(1, |context| call_all(context, protocol, reason, None, ptr::null_mut(), 0))
    }

    fn lws_callback_all_protocol_vhost(vh: *mut lws_vhost, protocol: *const lws_protocols, reason: c_int) -> c_int {
        // SAFETY: passed on.
        unsafe { lws_callback_all_protocol_vhost_args(vh, protocol, reason, ptr::null_mut(), 0) }
    }

    fn lws_callback_all_protocol_vhost_args(
        vh: *mut lws_vhost,
        protocol: *const lws_protocols,
        reason: c_int,
        argp: *mut c_void,
        len: usize,
    ) -> c_int {
        // SAFETY: NULL or valid by contract.
        unsafe { Vhost::from_c(vh) }
            .map_or(1, |vhost| call_all(vhost.context(), protocol, reason, Some(vhost), argp, len))
    }

    fn lws_callback_vhost_protocols(wsi: *mut lws, reason: c_int, input: *mut c_void, len: usize) -> c_int {
        // SAFETY: NULL or valid by contract.
        unsafe { Wsi::from_c(wsi) }.map_or(1, |wsi| call_protocols(wsi.vhost(), wsi, reason, input, len))
    }

    fn lws_callback_vhost_protocols_vhost(
        vh: *mut lws_vhost,
        reason: c_int,
        input: *mut c_void,
        len: usize,
    ) -> c_int {
        // SAFETY: NULL or valid by contract.
        let Some(vhost) = (unsafe { Vhost::from_c(vh) }) else { return 1 };
        let placeholder = Wsi::new(vhost.context(), vhost, None, None);
        call_protocols(vhost, &placeholder, reason, input, len)
    }
}
