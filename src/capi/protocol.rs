//! `struct lws_protocols` and their options.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;

use alloc::vec::Vec;

use super::abi::{lws_context_creation_info, lws_protocol_vhost_options, lws_protocols};
use super::boundary::text;
use super::export;

/// Whether two are the same as far as libwebsockets looks: by callback and name. Arrays of them may be copies.
pub(super) fn is_same(one: &lws_protocols, other: &lws_protocols) -> bool {
    let callbacks =
        one.callback.map(|callback| callback as usize) == other.callback.map(|callback| callback as usize);
    ptr::eq(one, other) || callbacks && name(one) == name(other)
}

/// A protocol's name, none for NULL.
pub(super) fn name(protocol: &lws_protocols) -> &'static [u8] {
    // SAFETY: names outlive the context by contract.
    unsafe { text(protocol.name) }.unwrap_or_default()
}

/// What serves a virtual host without protocols: plain HTTP.
struct Fallback([lws_protocols; 1]);

// SAFETY: nobody writes it.
unsafe impl Sync for Fallback {}

static FALLBACK: Fallback = Fallback([lws_protocols {
    name: c"http-only".as_ptr(),
    callback: Some(super::dummy::lws_callback_http_dummy),
    per_session_data_size: 0,
    rx_buffer_size: 0,
    id: 0,
    user: ptr::null_mut(),
    tx_packet_size: 0,
}]);

/// The protocols of a virtual host, from whichever list its info has; `None` without memory.
///
/// # Safety
/// The lists end as they should, and live as long as the context.
pub(super) unsafe fn collect(info: &lws_context_creation_info) -> Option<Vec<*const lws_protocols>> {
    let mut found = Vec::new();
    let mut push = |protocol| wm_sys::heap::try_push(&mut found, protocol).ok();
    if !info.protocols.is_null() {
        let mut protocol = info.protocols;
        // SAFETY: the list ends with one without callback.
        while unsafe { (*protocol).callback.is_some() } {
            push(protocol)?;
            // SAFETY: not the last.
            protocol = unsafe { protocol.add(1) };
        }
    } else if !info.pprotocols.is_null() {
        let mut entry = info.pprotocols;
        // SAFETY: the array ends with NULL.
        while let protocol = unsafe { *entry }
            && !protocol.is_null()
        {
            push(protocol)?;
            // SAFETY: not the last.
            entry = unsafe { entry.add(1) };
        }
    }
    if found.is_empty() {
        wm_sys::heap::try_push(&mut found, FALLBACK.0.as_ptr()).ok()?;
    }
    Some(found)
}

/// The option of that name in a list.
///
/// # Safety
/// NULL or a list that lives for `'a`.
pub(super) unsafe fn option<'a>(
    list: *const lws_protocol_vhost_options,
    name: &[u8],
) -> Option<&'a lws_protocol_vhost_options> {
    // SAFETY: the caller vouches for the list.
    unsafe { options(list) }.find(|option| {
        // SAFETY: names are C strings by contract.
        let this = unsafe { text(option.name) };
        this == Some(name)
    })
}

/// A list of options, one after the other.
///
/// # Safety
/// NULL or a list that lives for `'a`.
pub(super) unsafe fn options<'a>(
    list: *const lws_protocol_vhost_options,
) -> impl Iterator<Item = &'a lws_protocol_vhost_options> {
    // SAFETY: the caller vouches for the list, here and for each next one.
    core::iter::successors(unsafe { list.as_ref() }, |option| unsafe { option.next.as_ref() })
}

export! {
    fn lws_pvo_search(
        pvo: *const lws_protocol_vhost_options,
        name: *const c_char,
    ) -> *const lws_protocol_vhost_options {
        // SAFETY: NULL or valid by contract.
        let found = unsafe { text(name).and_then(|name| option(pvo, name)) };
        found.map_or(ptr::null(), ptr::from_ref)
    }

    fn lws_pvo_get_str(input: *mut c_void, name: *const c_char, result: *mut *const c_char) -> c_int {
        // SAFETY: passed on; a hit is valid.
        let value = unsafe { lws_pvo_search(input.cast(), name).as_ref() }.map(|option| option.value);
        match value {
            Some(value) if !result.is_null() => {
                // SAFETY: not NULL, and valid by contract.
                unsafe { result.write(value) };
                0
            }
            _ => 1,
        }
    }
}

/// A C string that the application keeps.
///
/// # Safety
/// NULL or a C string that outlives the context.
pub(super) unsafe fn kept(string: *const c_char) -> Option<&'static CStr> {
    // SAFETY: the caller vouches for it.
    (!string.is_null()).then(|| unsafe { CStr::from_ptr(string) })
}
