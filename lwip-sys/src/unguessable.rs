//! What becomes of numbers that a peer must not guess while the platform's entropy fails. lwIP must still run: they are hashed
//! from the clock and a counter then, differ from one another, and can be guessed; a warning says so, once.

use core::cell::Cell;

use critical_section::Mutex;
use siphasher::sip::SipHasher24;

pub(crate) type Key = [u8; 16];

/// How many numbers had to do without entropy.
static GUESSABLE: Mutex<Cell<u32>> = Mutex::new(Cell::new(0));

/// One function for both uses, because its rounds are 1 KB of flash.
#[inline(never)]
pub(crate) fn hash(key: &Key, bytes: &[u8]) -> u32 {
    SipHasher24::new_with_key(key).hash(bytes) as u32
}

/// Another number for want of entropy.
pub(crate) fn guessable(error: wm_sys::EntropyError) -> u32 {
    let count = critical_section::with(|token| {
        let count = GUESSABLE.borrow(token);
        count.replace(count.get().wrapping_add(1))
    });
    if count == 0 {
        log::warn!(target: "lwip", "ports and sequence numbers can be guessed: {error}");
    }
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&count.to_ne_bytes());
    bytes[4..].copy_from_slice(&wm_sys::now().as_millis().to_ne_bytes());
    hash(&Key::default(), &bytes)
}
