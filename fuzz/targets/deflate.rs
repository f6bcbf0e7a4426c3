//! Compressed messages, however they are cut: what arrives, and what is sent.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wm_websockets::ws::Violation;
use wm_websockets::ws::deflate::{Agreement, Inflater, compress};
use wm_websockets_fuzz::Input;

const LIMIT: usize = 16_384;

fuzz_target!(|data: &[u8]| {
    let input = Input::new(data);
    let at_once = inflated([input.bytes], LIMIT);
    assert_eq!(inflated(input.pieces(), LIMIT), at_once, "the cuts make a difference");
    for window_bits in [8, 11, 15] {
        if let Some(compressed) = compress(input.bytes, window_bits) {
            assert!(compressed.len() < input.bytes.len());
            let message = inflated([&compressed[..]], input.bytes.len());
            assert_eq!(message.as_deref(), Ok(input.bytes));
        }
    }
    if let Some(agreed) = Agreement::from_offer(input.bytes).or_else(|| Agreement::from_answer(input.bytes)) {
        assert!((8..=15).contains(&agreed.window_bits()));
    }
});

fn inflated<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, limit: usize) -> Result<Vec<u8>, Violation> {
    let (mut inflater, mut message) = (Inflater::new(), Vec::new());
    for piece in pieces {
        inflater.push(piece, &mut message, limit)?;
    }
    inflater.finish(&mut message, limit)?;
    assert!(message.len() <= limit && message.capacity() <= limit.max(8));
    Ok(message)
}
