//! Multiplication on P-256 by the crate `p256`.
//!
//! Counted on a Cortex-M3: 4.7 million instructions where Mbed TLS takes 14.9 million, and for the base point 2.1 million.

mod base_point;
mod multiples;

use mbedtls::MbedtlsError;
use p256::elliptic_curve::sec1::{FromEncodedPoint, ToEncodedPoint};
use p256::elliptic_curve::{Field, PrimeField};
use p256::{AffinePoint, EncodedPoint, FieldBytes, Scalar};

use super::{check, raw};

/// `None` where the operands are left to Mbed TLS: a number that is no scalar of this curve, or 0; a point that is not on it, infinity, or
/// not affine.
#[expect(clippy::arithmetic_side_effects, reason = "the group's own multiplication, which has none")]
pub(super) fn multiply(
    result: &mut raw::mbedtls_ecp_point,
    scalar: &raw::mbedtls_mpi,
    point: &raw::mbedtls_ecp_point,
) -> Option<Result<(), MbedtlsError>> {
    let (scalar, point) = operands(scalar, point)?;
    let product = if point == AffinePoint::GENERATOR {
        base_point::multiply(&scalar.to_bytes())?
    } else {
        point * scalar
    };
    Some(store(result, product.to_affine()))
}

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

fn store(result: &mut raw::mbedtls_ecp_point, point: AffinePoint) -> Result<(), MbedtlsError> {
    let encoded = point.to_encoded_point(false);
    let (Some(x), Some(y)) = (encoded.x(), encoded.y()) else {
        return Err(MbedtlsError::new(raw::MBEDTLS_ERR_ECP_INVALID_KEY));
    };
    // SAFETY: the point is Mbed TLS's own, and the coordinates have their lengths.
    unsafe {
        check(raw::mbedtls_mpi_read_binary(&mut result.private_X, x.as_ptr(), x.len()))?;
        check(raw::mbedtls_mpi_read_binary(&mut result.private_Y, y.as_ptr(), y.len()))?;
        check(raw::mbedtls_mpi_lset(&mut result.private_Z, 1))
    }
}
