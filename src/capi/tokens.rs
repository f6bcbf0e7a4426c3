//! `enum lws_token_indexes`: names of request fields.

use core::ffi::{CStr, c_uchar};
use core::ptr;

use super::abi::lws_token_indexes;
use super::export;

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

export! {
    fn lws_token_to_string(number: lws_token_indexes) -> *const c_uchar {
        token(number).map_or(ptr::null(), |token| token.as_ptr().cast())
    }
}
