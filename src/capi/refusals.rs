//! What makes no sense here, and says so.

use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use super::abi::{
    lws, lws_adoption_type, lws_context, lws_extension, lws_extension_callback_reasons,
    lws_sock_file_fd_type, lws_sockfd_type, lws_vhost,
};
use super::export;

fn no_descriptors() -> *mut lws {
    log_line!(Error, "descriptors cannot be adopted: connections of lwIP's raw API have none");
    ptr::null_mut()
}

export! {
    fn lws_adopt_descriptor_vhost(
        vh: *mut lws_vhost,
        kind: lws_adoption_type,
        fd: lws_sock_file_fd_type,
        vh_prot_name: *const c_char,
        parent: *mut lws,
    ) -> *mut lws {
        let _ = (vh, kind, fd, vh_prot_name, parent);
        no_descriptors()
    }

    fn lws_adopt_socket(context: *mut lws_context, accept_fd: lws_sockfd_type) -> *mut lws {
        let _ = (context, accept_fd);
        no_descriptors()
    }

    fn lws_adopt_socket_vhost(vh: *mut lws_vhost, accept_fd: lws_sockfd_type) -> *mut lws {
        let _ = (vh, accept_fd);
        no_descriptors()
    }

    fn lws_is_cgi(wsi: *mut lws) -> c_int {
        let _ = wsi;
        0
    }

    fn lws_extension_callback_pm_deflate(
        context: *mut lws_context,
        ext: *const lws_extension,
        wsi: *mut lws,
        reason: lws_extension_callback_reasons,
        user: *mut c_void,
        input: *mut c_void,
        len: usize,
    ) -> c_int {
        let _ = (context, ext, wsi, reason, user, input, len);
        0
    }
}
