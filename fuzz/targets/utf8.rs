//! Text in pieces, with the standard library as oracle.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wm_websockets::ws::utf8::Validator;
use wm_websockets_fuzz::Input;

fuzz_target!(|data: &[u8]| {
    let input = Input::new(data);
    let mut validator = Validator::new();
    let (mut seen, mut sound) = (Vec::new(), true);
    for piece in input.pieces() {
        seen.extend_from_slice(piece);
        sound = sound && validator.push(piece).is_ok();
        assert_eq!(sound, may_go_on(&seen), "{seen:x?}");
    }
    let whole = core::str::from_utf8(input.bytes).is_ok();
    assert_eq!(sound && validator.finish().is_ok(), whole);
});

/// Whether these bytes can begin a text: at most a character is missing its end.
fn may_go_on(bytes: &[u8]) -> bool {
    core::str::from_utf8(bytes).err().is_none_or(|error| error.error_len().is_none())
}
