//! lwIP's `LWIP_RAND`: ports and transaction ids, which a peer must not guess, from the platform's entropy.

use crate::unguessable::guessable;

#[unsafe(no_mangle)]
extern "C" fn lwip_port_rand() -> u32 {
    let mut octets = [0; 4];
    match wm_sys::entropy(&mut octets) {
        Ok(()) => u32::from_ne_bytes(octets),
        Err(error) => guessable(error),
    }
}
