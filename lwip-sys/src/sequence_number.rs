//! Initial sequence numbers after RFC 6528: lwIP's `LWIP_HOOK_TCP_ISN`, of a firmware's own lwIP too if its hooks say so
//! (`wm_tcp_isn.h`). lwIP's own count in steps of half a second, and whoever has connected once knows those of all others.

use core::cell::Cell;

use critical_section::Mutex;

use crate::bindings::{ip_addr_octets, ip_addr_t};
use crate::unguessable::{Key, guessable, hash};

/// The key of RFC 6528, once there was entropy for it.
static SECRET: Mutex<Cell<Option<Key>>> = Mutex::new(Cell::new(None));

/// The initial sequence number of a connection: RFC 6528 section 3, `M + F(local, remote, secret)`.
///
/// `M` counts in steps of four microseconds, as coarse as the platform's clock; `F` is SipHash-2-4 under a key
/// drawn once. So numbers of one pair of endpoints rise, which lets a peer tell a new connection from an old
/// one's late segments, and say nothing about those of any other pair.
///
/// # Safety
/// Both pointers are to lwIP addresses.
#[unsafe(no_mangle)]
unsafe extern "C" fn wm_tcp_isn(
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

fn four_microseconds() -> u32 {
    (wm_sys::now().as_millis() as u32).wrapping_mul(250)
}

/// The key, drawn at the first connection after the platform has entropy.
fn secret() -> Key {
    if let Some(secret) = critical_section::with(|token| SECRET.borrow(token).get()) {
        return secret;
    }
    let mut secret = Key::default();
    match wm_sys::entropy(&mut secret) {
        Ok(()) => critical_section::with(|token| SECRET.borrow(token).set(Some(secret))),
        Err(error) => secret[..4].copy_from_slice(&guessable(error).to_ne_bytes()),
    }
    secret
}
