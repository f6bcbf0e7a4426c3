//! `lws_ser`: numbers as the network has them, the highest byte first.

use super::export;

/// Writes the bytes, if there is a place for them.
///
/// # Safety
/// `to` is NULL, or has room for them.
unsafe fn write<const N: usize>(to: *mut u8, bytes: [u8; N]) {
    if !to.is_null() {
        // SAFETY: the caller vouches for the room; bytes need no alignment.
        unsafe { to.cast::<[u8; N]>().write(bytes) };
    }
}

/// The bytes there; NULL has zeros.
///
/// # Safety
/// `from` is NULL, or that many bytes are there.
unsafe fn read<const N: usize>(from: *const u8) -> [u8; N] {
    // SAFETY: the caller vouches for the bytes, which need no alignment.
    if from.is_null() { [0; N] } else { unsafe { from.cast::<[u8; N]>().read() } }
}

export! {
    fn lws_ser_wu16be(b: *mut u8, number: u16) {
        // SAFETY: valid by contract, here and in all functions below.
        unsafe { write(b, number.to_be_bytes()) };
    }

    fn lws_ser_wu32be(b: *mut u8, number: u32) {
        // SAFETY: as above.
        unsafe { write(b, number.to_be_bytes()) };
    }

    fn lws_ser_wu64be(b: *mut u8, number: u64) {
        // SAFETY: as above.
        unsafe { write(b, number.to_be_bytes()) };
    }

    fn lws_ser_ru16be(b: *const u8) -> u16 {
        // SAFETY: as above.
        u16::from_be_bytes(unsafe { read(b) })
    }

    fn lws_ser_ru32be(b: *const u8) -> u32 {
        // SAFETY: as above.
        u32::from_be_bytes(unsafe { read(b) })
    }

    fn lws_ser_ru64be(b: *const u8) -> u64 {
        // SAFETY: as above.
        u64::from_be_bytes(unsafe { read(b) })
    }
}
