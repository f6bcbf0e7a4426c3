//! The head of a client's request, and of its answer.

use core::ffi::c_int;
use core::ptr;

use crate::capi::abi::{
    LCCSCF_HTTP_MULTIPART_MIME, LCCSCF_HTTP_X_WWW_FORM_URLENCODED,
    LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER, LWS_CALLBACK_WSI_CREATE,
};
use crate::capi::callback::Active;
use crate::capi::head::{Head, add_field_lines};
use crate::capi::wsi::Wsi;
use crate::http::{ReceivedResponse, RequestHead, ResponseError};
#[cfg(feature = "security-tls12")]
use crate::tls::{KeptCertificate, PeerCertificate};

/// What stands between the parts of a multipart body.
pub(super) const BOUNDARY: &[u8] = b"----wm-websockets-3f9a1c70";
const MULTIPART: &str = "multipart/form-data; boundary=----wm-websockets-3f9a1c70";

/// What C adds to the head of the request.
pub(super) fn prepare(wsi: &Wsi, head: &mut RequestHead<'_>) -> Result<(), ResponseError> {
    let room = wsi.context().added_fields;
    let mut added = wm_sys::heap::try_slice(room, |_| 0_u8).map_err(|_| ResponseError::NoSpace)?;
    let start = added.as_mut_ptr();
    let mut position = start;
    let refused = wsi.context().during(Active::None, || {
        wsi.call(LWS_CALLBACK_WSI_CREATE, ptr::null_mut(), 0);
        wsi.call(LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER, (&raw mut position).cast(), room)
    });
    if refused != 0 {
        return Err(ResponseError::BadFieldValue);
    }
    let flags = wsi.with_client(|client| client.flags).unwrap_or(0);
    if flags & LCCSCF_HTTP_MULTIPART_MIME as c_int != 0 {
        head.field("content-type", MULTIPART)?;
    } else if flags & LCCSCF_HTTP_X_WWW_FORM_URLENCODED as c_int != 0 {
        head.field("content-type", "application/x-www-form-urlencoded")?;
    }
    let length = position.addr().saturating_sub(start.addr()).min(room);
    add_field_lines(&added[..length], &mut |name, value| {
        // How the body is framed, the client says itself: not every server takes chunks where C knows the length.
        if name.eq_ignore_ascii_case("content-length") {
            announce(wsi, head, value);
        } else if !name.eq_ignore_ascii_case("transfer-encoding") {
            head.field(name, value)?;
        }
        Ok(())
    })
}

/// Takes the length of the body, unless a redirect has left it behind.
fn announce(wsi: &Wsi, head: &mut RequestHead<'_>, value: &[u8]) {
    if wsi.with_client(|client| client.redirected_to_get) == Some(false)
        && let Some(length) = core::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok())
    {
        head.announce_length(length);
    }
}

/// C may ask about it later. Without memory it learns nothing.
#[cfg(feature = "security-tls12")]
pub(super) fn keep_certificate(wsi: &Wsi, server: &PeerCertificate<'_>) {
    let kept = KeptCertificate::of(server).map_err(|error| log_line!(Warn, "certificate not kept: {error}"));
    wsi.with_client(|client| client.certificate = kept.ok());
}

pub(super) fn note_response(wsi: &Wsi, response: &ReceivedResponse<'_>) {
    wsi.head.replace(Head::of_response(response));
    wsi.with_client(|client| client.status = response.status().code().into());
}
