//! What the C API offers to take texts apart that come from peers: JSON, lists, URLs, base64, dates, addresses.

#![no_main]

use std::ffi::{CStr, CString, c_char, c_int, c_uchar, c_void};
use std::hint::black_box;

use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
// The functions below are this crate's.
use wm_websockets as _;
use wm_websockets_fuzz::Input;

fuzz_target!(|data: &[u8]| {
    let Some((&first, data)) = data.split_first() else { return };
    match first % 3 {
        0 => json(Input::new(data)),
        1 => elements(data),
        _ => texts(data),
    }
});

/// `struct lejp_ctx`, as far as it is looked at, and room for the rest.
#[repr(C)]
struct Context {
    user: *mut c_void,
    parsing: [[u64; 4]; 5],
    levels: [[u8; 4]; 12],
    indices: [[u16; 8]; 2],
    path: [c_char; 128],
    value: [c_char; 255],
    rest: [u64; 8],
}

/// `lws_tokenize_t`.
#[repr(C)]
struct Tokens {
    start: *const c_char,
    token: *const c_char,
    length: usize,
    token_length: usize,
    flags: u16,
    delimiter: u8,
    element: i8,
}

type Callback = unsafe extern "C" fn(*mut Context, c_char) -> c_char;

unsafe extern "C" {
    fn lejp_construct(
        context: *mut Context,
        callback: Callback,
        user: *mut c_void,
        paths: *const *const c_char,
        count: c_uchar,
    );
    fn lejp_parse(context: *mut Context, text: *const c_uchar, length: c_int) -> c_int;
    fn lejp_destruct(context: *mut Context);
    fn lws_tokenize_init(tokens: *mut Tokens, start: *const c_char, flags: c_int);
    fn lws_tokenize(tokens: *mut Tokens) -> c_int;
    fn lws_tokenize_cstr(tokens: *mut Tokens, out: *mut c_char, length: usize) -> c_int;
    fn lws_json_simple_find(
        text: *const c_char,
        length: usize,
        name: *const c_char,
        found: *mut usize,
    ) -> *const c_char;
    fn lws_json_purify(out: *mut c_char, text: *const c_char, room: c_int, used: *mut c_int)
    -> *const c_char;
    fn lws_sql_purify(out: *mut c_char, text: *const c_char, room: usize) -> *const c_char;
    fn lws_urlencode(out: *mut c_char, text: *const c_char, room: c_int) -> *const c_char;
    fn lws_urldecode(out: *mut c_char, text: *const c_char, room: c_int) -> c_int;
    fn lws_b64_decode_string_len(text: *const c_char, length: c_int, out: *mut c_char, room: c_int) -> c_int;
    fn lws_b64_encode_string(text: *const c_char, length: c_int, out: *mut c_char, room: c_int) -> c_int;
    fn lws_hex_to_byte_array(text: *const c_char, out: *mut c_uchar, room: c_int) -> c_int;
    fn lws_http_date_parse_unix(text: *const c_char, length: usize, time: *mut i64) -> c_int;
    fn lws_parse_numeric_address(text: *const c_char, out: *mut c_uchar, room: usize) -> c_int;
    fn lws_parse_uri(
        text: *mut c_char,
        scheme: *mut *const c_char,
        host: *mut *const c_char,
        port: *mut c_int,
        path: *mut *const c_char,
    ) -> c_int;
    fn lws_filename_purify_inplace(name: *mut c_char);
    fn lws_strcmp_wildcard(
        pattern: *const c_char,
        length: usize,
        text: *const c_char,
        text_length: usize,
    ) -> c_int;
}

/// What the callback was told: why, where, what.
type Events = Vec<(c_char, CString, CString)>;

const TOO_DEEP: c_int = -18;
const NUMBER_TOO_LONG: c_int = -20;

/// How the cuts fall says nothing; and what `serde_json` takes is taken, within the limits.
fn json(input: Input<'_>) {
    let at_once = parse([input.bytes]);
    let in_pieces = parse(input.pieces());
    assert_eq!(at_once, in_pieces, "the cuts make a difference");
    let (result, _) = at_once;
    let is_json = serde_json::from_slice::<IgnoredAny>(input.bytes).is_ok();
    let is_root = matches!(input.bytes.trim_ascii_start().first(), Some(b'{' | b'['));
    // `#` begins a comment, and NULs are no part of a name.
    let is_plain = !input.bytes.contains(&b'#');
    if is_json && is_root && is_plain {
        assert!(result >= 0 || (NUMBER_TOO_LONG..=TOO_DEEP).contains(&result), "refused with {result}");
    }
}

fn parse<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> (c_int, Events) {
    unsafe extern "C" fn note(context: *mut Context, reason: c_char) -> c_char {
        // SAFETY: the parser's own context, whose user is the list below; both texts end with a zero byte.
        unsafe {
            let Context { user, path, value, .. } = &*context;
            let [path, value] = [&path[..], value].map(|text| CStr::from_ptr(text.as_ptr()).to_owned());
            (*user.cast::<Events>()).push((reason, path, value));
        }
        0
    }
    let paths = [c"a", c"a.b", c"*[].c", c"a*"].map(CStr::as_ptr);
    let mut events = Events::new();
    // SAFETY: zeros are a value of all members.
    let mut context: Box<Context> = Box::new(unsafe { std::mem::zeroed() });
    // SAFETY: the context and what it refers to live until it is destructed.
    unsafe {
        let user = (&raw mut events).cast();
        lejp_construct(&mut *context, note, user, paths.as_ptr(), paths.len() as c_uchar);
        let mut result = -1;
        let mut pieces = pieces.into_iter();
        while result == -1
            && let Some(piece) = pieces.next()
        {
            let piece = piece.to_vec().into_boxed_slice();
            result = lejp_parse(&mut *context, piece.as_ptr(), piece.len() as c_int);
        }
        lejp_destruct(&mut *context);
        // How much was left is a matter of the cuts; and so is -1, "go on", behind the end.
        (result.min(0), events)
    }
}

/// Elements of a list lie within the text, one behind the other, and come to an end.
fn elements(data: &[u8]) {
    let Some((flags, text)) = data.split_first_chunk::<2>() else { return };
    let text = text.to_vec().into_boxed_slice();
    let range = text.as_ptr_range();
    // SAFETY: zeros are a value of all members; the text lives as long.
    unsafe {
        let mut tokens: Tokens = std::mem::zeroed();
        lws_tokenize_init(&mut tokens, text.as_ptr().cast(), u16::from_le_bytes(*flags).into());
        tokens.length = text.len();
        for _ in 0..=text.len() + 1 {
            if lws_tokenize(&mut tokens) <= 0 {
                return;
            }
            let token = tokens.token.cast::<u8>();
            assert!(range.contains(&token) || tokens.token_length == 0);
            assert!(token.add(tokens.token_length) <= range.end);
            let mut copy = [1; 8];
            let fits = lws_tokenize_cstr(&mut tokens, copy.as_mut_ptr(), copy.len()) == 0;
            assert_eq!(fits, tokens.token_length < copy.len());
        }
        panic!("there is no end");
    }
}

/// Nothing is written beyond what there is room for, and it ends with a zero byte; what was encoded is decoded.
fn texts(data: &[u8]) {
    let Some((&room, bytes)) = data.split_first() else { return };
    let room = usize::from(room) + 1;
    let Ok(text) = CString::new(bytes.split(|byte| *byte == 0).next().unwrap_or_default()) else { return };
    let length = text.count_bytes();
    let out = || vec![0x55_u8; room].into_boxed_slice();
    let ends = |out: &[u8]| assert!(out.contains(&0), "no end");
    let (text, room_int, length_int) = (text.as_ptr(), room as c_int, length as c_int);
    // SAFETY: a text that ends with a zero byte, and so many bytes of room.
    unsafe {
        let mut buffer = out();
        lws_json_purify(buffer.as_mut_ptr().cast(), text, room_int, &mut 0);
        ends(&buffer);
        let mut buffer = out();
        lws_sql_purify(buffer.as_mut_ptr().cast(), text, room);
        ends(&buffer);
        let mut buffer = out();
        lws_urldecode(buffer.as_mut_ptr().cast(), text, room_int);
        ends(&buffer);
        let mut buffer = out();
        lws_b64_decode_string_len(text, length_int, buffer.as_mut_ptr().cast(), room_int);
        lws_hex_to_byte_array(text, buffer.as_mut_ptr(), room_int);
        lws_parse_numeric_address(text, buffer.as_mut_ptr(), room);
        lws_http_date_parse_unix(text, length, &mut 0);
        let mut found = 0;
        let value = lws_json_simple_find(text, length, c"\"a\":".as_ptr(), &mut found);
        assert!(value.is_null() || value.add(found) <= text.add(length));
        let half = length / 2;
        lws_strcmp_wildcard(text, half, text.add(half), length - half);

        let mut copy = CStr::from_ptr(text).to_owned().into_bytes_with_nul().into_boxed_slice();
        let (mut scheme, mut host, mut port, mut path) =
            (std::ptr::null(), std::ptr::null(), 0, std::ptr::null());
        if lws_parse_uri(copy.as_mut_ptr().cast(), &mut scheme, &mut host, &mut port, &mut path) == 0 {
            // To their ends.
            [scheme, host, path].iter().for_each(|part| {
                black_box(CStr::from_ptr(*part).count_bytes());
            });
        }
        let mut copy = CStr::from_ptr(text).to_owned().into_bytes_with_nul().into_boxed_slice();
        lws_filename_purify_inplace(copy.as_mut_ptr().cast());

        let mut encoded = vec![0x55_u8; 3 * length + 1].into_boxed_slice();
        lws_urlencode(encoded.as_mut_ptr().cast(), text, encoded.len() as c_int);
        let mut decoded = vec![0x55_u8; length + 1].into_boxed_slice();
        let result =
            lws_urldecode(decoded.as_mut_ptr().cast(), encoded.as_ptr().cast(), decoded.len() as c_int);
        assert_eq!(result, 0);
        assert_eq!(CStr::from_ptr(decoded.as_ptr().cast()), CStr::from_ptr(text));

        let mut encoded = vec![0x55_u8; length.div_ceil(3) * 4 + 1].into_boxed_slice();
        let count =
            lws_b64_encode_string(text, length_int, encoded.as_mut_ptr().cast(), encoded.len() as c_int);
        assert_eq!(count, encoded.len() as c_int - 1);
        let count = lws_b64_decode_string_len(
            encoded.as_ptr().cast(),
            count,
            decoded.as_mut_ptr().cast(),
            decoded.len() as c_int,
        );
        assert_eq!((count, CStr::from_ptr(decoded.as_ptr().cast())), (length_int, CStr::from_ptr(text)));
    }
}
