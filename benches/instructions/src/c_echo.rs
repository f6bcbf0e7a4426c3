//! The same server written in C, on the C API (feature `capi`).

use std::ffi::c_int;

use wm_websockets::capi::{self, lws_context};
use wm_websockets::net::InterfaceConfig;

use crate::link::Link;

unsafe extern "C" {
    fn echo_start() -> *mut lws_context;
    fn echo_work(context: *mut lws_context) -> c_int;
    fn echo_end(context: *mut lws_context);
}

/// A context of C.
pub struct CEcho(*mut lws_context);

impl CEcho {
    /// Its driver is the one of the server in Rust: firmware on an SDK, whose lwIP has its interface already, has none of C's either.
    pub fn start(link: &Link) -> Self {
        // SAFETY: called once.
        let context = unsafe { echo_start() };
        let driver = Box::new(link.clone());
        // SAFETY: the context lives, if it is one, and this is its thread.
        let attached = unsafe {
            capi::with_context(context, |context| {
                context.stack().attach(driver, &InterfaceConfig::USER_NETWORK)
            })
        };
        attached.expect("there is a context").expect("there is memory");
        CEcho(context)
    }

    pub fn work(&mut self) {
        // SAFETY: the context lives.
        assert_eq!(unsafe { echo_work(self.0) }, 0);
    }
}

impl Drop for CEcho {
    fn drop(&mut self) {
        // SAFETY: it is used no more.
        unsafe { echo_end(self.0) };
    }
}
