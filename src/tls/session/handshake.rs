//! The handshake, step by step.

use core::ffi::c_int;
use core::{mem, ptr};

use super::{Inner, Life, Outcome, Seen, Session};
use crate::tls::error::{Alert, CertificateFault, Error, ErrorKind};
#[cfg(feature = "security-restartable")]
use crate::tls::multiplication::KeyExchange;
use crate::tls::policy::Role;
use crate::tls::raw;
#[cfg(feature = "security-small")]
use crate::tls::raw::has_secret;
use crate::tls::wire::Wire;

/// Where a handshake stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// One step was done: call again, now or later.
    Step,
    /// The next step needs bytes from the peer.
    NeedsInput,
    /// The next step needs room on the wire.
    NeedsRoom,
    /// It is over: read and write.
    Done,
}

impl Session {
    /// Does one step of the handshake: at most one operation with a public key.
    ///
    /// # Errors
    /// Why the handshake failed; the session has, too.
    pub fn handshake_step(&mut self, wire: &mut dyn Wire) -> Result<Handshake, Error> {
        match self.0.life {
            Life::Handshaking => {}
            Life::Failed => return Err(Error::new(ErrorKind::Ended)),
            Life::Established | Life::PeerClosed => return Ok(Handshake::Done),
        }
        self.engine().quiet();
        let outcome = self.step(wire);
        self.conclude(wire, outcome)
    }

    /// Whether a client's hello has been read, all of it, and of a server therefore; not after a request for another one (RFC 8446 section 4.1.4),
    /// while that is waited for.
    pub(crate) fn has_heard_hello(&self) -> bool {
        self.0.ssl.private_state > raw::mbedtls_ssl_states_MBEDTLS_SSL_CLIENT_HELLO as c_int
    }

    /// The library's part, which a worker may do.
    pub(crate) fn step(&mut self, wire: &mut dyn Wire) -> Outcome {
        #[cfg(feature = "security-restartable")]
        let _key_exchange = (self.0.settings.policy.role == Role::Server)
            .then(|| KeyExchange::begins(self.0.ssl.private_state));
        #[cfg(feature = "security-small")]
        if let Err(incomplete) = self.look_at_hello(wire) {
            return incomplete;
        }
        #[cfg(feature = "security-small")]
        if self.0.leave_out_ticket() {
            return Outcome { code: 0, seen: Seen::default() };
        }
        #[cfg(feature = "security-small")]
        let keys = self.0.ssl.private_transform_in;
        #[cfg(feature = "security-small")]
        if self.0.may_change_keys() && self.engine().reserve().fill().is_err() {
            return Outcome { code: raw::MBEDTLS_ERR_SSL_ALLOC_FAILED, seen: Seen::default() };
        }
        let needs_memory = self.0.calculates_of_handshake();
        self.engine().has_lacked_memory();
        // A hello that led to nothing may have had a ticket.
        self.0.settings.take_suite_of_ticket();
        // SAFETY: the context is set up, and lent a wire.
        let outcome = self.call(wire, &mut |ssl| unsafe { raw::mbedtls_ssl_handshake_step(ssl) });
        self.0.note_forgiven();
        #[cfg(feature = "security-small")]
        self.engine().reserve().empty();
        if self.engine().has_lacked_memory() && needs_memory && outcome.goes_on() {
            const ALERT: u8 = raw::MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR as u8;
            return self.refuse(wire, ALERT, raw::MBEDTLS_ERR_SSL_ALLOC_FAILED);
        }
        #[cfg(feature = "security-small")]
        if outcome.code == 0 {
            if self.0.resumes_another_version() || self.0.lacks_keys() {
                // The peer has led the library from one version into the midst of another.
                const ALERT: u8 = raw::MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER as u8;
                return self.refuse(wire, ALERT, raw::MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER);
            }
            if keys != self.0.ssl.private_transform_in && self.0.has_more_of_record() {
                const ALERT: u8 = raw::MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE as u8;
                return self.refuse(wire, ALERT, raw::MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE);
            }
        }
        if outcome.code == 0 {
            self.0.leave_ticket_of_another_suite();
        }
        outcome
    }

    #[cold]
    fn refuse(&mut self, wire: &mut dyn Wire, alert: u8, code: c_int) -> Outcome {
        let Outcome { seen, .. } = self.send_alert(wire, alert);
        Outcome { code, seen: Seen { alert: Some(alert), ..seen } }
    }

    /// What came of it.
    pub(crate) fn conclude(&mut self, wire: &mut dyn Wire, outcome: Outcome) -> Result<Handshake, Error> {
        let Outcome { code, seen } = outcome;
        match code {
            0 if self.0.is_over() => self.finish_handshake(wire),
            0 | raw::MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS | raw::MBEDTLS_ERR_ECP_IN_PROGRESS => {
                Ok(Handshake::Step)
            }
            raw::MBEDTLS_ERR_SSL_WANT_READ if seen.starved => Ok(Handshake::NeedsInput),
            raw::MBEDTLS_ERR_SSL_WANT_READ => Ok(Handshake::Step),
            // There was no room for the alert. The library would go on as if nothing had happened once there is.
            raw::MBEDTLS_ERR_SSL_WANT_WRITE if self.0.ssl.private_send_alert != 0 => {
                Err(self.fail(self.0.ssl.private_alert_reason, seen))
            }
            raw::MBEDTLS_ERR_SSL_WANT_WRITE => Ok(Handshake::NeedsRoom),
            code => Err(self.fail(code, seen)),
        }
    }

    fn finish_handshake(&mut self, wire: &mut dyn Wire) -> Result<Handshake, Error> {
        let inner = &mut *self.0;
        // SAFETY: the context is set up.
        let flags = unsafe { raw::mbedtls_ssl_get_verify_result(&inner.ssl) };
        // A certificate that was optional must be good all the same.
        const NONE: u32 = raw::MBEDTLS_X509_BADCERT_MISSING | FORGIVEN;
        let verdict = if flags == u32::MAX { 0 } else { flags & !NONE };
        let found = verdict | inner.judge_dates();
        if found != 0 {
            return Err(self.refuse_certificate(wire, found));
        }
        inner.life = Life::Established;
        if !inner.expects_ticket() {
            inner.drop_handshake();
        }
        inner.drop_session();
        inner.ssl.private_user_data.p = ptr::null_mut();
        inner.identities = None;
        Ok(Handshake::Done)
    }

    fn refuse_certificate(&mut self, wire: &mut dyn Wire, flags: u32) -> Error {
        const BAD_CERTIFICATE: u8 = raw::MBEDTLS_SSL_ALERT_MSG_BAD_CERT as u8;
        self.0.life = Life::Failed;
        self.send_alert(wire, BAD_CERTIFICATE);
        let kind = ErrorKind::Certificate(CertificateFault::from_flags(flags));
        let alert = Some(Alert::Sent(BAD_CERTIFICATE));
        Error { kind, alert, code: raw::MBEDTLS_ERR_X509_CERT_VERIFY_FAILED }
    }
}

impl Outcome {
    /// Whether the library has failed at nothing, as far as it knows.
    fn goes_on(self) -> bool {
        matches!(
            self.code,
            0 | raw::MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS
                | raw::MBEDTLS_ERR_ECP_IN_PROGRESS
                | raw::MBEDTLS_ERR_SSL_WANT_WRITE
        )
    }
}

/// In the verdict that a session keeps, and who resumes it has: something was forgiven. Mbed TLS says so where it has verified nothing.
const FORGIVEN: u32 = raw::MBEDTLS_X509_BADCERT_SKIP_VERIFY;

impl Inner {
    /// Before the session is kept, by a ticket for example.
    fn note_forgiven(&mut self) {
        // SAFETY: the session is null or the library's, and nobody else changes it now.
        let session = unsafe { self.ssl.private_session_negotiate.as_mut() };
        if let Some(session) = session.filter(|_| self.verifier.has_forgiven()) {
            session.private_verify_result |= FORGIVEN;
        }
    }

    /// What is wrong with the dates of the peer's certificate: an earlier handshake has judged it perhaps, which this one resumes.
    fn judge_dates(&self) -> u32 {
        // SAFETY: the context is set up; the certificate is the session's, and not changed.
        let certificate = unsafe { raw::mbedtls_ssl_get_peer_cert(&self.ssl).as_ref() };
        certificate.map_or(0, |certificate| self.verifier.judge_dates(certificate))
    }

    /// Whether this is a step of TLS 1.2 that calculates something of a hash of the handshake: the master secret, or what finishes it. Mbed TLS 3.6.5
    /// does not look at whether there was memory for that (CVE-2026-50581 of the first); what it takes instead is what lies there.
    fn calculates_of_handshake(&self) -> bool {
        let secret = match self.settings.policy.role {
            Role::Server => raw::mbedtls_ssl_states_MBEDTLS_SSL_CLIENT_KEY_EXCHANGE,
            #[cfg(feature = "client")]
            Role::Client => raw::mbedtls_ssl_states_MBEDTLS_SSL_CERTIFICATE_VERIFY,
        };
        let steps = [
            secret,
            raw::mbedtls_ssl_states_MBEDTLS_SSL_CLIENT_FINISHED,
            raw::mbedtls_ssl_states_MBEDTLS_SSL_SERVER_FINISHED,
        ];
        let ssl = &self.ssl;
        ssl.private_tls_version == raw::mbedtls_ssl_protocol_version_MBEDTLS_SSL_VERSION_TLS1_2
            && steps.contains(&(ssl.private_state as raw::mbedtls_ssl_states))
    }
}

impl Inner {
    /// A ticket of TLS 1.2 is for one cipher suite, which the client has to offer (RFC 5246 section 7.4.1.3). Mbed TLS 3.6.5 resumes its session
    /// with whatever it chooses, and a client whose suite that is not takes what follows for a whole handshake, which fails. So it becomes one.
    ///
    /// Out of line: what it has on the stack would lie below the calculations of each step.
    #[inline(never)]
    fn leave_ticket_of_another_suite(&mut self) {
        let suite = self.settings.take_suite_of_ticket();
        let ssl = &mut self.ssl;
        // SAFETY: both are null or the library's, and nobody else changes them now.
        let (session, handshake) =
            unsafe { (ssl.private_session_negotiate.as_mut(), ssl.private_handshake.cast::<u8>().as_mut()) };
        let (Some(session), Some(resumes)) = (session, handshake) else { return };
        let is_tls12 =
            ssl.private_tls_version == raw::mbedtls_ssl_protocol_version_MBEDTLS_SSL_VERSION_TLS1_2;
        if suite == 0 || !is_tls12 || session.private_ciphersuite == suite {
            return;
        }
        // The first octet of a handshake says whether it resumes a session. What the ticket knows of its owner goes, what was agreed on stays.
        *resumes = 0;
        let agreed = raw::mbedtls_ssl_session {
            private_mfl_code: session.private_mfl_code,
            private_endpoint: session.private_endpoint,
            private_tls_version: session.private_tls_version,
            private_ciphersuite: session.private_ciphersuite,
            ..Default::default()
        };
        let mut left = mem::replace(session, agreed);
        // SAFETY: it is a session of the library's, which nothing points to any more.
        unsafe { raw::mbedtls_ssl_session_free(&mut left) };
    }
}

#[cfg(feature = "security-small")]
impl Inner {
    /// Whether a server of TLS 1.2 has taken a ticket of TLS 1.3, in this hello or in one before a retry. Mbed TLS 3.6.5 does not look at that
    /// (CVE-2026-93831, CVE-2026-34873); the master secret is all zeros then, and the ticket has travelled in the clear with the hello that it
    /// was made for: anybody could have shown it.
    fn resumes_another_version(&self) -> bool {
        let ssl = &self.ssl;
        // SAFETY: the session is null or the library's, and nobody changes it now.
        let session = unsafe { ssl.private_session_negotiate.as_ref() };
        self.settings.policy.role == Role::Server
            && ssl.private_tls_version == raw::mbedtls_ssl_protocol_version_MBEDTLS_SSL_VERSION_TLS1_2
            && session.is_some_and(|session| {
                session.private_tls_version == raw::mbedtls_ssl_protocol_version_MBEDTLS_SSL_VERSION_TLS1_3
            })
    }

    /// Whether this is a step of TLS 1.3 in which keys may change.
    fn may_change_keys(&self) -> bool {
        const STEPS: [raw::mbedtls_ssl_states; 3] = [
            raw::mbedtls_ssl_states_MBEDTLS_SSL_SERVER_HELLO,
            raw::mbedtls_ssl_states_MBEDTLS_SSL_ENCRYPTED_EXTENSIONS,
            raw::mbedtls_ssl_states_MBEDTLS_SSL_SERVER_FINISHED,
        ];
        let ssl = &self.ssl;
        ssl.private_tls_version == raw::mbedtls_ssl_protocol_version_MBEDTLS_SSL_VERSION_TLS1_3
            && STEPS.contains(&(ssl.private_state as raw::mbedtls_ssl_states))
    }

    /// Whether a client is behind the server's hello in TLS 1.3, but has no keys: the hello was read as one of TLS 1.2, in whose head it says that
    /// it is not. Mbed TLS 3.6.5 goes on in the clear then (CVE-2026-115490).
    fn lacks_keys(&self) -> bool {
        const BEFORE: [raw::mbedtls_ssl_states; 4] = [
            raw::mbedtls_ssl_states_MBEDTLS_SSL_HELLO_REQUEST,
            raw::mbedtls_ssl_states_MBEDTLS_SSL_CLIENT_HELLO,
            raw::mbedtls_ssl_states_MBEDTLS_SSL_SERVER_HELLO,
            raw::mbedtls_ssl_states_MBEDTLS_SSL_CLIENT_CCS_BEFORE_2ND_CLIENT_HELLO,
        ];
        let ssl = &self.ssl;
        self.settings.policy.role != Role::Server
            && ssl.private_tls_version == raw::mbedtls_ssl_protocol_version_MBEDTLS_SSL_VERSION_TLS1_3
            && ssl.private_transform_in.is_null()
            && !BEFORE.contains(&(ssl.private_state as raw::mbedtls_ssl_states))
    }

    /// Whether the record of the last message goes on with another one. Where keys of TLS 1.3 change none may (RFC 8446 section 5.1): it would pass
    /// for one that is protected by the new ones. Mbed TLS 3.6.5 does not look at that (CVE-2026-73096).
    fn has_more_of_record(&self) -> bool {
        let ssl = &self.ssl;
        ssl.private_tls_version == raw::mbedtls_ssl_protocol_version_MBEDTLS_SSL_VERSION_TLS1_3
            && ssl.private_in_msgtype == raw::MBEDTLS_SSL_MSG_HANDSHAKE as c_int
            && ssl.private_in_hslen > 0
            && ssl.private_in_hslen < ssl.private_in_msglen
    }

    /// A ticket of TLS 1.3 does not say whose certificate was shown, and nobody who comes back with one is asked for it. So a server gives none
    /// to who has shown one; nor one whose key could not be calculated, without memory for example: Mbed TLS 3.6.5 goes on then, and everybody
    /// knows the key. True: it was the ticket's turn, and the handshake is over.
    fn leave_out_ticket(&mut self) -> bool {
        let ssl = &mut self.ssl;
        let is_its_turn =
            ssl.private_state == raw::mbedtls_ssl_states_MBEDTLS_SSL_TLS1_3_NEW_SESSION_TICKET as c_int;
        if self.settings.policy.role != Role::Server || !is_its_turn {
            return false;
        }
        // SAFETY: the session is null or the library's, and nobody changes it now.
        let session = unsafe { ssl.private_session.as_ref() };
        let has_none =
            session.is_none_or(|session| !session.private_peer_cert.is_null() || !has_secret(session));
        if has_none {
            ssl.private_state = raw::mbedtls_ssl_states_MBEDTLS_SSL_HANDSHAKE_OVER as c_int;
        }
        has_none
    }
}

#[cfg(test)]
mod tests;
