//! X25519 (RFC 7748) by the crate `x25519-dalek`.
//!
//! Counted on a Cortex-M3: 1.5 million instructions where Mbed TLS takes 12 to 13 million.

use mbedtls::MbedtlsError;

use super::{check, raw};

/// Bytes of a scalar and of a coordinate.
const LENGTH: usize = 32;

/// What a scalar has to be (RFC 7748 section 5): bits 0 to 2 clear, bit 254 the highest one.
const LOW_BITS: u8 = 0b111;
const HIGH_BITS: u8 = 0b1100_0000;
const HIGHEST_BIT: u8 = 0b0100_0000;

/// `None` where the operands are left to Mbed TLS, which refuses them: a number that is no scalar of this curve, a coordinate that is too
/// long, or a point that is not affine.
pub(super) fn multiply(
    result: &mut raw::mbedtls_ecp_point,
    scalar: &raw::mbedtls_mpi,
    point: &raw::mbedtls_ecp_point,
) -> Option<Result<(), MbedtlsError>> {
    let scalar = octets(scalar).filter(is_scalar)?;
    // SAFETY: the number is Mbed TLS's own.
    if unsafe { raw::mbedtls_mpi_cmp_int(&point.private_Z, 1) } != 0 {
        return None;
    }
    let coordinate = octets(&point.private_X)?;
    Some(store(result, &x25519_dalek::x25519(scalar, coordinate)))
}

fn is_scalar(octets: &[u8; LENGTH]) -> bool {
    let [lowest, .., highest] = octets;
    lowest & LOW_BITS == 0 && highest & HIGH_BITS == HIGHEST_BIT
}

/// A number of up to 256 bits, little-endian.
fn octets(number: &raw::mbedtls_mpi) -> Option<[u8; LENGTH]> {
    let mut octets = [0; LENGTH];
    // SAFETY: the number is Mbed TLS's own, and the buffer has that length.
    let result = unsafe { raw::mbedtls_mpi_write_binary_le(number, octets.as_mut_ptr(), octets.len()) };
    (result == 0).then_some(octets)
}

/// As Mbed TLS's own multiplication leaves a point of this curve: it has no second coordinate.
fn store(result: &mut raw::mbedtls_ecp_point, coordinate: &[u8; LENGTH]) -> Result<(), MbedtlsError> {
    if *coordinate == [0; LENGTH] {
        // The peer's point has a small order, and the secret would be known to everybody (RFC 8446 section 7.4.2).
        return Err(MbedtlsError::new(raw::MBEDTLS_ERR_ECP_INVALID_KEY));
    }
    // SAFETY: the point is Mbed TLS's own, and the coordinate has its length.
    unsafe {
        check(raw::mbedtls_mpi_read_binary_le(&mut result.private_X, coordinate.as_ptr(), LENGTH))?;
        raw::mbedtls_mpi_free(&mut result.private_Y);
        check(raw::mbedtls_mpi_lset(&mut result.private_Z, 1))
    }
}
