//! Calling a protocol of C, while it may call back.
//!
//! The core hands out a [`Socket`], a [`Response`] or [`Services`] for the time of one call. C has no such parameter: while its
//! callback runs, the context remembers what was handed out, and the functions that C calls find it there.

use alloc::boxed::Box;
use core::cell::RefMut;
use core::ffi::{c_int, c_void};
use core::mem;
use core::ptr::{self, NonNull};

use super::abi::{
    LWS_CALLBACK_CHECK_ACCESS_RIGHTS, LWS_CALLBACK_WSI_DESTROY, LWS_PRE, lws_callback_reasons,
    lws_process_html_args,
};
use super::boundary::int;
use super::context::Context;
use super::wsi::{Life, Wsi};
use crate::server::{self, ConnectionId, RawSocket, Response, Services, Socket};

/// What the core has handed out for now. Two words, which travel in registers.
#[derive(Clone, Copy)]
pub(super) enum Active {
    None,
    Socket(NonNull<Socket<'static>>),
    Response(NonNull<Response<'static>>),
    Raw(NonNull<RawSocket<'static>>),
    Services(NonNull<Services<'static>>),
}

impl Active {
    pub(super) fn socket(socket: &mut Socket<'_>) -> Self {
        Active::Socket(NonNull::from(socket).cast())
    }

    pub(super) fn response(response: &mut Response<'_>) -> Self {
        Active::Response(NonNull::from(response).cast())
    }

    pub(super) fn raw(socket: &mut RawSocket<'_>) -> Self {
        Active::Raw(NonNull::from(socket).cast())
    }

    pub(super) fn services(services: &mut Services<'_>) -> Self {
        Active::Services(NonNull::from(services).cast())
    }
}

/// Reaching the core, in a callback and outside.
impl Context {
    /// Runs `calls`, during which C may use what is `active`. The caller keeps its hands off that meanwhile.
    pub(super) fn during<R>(&self, active: Active, calls: impl FnOnce() -> R) -> R {
        let before = self.active.replace(active);
        let result = calls();
        self.active.set(before);
        result
    }

    /// What belongs to no connection; `None` where the core has handed out nothing.
    pub(super) fn with_services<R>(&self, act: impl FnOnce(&mut Services<'_>) -> R) -> Option<R> {
        Some(act(&mut self.services(&mut None)?))
    }

    /// `core` keeps the core borrowed, if it was not handed out.
    #[inline(never)]
    fn services<'a, 'c>(
        &'c self,
        core: &'a mut Option<RefMut<'c, Option<server::Context>>>,
    ) -> Option<Services<'a>> {
        Some(match self.active.get() {
            // SAFETY: `during` set this for the time of a callback, which is running, and whoever called it does not touch the
            // object meanwhile; `with_services` calls nothing of C, so that there is one reference at a time.
            Active::Socket(mut socket) => unsafe { socket.as_mut() }.services(),
            // SAFETY: as above.
            Active::Response(mut response) => unsafe { response.as_mut() }.services(),
            // SAFETY: as above.
            Active::Raw(mut socket) => unsafe { socket.as_mut() }.services(),
            // SAFETY: as above.
            Active::Services(mut services) => unsafe { services.as_mut() }.lent(),
            Active::None => core.insert(self.core.try_borrow_mut().ok()?).as_mut()?.services(),
        })
    }
}

impl Wsi {
    fn is_of(&self, id: ConnectionId) -> bool {
        self.id.get() == Some(id)
    }

    /// The WebSocket behind it, if it is one and can be reached now.
    pub(super) fn with_socket<R>(&self, act: impl FnOnce(&mut Socket<'_>) -> R) -> Option<R> {
        match self.context().active.get() {
            // SAFETY: as in `services`.
            Active::Socket(mut socket) if self.is_of(unsafe { socket.as_ref() }.id()) => {
                // SAFETY: as above.
                Some(act(unsafe { socket.as_mut() }))
            }
            _ => {
                let id = self.id.get()?;
                self.context().with_services(|services| services.with_socket(id, act))?
            }
        }
    }

    /// The response to its request, if there is one and can be reached now.
    pub(super) fn with_response<R>(&self, act: impl FnOnce(&mut Response<'_>) -> R) -> Option<R> {
        match self.context().active.get() {
            // SAFETY: as in `services`.
            Active::Response(mut response) if self.is_of(unsafe { response.as_ref() }.id()) => {
                // SAFETY: as above.
                Some(act(unsafe { response.as_mut() }))
            }
            _ => {
                let id = self.id.get()?;
                self.context().with_services(|services| services.with_response(id, act))?
            }
        }
    }

    /// The raw connection behind it, if it is one and can be reached now.
    pub(super) fn with_raw_socket<R>(&self, act: impl FnOnce(&mut RawSocket<'_>) -> R) -> Option<R> {
        match self.context().active.get() {
            // SAFETY: as in `services`.
            Active::Raw(mut socket) if self.is_of(unsafe { socket.as_ref() }.id()) => {
                // SAFETY: as above.
                Some(act(unsafe { socket.as_mut() }))
            }
            _ => {
                let id = self.id.get()?;
                self.context().with_services(|services| services.with_raw_socket(id, act))?
            }
        }
    }

    /// Calls the protocol's callback. One that ended the connection hears only of its end.
    pub(super) fn call(&self, reason: lws_callback_reasons, input: *mut c_void, length: usize) -> c_int {
        // SAFETY: protocols outlive their context by contract.
        let callback = unsafe { self.protocol_or_first().as_ref() }.and_then(|protocol| protocol.callback);
        let Some(callback) = callback else { return 0 };
        // SAFETY: the application's function, with what its reason promises.
        unsafe { callback(self.as_c(), reason, self.user.get(), input, length) }
    }

    /// The same with data, which gets LWS_PRE bytes in front of it and a zero byte behind. -1 without memory for that.
    pub(super) fn call_with(&self, reason: lws_callback_reasons, data: &[u8]) -> c_int {
        self.with_padded(data, |padded| self.call_in_place(reason, padded))
    }

    /// Has `call` use data with LWS_PRE bytes in front of it and a zero byte behind. -1 without memory for that.
    fn with_padded(&self, data: &[u8], call: impl FnOnce(&mut [u8]) -> c_int) -> c_int {
        let mut buffer = self.context().buffer.take();
        let result = match padded(&mut buffer, data) {
            Some(padded) => call(padded),
            None => -1,
        };
        self.context().buffer.set(buffer);
        result
    }

    /// The same with a `struct lws_process_html_args` about the path of a request and what its mount says of access. Whether C has answered
    /// by itself is for `answered`.
    pub(super) fn call_about_access(&self, path: &[u8], mask: u32, answered: &mut bool) -> c_int {
        self.with_padded(path, |padded| {
            let mut arguments = lws_process_html_args {
                p: padded.get_mut(PRE..).unwrap_or_default().as_mut_ptr().cast(),
                len: int(path.len()),
                max_len: mask as c_int,
                final_: 0,
                chunked: 0,
            };
            let result = self.call(LWS_CALLBACK_CHECK_ACCESS_RIGHTS, (&raw mut arguments).cast(), 0);
            *answered = arguments.final_ != 0;
            result
        })
    }

    /// The same with data that has LWS_PRE bytes in front of it already, and a zero byte behind.
    pub(super) fn call_in_place(&self, reason: lws_callback_reasons, padded: &mut [u8]) -> c_int {
        let length = padded.len().saturating_sub(PRE + 1);
        let data = padded.get_mut(PRE..).unwrap_or_default();
        self.call(reason, data.as_mut_ptr().cast(), length)
    }

    /// Tells the first protocol of the virtual host that the connection is no more: that is who hears of it, whatever was bound.
    pub(super) fn tell_destroyed(&self) {
        // SAFETY: protocols outlive their context by contract.
        let callback =
            unsafe { self.vhost().first_protocol().as_ref() }.and_then(|protocol| protocol.callback);
        if let Some(callback) = callback {
            // SAFETY: the application's function, with what its reason promises.
            unsafe { callback(self.as_c(), LWS_CALLBACK_WSI_DESTROY, self.user.get(), ptr::null_mut(), 0) };
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.life.get() == Life::Open
    }
}

/// LWS_PRE as a length.
pub(super) const PRE: usize = LWS_PRE as usize;

/// Begins a padded buffer.
pub(super) fn pad(buffer: &mut alloc::vec::Vec<u8>) -> Option<()> {
    append(buffer, &[0; PRE])
}

/// `data` with its padding and its zero byte, in a buffer that is replaced where it is too short; `None` without memory.
fn padded<'b>(buffer: &'b mut Box<[u8]>, data: &[u8]) -> Option<&'b mut [u8]> {
    let length = data.len().saturating_add(PRE + 1);
    if buffer.len() < length {
        // Never both at a time: of what it held nothing is needed.
        drop(mem::take(buffer));
        *buffer = wm_sys::heap::try_slice(length, |_| 0).ok()?;
    }
    let padded = buffer.get_mut(..length)?;
    let (place, behind) = padded.get_mut(PRE..)?.split_at_mut_checked(data.len())?;
    place.copy_from_slice(data);
    behind.fill(0);
    Some(padded)
}

/// Appends to a padded buffer; `None` without memory.
pub(super) fn append(buffer: &mut alloc::vec::Vec<u8>, data: &[u8]) -> Option<()> {
    wm_sys::heap::try_extend(buffer, data).ok()
}
