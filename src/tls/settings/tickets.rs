//! Tickets, as Mbed TLS's callbacks make and read them, and what its version 3.6.5 leaves open there.

use core::ffi::{c_int, c_void};
use core::ptr;

#[cfg(feature = "security-small")]
use super::Preferring;
use crate::tls::raw;

/// What makes tickets and reads them.
#[derive(Default)]
pub(super) struct Tickets {
    pub(super) context: raw::mbedtls_ssl_ticket_context,
    /// The number of the suite that the last one is for which was read.
    pub(super) suite: c_int,
}

/// Mbed TLS's callback that makes a ticket. A server of TLS 1.2 sends the lifetime even if there is no ticket, and Mbed TLS 3.6.5 leaves it unset
/// then (CVE-2026-50586).
///
/// # Safety
/// `tickets` are [`Tickets`]; the rest is as `mbedtls_ssl_ticket_write` wants it.
pub(super) unsafe extern "C" fn write_ticket(
    tickets: *mut c_void,
    session: *const raw::mbedtls_ssl_session,
    start: *mut u8,
    end: *const u8,
    length: *mut usize,
    lifetime: *mut u32,
) -> c_int {
    // SAFETY: by contract; the lifetime is valid for a write, and initialised or not.
    unsafe {
        lifetime.write(0);
        let context = &raw mut (*tickets.cast::<Tickets>()).context;
        raw::mbedtls_ssl_ticket_write(context.cast(), session, start, end, length, lifetime)
    }
}

/// The one that reads it, and notes what it is for: in TLS 1.2 Mbed TLS forgets that when it chooses a suite.
///
/// # Safety
/// `tickets` are [`Tickets`]; the rest is as `mbedtls_ssl_ticket_parse` wants it.
pub(super) unsafe extern "C" fn read_ticket(
    tickets: *mut c_void,
    session: *mut raw::mbedtls_ssl_session,
    ticket: *mut u8,
    length: usize,
) -> c_int {
    // SAFETY: by contract. A session that was read is initialised.
    unsafe {
        let Tickets { context, suite } = &mut *tickets.cast::<Tickets>();
        let result = raw::mbedtls_ssl_ticket_parse(ptr::from_mut(context).cast(), session, ticket, length);
        if result == 0 {
            *suite = (*session).private_ciphersuite;
        }
        result
    }
}

/// The same, where a suite is preferred.
///
/// # Safety
/// `preferring` is a [`Preferring`]; the rest is as `mbedtls_ssl_ticket_write` wants it.
#[cfg(feature = "security-small")]
pub(super) unsafe extern "C" fn write_preferring_ticket(
    preferring: *mut c_void,
    session: *const raw::mbedtls_ssl_session,
    start: *mut u8,
    end: *const u8,
    length: *mut usize,
    lifetime: *mut u32,
) -> c_int {
    // SAFETY: by contract; the context for tickets lives as long as the configuration.
    unsafe {
        let tickets = (*preferring.cast::<Preferring>()).tickets;
        write_ticket(tickets.cast(), session, start, end, length, lifetime)
    }
}

/// The one that reads it, where the preferred suite is agreed on, or where the client does not know that. A ticket of TLS 1.3 is for its own
/// suite. One for a suite that is out of the question is of no more use than one whose time is over; Mbed TLS would refuse the client.
///
/// # Safety
/// `preferring` is a [`Preferring`]; the rest is as `mbedtls_ssl_ticket_parse` wants it.
#[cfg(feature = "security-small")]
pub(super) unsafe extern "C" fn parse_ticket<const IS_PREFERRED: bool>(
    preferring: *mut c_void,
    session: *mut raw::mbedtls_ssl_session,
    ticket: *mut u8,
    length: usize,
) -> c_int {
    // SAFETY: by contract; the context for tickets lives as long as the configuration. A session that was read is initialised.
    unsafe {
        let Preferring { suite, tickets, .. } = &*preferring.cast::<Preferring>();
        let result = read_ticket(tickets.cast(), session, ticket, length);
        let is_tls13 =
            (*session).private_tls_version == raw::mbedtls_ssl_protocol_version_MBEDTLS_SSL_VERSION_TLS1_3;
        let is_preferred = (*session).private_ciphersuite == c_int::from(*suite);
        if result == 0 && is_tls13 && is_preferred != IS_PREFERRED {
            raw::mbedtls_ssl_session_free(session);
            return raw::MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED;
        }
        result
    }
}

#[cfg(all(test, feature = "client", feature = "security"))]
mod tests {
    use crate::tls::tests::turn;
    use crate::tls::{Engine, ServerConfig, raw};

    /// A server of TLS 1.2 goes on without a ticket when none could be made, and says how long it is good for: 0 then, and not what happens to lie
    /// on the stack (CVE-2026-50586).
    #[test]
    fn a_ticket_that_could_not_be_made_is_good_for_no_time() {
        let _turn = turn();
        let engine = Engine::new().unwrap();
        let server = ServerConfig::builder(&engine).preshared_key(b"me", b"sixteen bytes...").unwrap();
        let server = server.build().unwrap();
        let settings = server.settings();
        for configuration in [settings.as_ptr(), settings.preferring().unwrap().as_ptr()] {
            // SAFETY: it lives as long as the server's.
            let configuration = unsafe { &*configuration };
            let write = configuration.private_f_ticket_write.unwrap();
            let session = raw::mbedtls_ssl_session::default();
            let (mut room, mut length, mut lifetime) = ([0_u8; 1], 0, 0x5ec2_e7e5);
            // SAFETY: all of it lives, and there is no room between the two ends.
            let result = unsafe {
                let start = room.as_mut_ptr();
                write(configuration.private_p_ticket, &session, start, start, &mut length, &mut lifetime)
            };
            assert_eq!((result, lifetime), (raw::MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL, 0));
        }
    }
}
