//! Calculating in steps, which Mbed TLS's clients of TLS 1.2 do with ECDHE and ECDSA; and what that library then does on servers.

#[cfg(test)]
mod tests;

use core::ffi::{c_int, c_uint};
use core::mem::offset_of;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

use mbedtls::MbedtlsError;
use mbedtls::hook::ecp::MbedtlsEcpRestartCtx;

use crate::tls::raw;

/// What a step of a handshake may calculate on a curve where it can stop and go on later, in Mbed TLS's basic operations. A
/// multiplication on P-256 takes about 3,000, and with the crate `p256` counts as all of a step.
const OPERATIONS_PER_STEP: c_uint = 800;

pub(super) fn install() {
    // SAFETY: nobody calculates yet.
    unsafe { raw::mbedtls_ecp_set_max_ops(OPERATIONS_PER_STEP) };
}

/// On a curve where a multiplication cannot stop in the midst it is all of its step: after another one it is put off to the next. What is
/// left for the multiplication to count with.
///
/// # Safety
/// `restart` is the hook's.
pub(super) unsafe fn in_one_step(
    group: &raw::mbedtls_ecp_group,
    restart: *mut MbedtlsEcpRestartCtx,
) -> Result<*mut MbedtlsEcpRestartCtx, MbedtlsError> {
    const WHOLE: &[raw::mbedtls_ecp_group_id] = &[
        #[cfg(feature = "security-p256")]
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
    Err(MbedtlsError::new(code))
}

/// The next multiplication makes the key that a server of TLS 1.2 sends.
static MAKES_KEY: AtomicBool = AtomicBool::new(false);

/// A step in which a server of TLS 1.2 may make its key for the exchange. Lives as long as that step.
///
/// A server sends points uncompressed (RFC 8422 section 5.1.2). Mbed TLS does, but for the kind of context that
/// `MBEDTLS_ECP_RESTARTABLE` makes it use: that keeps the format which the client named first. The context is out of reach until
/// its multiplication asks for the group, which is its first member; by then the format was read, and the step has to be done anew.
pub(in crate::tls) struct KeyExchange;

impl KeyExchange {
    /// `state` is that of a server, before the step.
    pub(in crate::tls) fn begins(state: c_int) -> Self {
        MAKES_KEY.store(state == raw::mbedtls_ssl_states_MBEDTLS_SSL_SERVER_KEY_EXCHANGE as c_int, Relaxed);
        Self
    }
}

impl Drop for KeyExchange {
    fn drop(&mut self) {
        MAKES_KEY.store(false, Relaxed);
    }
}

/// Has the step done anew when it would have sent a compressed point.
///
/// # Safety
/// `group` is the hook's.
pub(super) unsafe fn answer_uncompressed(group: *mut raw::mbedtls_ecp_group) -> Result<(), MbedtlsError> {
    const { assert!(offset_of!(raw::mbedtls_ecdh_context, private_grp) == 0) };
    if !MAKES_KEY.load(Relaxed) {
        return Ok(());
    }
    // In this step the signature follows, with a group of its own.
    MAKES_KEY.store(false, Relaxed);
    let context = ptr::with_exposed_provenance_mut::<raw::mbedtls_ecdh_context>(group.addr());
    // SAFETY: the step's first multiplication is on the group of the handshake's context for ECDH, in a block that C has from our `calloc`:
    // that block's provenance was exposed, and the group's own does not reach beyond it.
    let format = unsafe { &mut (*context).private_point_format };
    if *format == raw::MBEDTLS_ECP_PF_UNCOMPRESSED as c_int {
        return Ok(());
    }
    *format = raw::MBEDTLS_ECP_PF_UNCOMPRESSED as c_int;
    Err(MbedtlsError::new(raw::MBEDTLS_ERR_ECP_IN_PROGRESS))
}
