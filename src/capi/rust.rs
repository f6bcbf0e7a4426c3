//! Rust in the context that C made.

use super::abi::lws_context;
use super::callback::Active;
use super::context::Context;
use crate::server::{self, Services};

/// Gives Rust what is below a context of C's: it may open ports of its own, add to what C serves at its ports
/// ([`routes`](server::Context::routes)), connect, set timers. `lws_service` serves all of it.
///
/// `None`: `context` is NULL or being destroyed, or this is within a callback, where [`with_services`] helps.
///
/// ```no_run
/// use core::ffi::c_int;
/// use wm_websockets::capi::{self, lws_context};
/// use wm_websockets::http::Request;
/// use wm_websockets::server::Response;
///
/// /// `int pump_begin(struct lws_context *context);`, which C calls once it has a context that listens on port 80.
/// #[unsafe(no_mangle)]
/// unsafe extern "C" fn pump_begin(context: *mut lws_context) -> c_int {
///     let page = |_: &Request<'_>, response: &mut Response<'_>| response.text("stands\n");
///     // SAFETY: C passes its context, in the thread that serves it.
///     let added = unsafe { capi::with_context(context, |context| context.routes(80)?.get("/pump", page).ok()) };
///     if added.flatten().is_some() { 0 } else { -1 }
/// }
/// ```
///
/// # Safety
/// `context` is NULL, or was made by `lws_create_context` and is not destroyed. This is the thread that calls `lws_service`.
pub unsafe fn with_context<R>(
    context: *mut lws_context,
    act: impl FnOnce(&mut server::Context) -> R,
) -> Option<R> {
    // SAFETY: the caller vouches for it.
    let shared = unsafe { Context::from_c(context) }?;
    if shared.is_doomed.get() || shared.is_serving.get() {
        return None;
    }
    // As while it is served: who destroys it meanwhile only asks for that.
    shared.is_serving.set(true);
    let result = shared.lend(act);
    shared.is_serving.set(false);
    if shared.is_doomed.get() {
        Context::destroy(context.cast());
    }
    result
}

/// Gives Rust what handlers can reach, in callbacks of C too: other connections, clients, counters.
///
/// `None`: `context` is NULL or being destroyed, or this is within `act`, or within that of [`with_context`].
///
/// ```no_run
/// use core::ffi::c_int;
/// use wm_websockets::capi::{self, lws_context};
/// use wm_websockets::server::SlowPolicy;
/// use wm_websockets::ws::Message;
///
/// /// `void pump_stopped(struct lws_context *context);`, which C calls from a timer.
/// #[unsafe(no_mangle)]
/// unsafe extern "C" fn pump_stopped(context: *mut lws_context) {
///     let tell = |services: &mut wm_websockets::server::Services<'_>| {
///         services.broadcast("/pump/live", Message::Text("stopped"), SlowPolicy::Drop)
///     };
///     // SAFETY: C passes its context, in the thread that serves it.
///     unsafe { capi::with_services(context, tell) };
/// }
/// ```
///
/// # Safety
/// As for [`with_context`].
pub unsafe fn with_services<R>(
    context: *mut lws_context,
    act: impl FnOnce(&mut Services<'_>) -> R,
) -> Option<R> {
    // SAFETY: the caller vouches for it.
    let context = unsafe { Context::from_c(context) }?;
    // What `act` calls of C must not reach the same services: nothing is handed out meanwhile.
    context.with_services(|services| context.during(Active::None, || act(services)))
}

impl Context {
    fn lend<R>(&self, act: impl FnOnce(&mut server::Context) -> R) -> Option<R> {
        let mut core = self.core.try_borrow_mut().ok()?;
        let core = core.as_mut()?;
        let before = core.port_count();
        let result = act(core);
        for number in core.port_numbers_behind(before) {
            // What went wrong is in the log.
            self.open_to_host(number);
        }
        Some(result)
    }
}
