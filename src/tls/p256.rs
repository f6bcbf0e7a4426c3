//! A faster multiplication on P-256, the longest step of a handshake: the crate `p256` in the place of Mbed TLS's own.
//!
//! Counted on a Cortex-M3: 4.7 million instructions where Mbed TLS takes 14.9 million. Other curves, and numbers that are no scalars of
//! this one, are left to Mbed TLS.

#[cfg(test)]
mod tests;

use core::ffi::c_void;
use core::ptr;

use mbedtls::hook::ecp::{MbedtlsEcpMul, MbedtlsEcpRestartCtx, MbedtlsFRng, ecp_mul_soft, hook_ecp_mul};
use p256::elliptic_curve::sec1::{FromEncodedPoint, ToEncodedPoint};
use p256::elliptic_curve::{Field, PrimeField};
use p256::{AffinePoint, EncodedPoint, FieldBytes, Scalar};

#[cfg(feature = "security-restartable")]
use super::engine::OPERATIONS_PER_STEP;
use super::raw;

struct FastP256;

static FAST: FastP256 = FastP256;

/// Has Mbed TLS multiply by it, before any session exists.
pub(super) fn install() {
    // SAFETY: it is a static, and nobody calculates yet.
    unsafe { hook_ecp_mul(Some(&FAST)) };
}

impl MbedtlsEcpMul for FastP256 {
    #[expect(clippy::arithmetic_side_effects, reason = "the group's own multiplication, which has none")]
    unsafe fn mul(
        &self,
        group: &mut raw::mbedtls_ecp_group,
        result: &mut raw::mbedtls_ecp_point,
        scalar: &raw::mbedtls_mpi,
        point: &raw::mbedtls_ecp_point,
        f_rng: MbedtlsFRng,
        p_rng: *mut c_void,
        restart: *mut MbedtlsEcpRestartCtx,
    ) -> Result<(), mbedtls::MbedtlsError> {
        match group.id {
            raw::mbedtls_ecp_group_id_MBEDTLS_ECP_DP_SECP256R1 => {
                if let Some((scalar, point)) = operands(scalar, point) {
                    // SAFETY: the caller's own arguments.
                    unsafe { take_turn(group, restart)? };
                    return store(result, (point * scalar).to_affine());
                }
            }
            // Mbed TLS cannot stop in the midst of it either.
            raw::mbedtls_ecp_group_id_MBEDTLS_ECP_DP_CURVE25519 => {
                // SAFETY: the caller's own arguments; what counts operations has done so.
                return unsafe {
                    take_turn(group, restart)?;
                    ecp_mul_soft(group, result, scalar, point, f_rng, p_rng, ptr::null_mut())
                };
            }
            _ => {}
        }
        // SAFETY: the caller's own arguments.
        unsafe { ecp_mul_soft(group, result, scalar, point, f_rng, p_rng, restart) }
    }
}

/// Has the multiplication be all of its step: after another one in this step it is put off to the next.
///
/// # Safety
/// `restart` is the hook's.
#[cfg(feature = "security-restartable")]
unsafe fn take_turn(
    group: &raw::mbedtls_ecp_group,
    restart: *mut MbedtlsEcpRestartCtx,
) -> Result<(), mbedtls::MbedtlsError> {
    // SAFETY: Mbed TLS passes null or a context of its own.
    let Some(restart) = (unsafe { restart.as_mut() }) else { return Ok(()) };
    // SAFETY: both are Mbed TLS's own.
    match unsafe { raw::mbedtls_ecp_check_budget(group, restart, OPERATIONS_PER_STEP) } {
        0 => Ok(()),
        code => {
            if restart.private_depth == 0 {
                // No part of a signature, which would begin to count anew by itself.
                restart.private_ops_done = 0;
            }
            Err(mbedtls::MbedtlsError::new(code))
        }
    }
}

/// Nothing can stop in the midst.
#[cfg(not(feature = "security-restartable"))]
#[expect(clippy::unnecessary_wraps, reason = "as the other one")]
unsafe fn take_turn(
    _: &raw::mbedtls_ecp_group,
    _: *mut MbedtlsEcpRestartCtx,
) -> Result<(), mbedtls::MbedtlsError> {
    Ok(())
}

/// Both as `p256` has them; `None` where they are not a scalar other than 0 and a point other than infinity.
fn operands(scalar: &raw::mbedtls_mpi, point: &raw::mbedtls_ecp_point) -> Option<(Scalar, AffinePoint)> {
    let scalar = Option::<Scalar>::from(Scalar::from_repr(octets(scalar)?))?;
    if bool::from(scalar.is_zero()) || octets(&point.private_Z)? != one() {
        return None;
    }
    let encoded =
        EncodedPoint::from_affine_coordinates(&octets(&point.private_X)?, &octets(&point.private_Y)?, false);
    let point = Option::<AffinePoint>::from(AffinePoint::from_encoded_point(&encoded))?;
    Some((scalar, point))
}

/// A number of up to 256 bits, big-endian.
fn octets(number: &raw::mbedtls_mpi) -> Option<FieldBytes> {
    let mut octets = FieldBytes::default();
    // SAFETY: the number is Mbed TLS's own, and the buffer has that length.
    let result = unsafe { raw::mbedtls_mpi_write_binary(number, octets.as_mut_ptr(), octets.len()) };
    (result == 0).then_some(octets)
}

fn one() -> FieldBytes {
    let mut one = FieldBytes::default();
    if let Some(last) = one.last_mut() {
        *last = 1;
    }
    one
}

fn store(result: &mut raw::mbedtls_ecp_point, point: AffinePoint) -> Result<(), mbedtls::MbedtlsError> {
    let encoded = point.to_encoded_point(false);
    let (Some(x), Some(y)) = (encoded.x(), encoded.y()) else {
        return Err(mbedtls::MbedtlsError::new(raw::MBEDTLS_ERR_ECP_INVALID_KEY));
    };
    // SAFETY: the point is Mbed TLS's own, and the coordinates have their lengths.
    let codes = unsafe {
        [
            raw::mbedtls_mpi_read_binary(&mut result.private_X, x.as_ptr(), x.len()),
            raw::mbedtls_mpi_read_binary(&mut result.private_Y, y.as_ptr(), y.len()),
            raw::mbedtls_mpi_lset(&mut result.private_Z, 1),
        ]
    };
    match codes.into_iter().find(|&code| code != 0) {
        None => Ok(()),
        Some(code) => Err(mbedtls::MbedtlsError::new(code)),
    }
}
