//! Basic authentication of mounts and WebSocket protocols.

use core::ffi::{c_char, c_uint};

use super::abi::{
    AUTH_MODE_MASK, LWS_CALLBACK_VERIFY_BASIC_AUTHORIZATION, LWSAUTHM_BASIC_AUTH_CALLBACK, LWSAUTHM_DEFAULT,
};
use super::boundary::text;
use super::context::Context;
use super::mounts;
use super::wsi::Wsi;
use crate::http::{Credentials, CredentialsError, Status};

/// Whether the request of a connection may pass: it may where no credentials are asked for, or those that it has stand in the file
/// of logins, or the protocol accepts them. Else the status that answers it. Who passed is known by name only from there on.
///
/// # Safety
/// `logins` is NULL or a C string.
pub(super) unsafe fn check(wsi: &Wsi, logins: *const c_char, mask: c_uint) -> Result<(), Status> {
    let mode = mask & AUTH_MODE_MASK;
    // SAFETY: the caller vouches for it.
    let logins = unsafe { text(logins) };
    if logins.is_none() && mode == LWSAUTHM_DEFAULT {
        return Ok(());
    }
    let credentials = shown(wsi)?;
    let is_accepted = match (mode, logins) {
        (LWSAUTHM_DEFAULT, Some(logins)) => is_listed(wsi.context(), logins, &credentials),
        (LWSAUTHM_BASIC_AUTH_CALLBACK, _) => {
            wsi.call_with(LWS_CALLBACK_VERIFY_BASIC_AUTHORIZATION, credentials.as_bytes()) != 0
        }
        _ => false,
    };
    if !is_accepted {
        return Err(Status::UNAUTHORIZED);
    }
    let kept =
        wsi.head.borrow_mut().as_mut().and_then(|head| head.replace(AUTHORIZATION, credentials.user()));
    kept.ok_or(Status::SERVICE_UNAVAILABLE)
}

const AUTHORIZATION: &[u8] = b"authorization";

/// What the request shows.
fn shown(wsi: &Wsi) -> Result<Credentials, Status> {
    let head = wsi.head.borrow();
    let value = head.as_ref().and_then(|head| head.sole_value(AUTHORIZATION));
    match Credentials::parse(value.ok_or(Status::UNAUTHORIZED)?) {
        Ok(credentials) => Ok(credentials),
        Err(CredentialsError::NoMemory) => Err(Status::SERVICE_UNAVAILABLE),
        Err(_) => Err(Status::FORBIDDEN),
    }
}

/// Whether the file of logins has these.
fn is_listed(context: &Context, logins: &[u8], credentials: &Credentials) -> bool {
    let listed = mounts::files().and_then(|files| (files.lists)(context, logins, credentials));
    listed.unwrap_or_else(|| {
        let name = core::str::from_utf8(logins).unwrap_or_default();
        log_line!(Error, "{name}: no such file of logins: nobody is let in");
        false
    })
}

/// Whether a line of the file is `user:password`. All lines are looked at, so that time tells nothing of where it is.
pub(super) fn is_line_of(content: &[u8], credentials: &Credentials) -> bool {
    let lines = content.split(|&byte| byte == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.fold(false, |found, line| found | credentials.are_line(line))
}
