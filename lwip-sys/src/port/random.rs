//! Numbers that a peer must not guess: ports, transaction ids, initial sequence numbers.
//!
//! They come from the platform's entropy. While it fails, lwIP must still run: numbers are then hashed
//! from the clock and a counter, differ from one another, and can be guessed; a warning says so, once.

use core::cell::Cell;

use critical_section::Mutex;
use siphasher::sip::SipHasher24;

use crate::bindings::{ip_addr_octets, ip_addr_t};

type Secret = [u8; 16];

/// The key of RFC 6528, once there was entropy for it.
static SECRET: Mutex<Cell<Option<Secret>>> = Mutex::new(Cell::new(None));
/// How many numbers had to do without entropy.
static GUESSABLE: Mutex<Cell<u32>> = Mutex::new(Cell::new(0));

/// lwIP's `LWIP_RAND`.
#[unsafe(no_mangle)]
extern "C" fn lwip_port_rand() -> u32 {
    let mut octets = [0; 4];
    match wm_sys::entropy(&mut octets) {
        Ok(()) => u32::from_ne_bytes(octets),
        Err(error) => guessable(error),
    }
}

/// The initial sequence number of a connection: RFC 6528 section 3, `M + F(local, remote, secret)`.
///
/// `M` counts in steps of four microseconds, as coarse as the platform's clock; `F` is SipHash-2-4 under a key
/// drawn once. So numbers of one pair of endpoints rise, which lets a peer tell a new connection from an old
/// one's late segments, and say nothing about those of any other pair.
///
/// # Safety
/// Both pointers are to lwIP addresses.
#[unsafe(no_mangle)]
unsafe extern "C" fn lwip_port_tcp_isn(
    local: *const ip_addr_t,
    local_port: u16,
    remote: *const ip_addr_t,
    remote_port: u16,
) -> u32 {
    let mut connection = [0; 36];
    // SAFETY: the caller's promise; an address has at most 16 octets, and the rest stays zero.
    unsafe {
        ip_addr_octets(local, connection[..16].as_mut_ptr());
        ip_addr_octets(remote, connection[16..32].as_mut_ptr());
    }
    connection[32..34].copy_from_slice(&local_port.to_be_bytes());
    connection[34..].copy_from_slice(&remote_port.to_be_bytes());
    four_microseconds().wrapping_add(hash(&secret(), &connection))
}

/// One function for both uses, because its rounds are 1 KB of flash.
#[inline(never)]
fn hash(key: &Secret, bytes: &[u8]) -> u32 {
    SipHasher24::new_with_key(key).hash(bytes) as u32
}

fn four_microseconds() -> u32 {
    (wm_sys::now().as_millis() as u32).wrapping_mul(250)
}

/// The key, drawn at the first connection after the platform has entropy.
fn secret() -> Secret {
    if let Some(secret) = critical_section::with(|token| SECRET.borrow(token).get()) {
        return secret;
    }
    let mut secret = Secret::default();
    match wm_sys::entropy(&mut secret) {
        Ok(()) => critical_section::with(|token| SECRET.borrow(token).set(Some(secret))),
        Err(error) => secret[..4].copy_from_slice(&guessable(error).to_ne_bytes()),
    }
    secret
}

/// Another number for want of entropy.
fn guessable(error: wm_sys::EntropyError) -> u32 {
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
    hash(&Secret::default(), &bytes)
}
