//! Multiplication on curves, the longest step of a handshake, where Mbed TLS has it from us: by faster crates, and within the
//! budget of a step.

#[cfg(feature = "security-p256")]
mod p256;
#[cfg(feature = "security-restartable")]
mod restart;
#[cfg(test)]
mod tests;
#[cfg(feature = "security-x25519")]
mod x25519;

use core::ffi::c_void;
#[cfg(feature = "security-restartable")]
use core::ptr;

use mbedtls::MbedtlsError;
use mbedtls::hook::ecp::{MbedtlsEcpMul, MbedtlsEcpRestartCtx, MbedtlsFRng, ecp_mul_soft, hook_ecp_mul};

#[cfg(feature = "security-restartable")]
pub(super) use self::restart::KeyExchange;
use super::raw;

struct Multiplication;

static MULTIPLICATION: Multiplication = Multiplication;

/// Has Mbed TLS multiply by it, before any session exists.
pub(super) fn install() {
    // SAFETY: it is a static, and nobody calculates yet.
    unsafe { hook_ecp_mul(Some(&MULTIPLICATION)) };
    #[cfg(feature = "security-restartable")]
    restart::install();
}

impl MbedtlsEcpMul for Multiplication {
    unsafe fn mul(
        &self,
        group: &mut raw::mbedtls_ecp_group,
        result: &mut raw::mbedtls_ecp_point,
        scalar: &raw::mbedtls_mpi,
        point: &raw::mbedtls_ecp_point,
        f_rng: MbedtlsFRng,
        p_rng: *mut c_void,
        restart: *mut MbedtlsEcpRestartCtx,
    ) -> Result<(), MbedtlsError> {
        // SAFETY: the caller's own arguments.
        #[cfg(feature = "security-restartable")]
        let restart = unsafe {
            restart::answer_uncompressed(ptr::from_mut(group))?;
            restart::in_one_step(group, restart)?
        };
        let product: Option<Result<(), MbedtlsError>> = match group.id {
            #[cfg(feature = "security-p256")]
            raw::mbedtls_ecp_group_id_MBEDTLS_ECP_DP_SECP256R1 => p256::multiply(result, scalar, point),
            #[cfg(feature = "security-x25519")]
            raw::mbedtls_ecp_group_id_MBEDTLS_ECP_DP_CURVE25519 => x25519::multiply(result, scalar, point),
            _ => None,
        };
        match product {
            Some(product) => product,
            // SAFETY: the caller's own arguments.
            None => unsafe { ecp_mul_soft(group, result, scalar, point, f_rng, p_rng, restart) },
        }
    }
}

/// What a function of Mbed TLS returned.
#[cfg(any(feature = "security-p256", feature = "security-x25519"))]
fn check(code: core::ffi::c_int) -> Result<(), MbedtlsError> {
    match code {
        0 => Ok(()),
        code => Err(MbedtlsError::new(code)),
    }
}
