//! The protocol machines alone, and what else does the same.

use std::hint::black_box;

use wm_websockets::http::{HeadLimits, HeadParser};
use wm_websockets::ws::{mask, utf8::Validator};

use crate::inputs::{HEAD, KEY, MESSAGE, SEGMENT, mixed_text};
use crate::measure::device_at_work;

/// Runs `name` so often; false where that is no name of one of these.
pub fn run(name: &str, count: usize) -> bool {
    let mut bytes: Vec<u8> = (0..MESSAGE).map(|index| b' ' + (index % 90) as u8).collect();
    let text = mixed_text(MESSAGE);
    match name {
        "ours-head" => repeat(count, ours_head),
        "baseline-head" => repeat(count, httparse_head),
        "ours-unmask" => repeat(count, || mask::apply(black_box(KEY), 0, black_box(&mut bytes))),
        "baseline-unmask" => repeat(count, || unmask_naively(black_box(KEY), black_box(&mut bytes))),
        "ours-ascii" => repeat(count, || validate(black_box(&bytes))),
        "baseline-ascii" => repeat(count, || validate_at_once(black_box(&bytes))),
        "ours-text" => repeat(count, || validate(black_box(text.as_bytes()))),
        "baseline-text" => repeat(count, || validate_at_once(black_box(text.as_bytes()))),
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
    for segment in bytes.chunks(SEGMENT) {
        validator.push(segment).expect("sound");
    }
    validator.finish().expect("whole");
}

#[inline(never)]
fn validate_at_once(bytes: &[u8]) {
    black_box(core::str::from_utf8(bytes).ok());
}
