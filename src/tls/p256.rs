//! A faster multiplication on P-256, the longest step of a handshake: the crate `p256` in the place of Mbed TLS's own.
//!
//! Counted on a Cortex-M3: 4.7 million instructions where Mbed TLS takes 14.9 million. Other curves, and numbers that are no scalars of
//! this one, are left to Mbed TLS.

#[cfg(test)]
mod tests;

use core::ffi::c_void;
#[cfg(feature = "security-restartable")]
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
        // SAFETY: the caller's own arguments.
        #[cfg(feature = "security-restartable")]
        let restart = unsafe { in_one_step(group, restart)? };
        if group.id == raw::mbedtls_ecp_group_id_MBEDTLS_ECP_DP_SECP256R1
            && let Some((scalar, point)) = operands(scalar, point)
        {
            return store(result, (point * scalar).to_affine());
        }
        // SAFETY: the caller's own arguments.
        unsafe { ecp_mul_soft(group, result, scalar, point, f_rng, p_rng, restart) }
    }
}

/// On a curve where a multiplication cannot stop in the midst it is all of its step: after another one it is put off to the next. What is
/// left for the multiplication to count with.
///
/// # Safety
/// `restart` is the hook's.
#[cfg(feature = "security-restartable")]
unsafe fn in_one_step(
    group: &raw::mbedtls_ecp_group,
    restart: *mut MbedtlsEcpRestartCtx,
) -> Result<*mut MbedtlsEcpRestartCtx, mbedtls::MbedtlsError> {
    const WHOLE: [raw::mbedtls_ecp_group_id; 2] = [
        raw::mbedtls_ecp_group_id_MBEDTLS_ECP_DP_SECP256R1,
        raw::mbedtls_ecp_group_id_MBEDTLS_ECP_DP_CURVE25519,
    ];
    // SAFETY: Mbed TLS passes null or a context of its own.
    let Some(context) = (unsafe { restart.as_mut() }).filter(|_| WHOLE.contains(&group.id)) else {
        return Ok(restart);
    };
    // SAFETY: both are Mbed TLS's own.
    let code = unsafe { raw::mbedtls_ecp_check_budget(group, context, OPERATIONS_PER_STEP) };
    if code == 0 {
        return Ok(ptr::null_mut());
    }
    if context.private_depth == 0 {
        // No part of a signature, which would begin to count anew by itself.
        context.private_ops_done = 0;
    }
    Err(mbedtls::MbedtlsError::new(code))
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
