//! What one operation with a public key costs on this board: the measure for the longest pass of a server. Prints
//! `operation TICKS NAME` for each, and ends, with exit code 1 if one failed.

#![no_std]
#![no_main]

use core::ffi::{c_int, c_uchar, c_void};
use core::fmt::Write as _;
use core::{ptr, slice};

use board::clock::ticks;
use board::{Board, Console, started};
use mbedtls as raw;
use wm_websockets::tls::Engine;

// The C functions that Mbed TLS refers to.
use tinyrlibc as _;

const P_256: raw::mbedtls_ecp_group_id = raw::mbedtls_ecp_group_id_MBEDTLS_ECP_DP_SECP256R1;
const CURVE25519: raw::mbedtls_ecp_group_id = raw::mbedtls_ecp_group_id_MBEDTLS_ECP_DP_CURVE25519;
/// What is signed: as long as a SHA-256.
const HASH: [u8; 32] = [0x5a; 32];

#[cortex_m_rt::entry]
fn main() -> ! {
    _ = started(Board::start());
    // Gives Mbed TLS its heap and our multiplication.
    let _engine = started(Engine::new());
    let mut p256 = Key::new(P_256);
    measure("P-256 key", || p256.generate());
    let mut agreed = raw::mbedtls_mpi::default();
    measure("P-256 ECDH, both halves", || p256.generate() | p256.agree(&mut agreed));
    let (mut r, mut s) = (raw::mbedtls_mpi::default(), raw::mbedtls_mpi::default());
    measure("P-256 ECDSA, signing", || p256.sign(&mut r, &mut s));
    measure("P-256 ECDSA, verifying", || p256.verify(&r, &s));
    let mut x25519 = Key::new(CURVE25519);
    measure("X25519, both halves", || x25519.generate() | x25519.agree(&mut agreed));
    board::report::exit(0)
}

/// Does it once before, when tables are made that Mbed TLS keeps for the curve.
fn measure(name: &str, mut operation: impl FnMut() -> c_int) {
    let failed = operation();
    let began = ticks();
    let failed = failed | operation();
    let passed = ticks().wrapping_sub(began);
    match failed {
        0 => _ = writeln!(Console, "operation {passed} {name}"),
        code => {
            _ = writeln!(Console, "error: {name}: {code}");
            board::report::exit(1)
        }
    }
}

struct Key {
    group: raw::mbedtls_ecp_group,
    private: raw::mbedtls_mpi,
    public: raw::mbedtls_ecp_point,
}

// SAFETY (of each block below): all contexts are zeroed or were set up, and live as long as the call; `random` needs no context.
impl Key {
    fn new(curve: raw::mbedtls_ecp_group_id) -> Self {
        let mut key =
            Self { group: Default::default(), private: Default::default(), public: Default::default() };
        // SAFETY: see above.
        unsafe { raw::mbedtls_ecp_group_load(&mut key.group, curve) };
        key
    }

    fn generate(&mut self) -> c_int {
        let Self { group, private, public } = self;
        // SAFETY: see above.
        unsafe { raw::mbedtls_ecp_gen_keypair(group, private, public, Some(random), ptr::null_mut()) }
    }

    fn agree(&mut self, secret: &mut raw::mbedtls_mpi) -> c_int {
        let Self { group, private, public } = self;
        // SAFETY: see above.
        unsafe {
            raw::mbedtls_ecdh_compute_shared(group, secret, public, private, Some(random), ptr::null_mut())
        }
    }

    fn sign(&mut self, r: &mut raw::mbedtls_mpi, s: &mut raw::mbedtls_mpi) -> c_int {
        let Self { group, private, .. } = self;
        let (hash, length) = (HASH.as_ptr(), HASH.len());
        // SAFETY: see above.
        unsafe { raw::mbedtls_ecdsa_sign(group, r, s, private, hash, length, Some(random), ptr::null_mut()) }
    }

    fn verify(&mut self, r: &raw::mbedtls_mpi, s: &raw::mbedtls_mpi) -> c_int {
        // SAFETY: see above.
        unsafe { raw::mbedtls_ecdsa_verify(&mut self.group, HASH.as_ptr(), HASH.len(), &self.public, r, s) }
    }
}

/// No secrets are made here, and the figures shall be the same each time: a linear congruence (Numerical Recipes).
unsafe extern "C" fn random(_: *mut c_void, output: *mut c_uchar, length: usize) -> c_int {
    // SAFETY: Mbed TLS passes a buffer of `length` bytes.
    let output = unsafe { slice::from_raw_parts_mut(output, length) };
    let mut state = 1_u32;
    for byte in output {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = state.to_be_bytes()[0];
    }
    0
}
