//! `lws_callback_http_dummy`: what a callback does that has nothing of its own to say.

use core::ffi::{c_int, c_void};
use core::ptr;

use super::abi::{
    LWS_CALLBACK_HTTP, LWS_CALLBACK_HTTP_BODY_COMPLETION, LWS_CALLBACK_HTTP_FILE_COMPLETION, lws,
    lws_callback_reasons,
};
use super::export;
use super::responses::{lws_http_transaction_completed, lws_return_http_status};

export! {
    fn lws_callback_http_dummy(
        wsi: *mut lws,
        reason: lws_callback_reasons,
        user: *mut c_void,
        input: *mut c_void,
        len: usize,
    ) -> c_int {
        let _ = (user, input, len);
        // SAFETY: passed on.
        let failed = unsafe {
            match reason {
                LWS_CALLBACK_HTTP => {
                    lws_return_http_status(wsi, 404, ptr::null()) != 0 || lws_http_transaction_completed(wsi) != 0
                }
                LWS_CALLBACK_HTTP_BODY_COMPLETION => lws_return_http_status(wsi, 200, ptr::null()) != 0,
                LWS_CALLBACK_HTTP_FILE_COMPLETION => lws_http_transaction_completed(wsi) != 0,
                _ => false,
            }
        };
        if failed { -1 } else { 0 }
    }
}
