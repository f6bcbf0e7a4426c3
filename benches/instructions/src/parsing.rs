//! The protocol machines alone, and what else does the same.

use std::hint::black_box;

use wm_websockets::http::{HeadLimits, HeadParser};
use wm_websockets::ws::{mask, utf8::Validator};

use crate::measure::device_at_work;

/// 240 bytes, as a browser asks for a page.
const HEAD: &[u8] = b"GET /index.html HTTP/1.1\r\n\
    Host: 192.168.1.20\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0.1\r\n\
    Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n\
    Accept-Language: en-US,en;q=0.5\r\n\
    Accept-Encoding: gzip\r\n\
    Connection: keep-alive\r\n\r\n";
const _: () = assert!(HEAD.len() == 240);

const MESSAGE: usize = 16 * 1024;
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// Runs `name` so often; false where that is no name of one of these.
pub fn run(name: &str, count: usize) -> bool {
    let mut bytes: Vec<u8> = (0..MESSAGE).map(|index| b' ' + (index % 90) as u8).collect();
    let text: String =
        "Wien 3 \u{b0}C, Z\u{fc}rich 5 \u{b0}C, \u{6771}\u{4eac} 9 \u{b0}C; ".repeat(MESSAGE / 32);
    match name {
        "ours-head" => repeat(count, ours_head),
        "baseline-head" => repeat(count, httparse_head),
        "ours-unmask" => repeat(count, || mask::apply(black_box(KEY), 0, black_box(&mut bytes))),
        "baseline-unmask" => repeat(count, || unmask_naively(black_box(KEY), black_box(&mut bytes))),
        "ours-ascii" => repeat(count, || validate(black_box(&bytes))),
        "baseline-ascii" => repeat(count, || validate_at_once(black_box(&bytes))),
        "ours-text" => repeat(count, || validate(black_box(&text.as_bytes()[..MESSAGE]))),
        "baseline-text" => repeat(count, || validate_at_once(black_box(&text.as_bytes()[..MESSAGE]))),
        _ => return false,
    }
    true
}

fn repeat(count: usize, mut run: impl FnMut()) {
    device_at_work(&mut || (0..count).for_each(|_| run()));
}

#[inline(never)]
fn ours_head() {
    let found = HeadParser::default().parse(black_box(HEAD), &HeadLimits::default());
    let (request, length) = found.expect("sound").expect("complete");
    black_box((request.path(), request.keep_alive(), length));
}

#[inline(never)]
fn httparse_head() {
    let mut fields = [httparse::EMPTY_HEADER; 16];
    let mut request = httparse::Request::new(&mut fields);
    black_box(request.parse(black_box(HEAD)).expect("sound"));
    black_box(request.path);
}

/// As RFC 6455 section 5.3 writes it.
#[inline(never)]
fn unmask_naively(key: [u8; 4], bytes: &mut [u8]) {
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte ^= key[index % 4];
    }
}

/// In segments, as a message arrives.
#[inline(never)]
fn validate(bytes: &[u8]) {
    let mut validator = Validator::new();
    for segment in bytes.chunks(1460) {
        validator.push(segment).expect("sound");
    }
    // The text may be cut within its last character.
    black_box(validator.finish().ok());
}

#[inline(never)]
fn validate_at_once(bytes: &[u8]) {
    black_box(core::str::from_utf8(bytes).ok());
}
