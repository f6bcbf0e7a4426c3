//! TLS sessions in builds without TLS: there are none.

use core::ffi::{c_char, c_int, c_void};

use super::abi::{lws_tls_sess_cb_t, lws_vhost};
use super::export;

export! {
    fn lws_tls_session_dump_save(
        _vh: *mut lws_vhost,
        _host: *const c_char,
        _port: u16,
        _cb_save: lws_tls_sess_cb_t,
        _opq: *mut c_void,
    ) -> c_int {
        1
    }

    fn lws_tls_session_dump_load(
        _vh: *mut lws_vhost,
        _host: *const c_char,
        _port: u16,
        _cb_load: lws_tls_sess_cb_t,
        _opq: *mut c_void,
    ) -> c_int {
        1
    }
}
