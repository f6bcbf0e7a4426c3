//! `enum lws_token_indexes`: names of request fields.

use core::ffi::{CStr, c_int, c_uchar, c_void};
use core::ptr;

use alloc::vec::Vec;

use super::abi::{lws, lws_hdr_custom_fe_cb_t, lws_token_indexes};
use super::boundary::int;
use super::export;
use super::head::{Head, with_head};

/// By number: fields with their colon, methods with their space. Empty: what no request has.
static TOKENS: [&CStr; 81] = [
    c"get ",
    c"post ",
    c"options ",
    c"host:",
    c"connection:",
    c"upgrade:",
    c"origin:",
    c"sec-websocket-draft:",
    c"",
    c"sec-websocket-extensions:",
    c"sec-websocket-key1:",
    c"sec-websocket-key2:",
    c"sec-websocket-protocol:",
    c"sec-websocket-accept:",
    c"sec-websocket-nonce:",
    c"http/1.1 ",
    c"accept:",
    c"access-control-request-headers:",
    c"if-modified-since:",
    c"if-none-match:",
    c"accept-encoding:",
    c"accept-language:",
    c"pragma:",
    c"cache-control:",
    c"authorization:",
    c"cookie:",
    c"content-length:",
    c"content-type:",
    c"date:",
    c"range:",
    c"referer:",
    c"sec-websocket-key:",
    c"sec-websocket-version:",
    c"sec-websocket-origin:",
    c"accept-charset:",
    c"accept-ranges:",
    c"access-control-allow-origin:",
    c"age:",
    c"allow:",
    c"content-disposition:",
    c"content-encoding:",
    c"content-language:",
    c"content-location:",
    c"content-range:",
    c"etag:",
    c"expect:",
    c"expires:",
    c"from:",
    c"if-match:",
    c"if-range:",
    c"if-unmodified-since:",
    c"last-modified:",
    c"link:",
    c"location:",
    c"max-forwards:",
    c"proxy-authenticate:",
    c"proxy-authorization:",
    c"refresh:",
    c"retry-after:",
    c"server:",
    c"set-cookie:",
    c"strict-transport-security:",
    c"transfer-encoding:",
    c"user-agent:",
    c"vary:",
    c"via:",
    c"www-authenticate:",
    c"patch ",
    c"put ",
    c"delete ",
    c"",
    c"proxy ",
    c"x-real-ip:",
    c"http/1.0 ",
    c"x-forwarded-for:",
    c"connect ",
    c"head ",
    c"te:",
    c"replay-nonce:",
    c"x-auth-token:",
    c"x-amzn-dss-signature:",
];

fn token(number: lws_token_indexes) -> Option<&'static CStr> {
    TOKENS.get(usize::try_from(number).ok()?).copied().filter(|token| !token.is_empty())
}

/// The field that a token names, without its colon.
pub(super) fn field_name(number: lws_token_indexes) -> Option<&'static [u8]> {
    token(number)?.to_bytes().strip_suffix(b":")
}

/// The token with its colon, as it is written into heads.
pub(super) fn field_with_colon(number: lws_token_indexes) -> Option<&'static [u8]> {
    token(number).map(CStr::to_bytes).filter(|token| token.ends_with(b":"))
}

/// Whether a field has no token.
fn is_custom(name: &[u8]) -> bool {
    let is_named = |token: &&CStr| {
        token.to_bytes().strip_suffix(b":").is_some_and(|known| known.eq_ignore_ascii_case(name))
    };
    !TOKENS.iter().any(is_named)
}

/// The name of a field without token, in lower case and with its colon; the zero byte behind is not counted by anybody.
fn custom_name(head: &Head, number: usize) -> Option<Vec<u8>> {
    let name = head.names().filter(|name| is_custom(name)).nth(number)?;
    let mut text = Vec::new();
    wm_sys::heap::try_extend(&mut text, name).ok()?;
    text.make_ascii_lowercase();
    wm_sys::heap::try_extend(&mut text, b":\0").ok()?;
    Some(text)
}

export! {
    fn lws_hdr_custom_name_foreach(wsi: *mut lws, cb: lws_hdr_custom_fe_cb_t, opaque: *mut c_void) -> c_int {
        // SAFETY: NULL or valid by contract.
        let (Some(call), Some(())) = (cb, unsafe { with_head(wsi, |_| ()) }) else { return -1 };
        let mut number = 0;
        // The head is let go of for each call: C may do what it likes there.
        // SAFETY: as above.
        while let Some(name) = unsafe { with_head(wsi, |head| custom_name(head, number)) }.flatten() {
            // SAFETY: the application's function, with what it asked for.
            unsafe { call(name.as_ptr().cast(), int(name.len() - 1), opaque) };
            number += 1;
        }
        0
    }

    fn lws_token_to_string(number: lws_token_indexes) -> *const c_uchar {
        token(number).map_or(ptr::null(), |token| token.as_ptr().cast())
    }
}
