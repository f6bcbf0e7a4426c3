//! One connection's TLS: records in, plaintext out, and the other way round.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::{CStr, c_int};
use core::net::IpAddr;
use core::ptr;
use core::slice;

use wm_sys::heap;

use super::cipher_suite::{CipherSuite, Version};
use super::client_config::ClientConfig;
use super::config_error::ConfigError;
use super::error::{Alert, CertificateFault, Error, ErrorKind, check};
use super::identity::Identity;
use super::parking::Parking;
use super::plaintext::Plaintext;
use super::pool::Half;
use super::raw;
use super::saved_session::SavedSession;
use super::server_config::ServerConfig;
use super::settings::{Role, Settings, identities_pointer};
use super::shared::Shared;
use super::verify::{Verifier, verify};
use super::wire::{self, Bio, Wire};

/// Whom a client wants to talk to, and whose name the certificate must bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerName<'n> {
    /// A host name; it is sent to the server too (SNI, RFC 6066 section 3).
    Dns(&'n str),
    /// An address; the certificate must name it as such (RFC 5280 section 4.2.1.6).
    Ip(IpAddr),
}

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

/// What [`Session::read`] found.
pub enum Read {
    /// The plaintext of one record. Give it back with [`Session::restore`].
    Plaintext(Plaintext),
    /// Nothing, until more bytes arrive.
    NeedsInput,
    /// Something has to leave first: [`Session::flush`].
    NeedsRoom,
    /// The peer has said that nothing follows (close_notify).
    Closed,
    /// A client got what [`Session::saved`] gives out.
    Ticket,
}

/// One side of a TLS connection. It does no I/O: each call is lent the wire for its time.
///
/// First [`handshake_step`](Self::handshake_step) until it is [`Done`](Handshake::Done), then [`read`](Self::read) when bytes have
/// arrived, [`write`](Self::write) when there is something to say and room for it, [`close`](Self::close) at the end. A session
/// that failed stays failed; an alert that tells the peer may still have to be [flushed](Self::flush).
///
/// A session takes about 30 KB while it is in its handshake, 23 KB while it has record buffers, and 2.2 KB while it is
/// [parked](Self::park).
pub struct Session(Box<Inner>);

// Boxed, because C keeps pointers into it: to the verifier.
pub(super) struct Inner {
    pub(super) ssl: raw::mbedtls_ssl_context,
    pub(super) settings: Shared<Settings>,
    /// Held while a handshake may point to them.
    identities: Option<Shared<Vec<Identity>>>,
    verifier: Verifier,
    pub(super) parking: Parking,
    life: Life,
    close_sent: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Life {
    Handshaking,
    Established,
    /// The peer will send nothing more.
    PeerClosed,
    Failed,
}

impl Session {
    /// The server's side of a new connection.
    ///
    /// # Errors
    /// [`NoMemory`](ErrorKind::NoMemory).
    pub fn server(config: &ServerConfig) -> Result<Session, Error> {
        let mut session = Session::new(config.settings())?;
        let inner = &mut *session.0;
        inner.identities = inner.settings.identities();
        if let Some(identities) = &inner.identities {
            inner.ssl.private_user_data.p = identities_pointer(identities);
        }
        Ok(session)
    }

    /// The client's side of a new connection, which resumes an old one if `saved` is given and the server remembers it.
    ///
    /// # Errors
    /// [`ConfigError::BadHostName`], [`ConfigError::NoMemory`].
    pub fn client(
        config: &ClientConfig,
        server: ServerName<'_>,
        saved: Option<&SavedSession>,
    ) -> Result<Session, ConfigError> {
        let mut session = Session::new(config.settings())?;
        session.expect_server(server)?;
        if let Some(saved) = saved {
            // SAFETY: the context is set up; what is saved is copied.
            check(unsafe { raw::mbedtls_ssl_set_session(&mut session.0.ssl, saved.as_ptr()) })?;
        }
        Ok(session)
    }

    fn new(settings: &Shared<Settings>) -> Result<Session, Error> {
        let mut inner = heap::try_box(Inner {
            ssl: Default::default(),
            settings: settings.clone(),
            identities: None,
            verifier: settings.verifier,
            parking: Parking::default(),
            life: Life::Handshaking,
            close_sent: false,
        })?;
        let Inner { ssl, settings, .. } = &mut *inner;
        // SAFETY: zeroed is initialised (`mbedtls_ssl_init`); the configuration lives as long as the session, and does not move.
        let setup = || unsafe { raw::mbedtls_ssl_setup(ssl, settings.as_ptr()) };
        check(settings.engine.pool().during_setup(setup))?;
        Ok(Session(inner))
    }

    /// What the certificate must be for.
    fn expect_server(&mut self, server: ServerName<'_>) -> Result<(), ConfigError> {
        let inner = &mut *self.0;
        let name = match server {
            ServerName::Dns(name) => Some(c_string(name)?),
            ServerName::Ip(address) => {
                if !inner.verifier.any_name {
                    inner.verifier.address = Some(address);
                }
                None
            }
        };
        let name = name.as_ref().map_or(ptr::null(), |name| name.as_ptr());
        let verifier = (&raw const inner.verifier).cast_mut().cast();
        // SAFETY: the name ends with a NUL and is copied; the verifier is boxed with the context. Without a name none is sent, and
        // none is looked for in the certificate.
        check(unsafe {
            raw::mbedtls_ssl_set_verify(&mut inner.ssl, Some(verify), verifier);
            raw::mbedtls_ssl_set_hostname(&mut inner.ssl, name.cast())
        })?;
        Ok(())
    }

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
        // SAFETY: the context is set up, and lent a wire.
        let (code, bio) = self.call(wire, |ssl| unsafe { raw::mbedtls_ssl_handshake_step(ssl) });
        match code {
            0 if self.0.is_over() => self.finish_handshake(wire),
            0 | raw::MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS => Ok(Handshake::Step),
            raw::MBEDTLS_ERR_SSL_WANT_READ if bio.starved => Ok(Handshake::NeedsInput),
            raw::MBEDTLS_ERR_SSL_WANT_READ => Ok(Handshake::Step),
            raw::MBEDTLS_ERR_SSL_WANT_WRITE => Ok(Handshake::NeedsRoom),
            code => Err(self.fail(code, bio)),
        }
    }

    fn finish_handshake(&mut self, wire: &mut dyn Wire) -> Result<Handshake, Error> {
        let inner = &mut *self.0;
        // SAFETY: the context is set up.
        let flags = unsafe { raw::mbedtls_ssl_get_verify_result(&inner.ssl) };
        // A certificate that was optional must be good all the same.
        const NONE: u32 = raw::MBEDTLS_X509_BADCERT_MISSING | raw::MBEDTLS_X509_BADCERT_SKIP_VERIFY;
        if flags != u32::MAX && flags & !NONE != 0 {
            return Err(self.refuse_certificate(wire, flags));
        }
        inner.life = Life::Established;
        inner.drop_handshake();
        inner.ssl.private_user_data.p = ptr::null_mut();
        inner.identities = None;
        Ok(Handshake::Done)
    }

    fn refuse_certificate(&mut self, wire: &mut dyn Wire, flags: u32) -> Error {
        const FATAL: u8 = raw::MBEDTLS_SSL_ALERT_LEVEL_FATAL as u8;
        const BAD_CERTIFICATE: u8 = raw::MBEDTLS_SSL_ALERT_MSG_BAD_CERT as u8;
        self.0.life = Life::Failed;
        // SAFETY: the context is set up, and lent a wire. What the wire does not take is flushed later.
        self.call(wire, |ssl| unsafe { raw::mbedtls_ssl_send_alert_message(ssl, FATAL, BAD_CERTIFICATE) });
        let kind = ErrorKind::Certificate(CertificateFault::from_flags(flags));
        let alert = Some(Alert::Sent(BAD_CERTIFICATE));
        Error { kind, alert, code: raw::MBEDTLS_ERR_X509_CERT_VERIFY_FAILED }
    }

    /// Whether the handshake is over, and the session has not failed.
    pub fn is_established(&self) -> bool {
        matches!(self.0.life, Life::Established | Life::PeerClosed)
    }

    /// Decrypts the next record, if all of it has arrived. Wakes a parked session.
    ///
    /// # Errors
    /// Why the session failed. [`NoMemory`](ErrorKind::NoMemory) from a parked one leaves it parked: try again.
    pub fn read(&mut self, wire: &mut dyn Wire) -> Result<Read, Error> {
        match self.0.life {
            Life::Established => {}
            Life::PeerClosed => return Ok(Read::Closed),
            Life::Handshaking | Life::Failed => return Err(Error::new(ErrorKind::Ended)),
        }
        self.0.wake(Half::Input)?;
        self.0.wake(Half::Output)?;
        if !self.flush(wire)? {
            // Mbed TLS could send what waits a second time if it read now.
            return Ok(Read::NeedsRoom);
        }
        loop {
            let mut nothing = 0;
            // SAFETY: the context is set up, has both buffers, and is lent a wire. Of no bytes none is written.
            let (code, bio) = self.call(wire, |ssl| unsafe { raw::mbedtls_ssl_read(ssl, &mut nothing, 0) });
            match code {
                0 => match self.0.lend_plaintext() {
                    Some(plaintext) => return Ok(Read::Plaintext(plaintext)),
                    None => continue, // an empty record; the library allows a few
                },
                raw::MBEDTLS_ERR_SSL_WANT_READ if bio.starved => return Ok(Read::NeedsInput),
                raw::MBEDTLS_ERR_SSL_WANT_READ => continue, // a message that is no data
                raw::MBEDTLS_ERR_SSL_WANT_WRITE => return Ok(Read::NeedsRoom),
                raw::MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY => {
                    self.0.life = Life::PeerClosed;
                    return Ok(Read::Closed);
                }
                raw::MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET => return Ok(Read::Ticket),
                code => return Err(self.fail_reading(wire, code, bio)),
            }
        }
    }

    /// The session is over because of what was read. The library does not tell the peer about each fault that it finds then.
    fn fail_reading(&mut self, wire: &mut dyn Wire, code: c_int, seen: Seen) -> Error {
        let told = seen.sent || self.has_pending_output();
        let mut error = self.fail(code, seen);
        let number = match error.kind {
            ErrorKind::RefusedByPeer | ErrorKind::NoMemory => return error,
            _ if told => return error,
            ErrorKind::Protocol => raw::MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE,
            ErrorKind::Unsupported => raw::MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE,
            _ => raw::MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR,
        } as u8;
        let number = self.0.pended_alert().unwrap_or(number);
        const FATAL: u8 = raw::MBEDTLS_SSL_ALERT_LEVEL_FATAL as u8;
        // SAFETY: the context is set up, has the output buffer, in which nothing waits, and is lent a wire. What the wire does not
        // take is flushed later.
        self.call(wire, |ssl| unsafe { raw::mbedtls_ssl_send_alert_message(ssl, FATAL, number) });
        error.alert = Some(Alert::Sent(number));
        error
    }

    /// Takes back what [`read`](Self::read) lent: nothing more is read before. What was not advanced over is read again.
    pub fn restore(&mut self, plaintext: Plaintext) {
        self.0.take_back(plaintext);
    }

    /// Encrypts bytes and puts the records on the wire, as long as that takes them; says how many bytes are on their way. Of the
    /// last record a part may still have to be [flushed](Self::flush). Wakes the half of a parked session that it needs.
    ///
    /// # Errors
    /// Why the session failed. [`NoMemory`](ErrorKind::NoMemory) from a parked one leaves it parked: try again.
    pub fn write(&mut self, wire: &mut dyn Wire, bytes: &[u8]) -> Result<usize, Error> {
        if !self.is_established() || self.0.close_sent {
            return Err(Error::new(ErrorKind::Ended));
        }
        if !self.flush(wire)? {
            return Ok(0);
        }
        let mut rest = bytes;
        while !rest.is_empty() && !self.has_pending_output() {
            let taken = self.write_record(wire, rest)?;
            rest = rest.get(taken..).unwrap_or_default();
        }
        Ok(bytes.len().saturating_sub(rest.len()))
    }

    fn write_record(&mut self, wire: &mut dyn Wire, bytes: &[u8]) -> Result<usize, Error> {
        self.0.wake(Half::Output)?;
        // SAFETY: the context is set up and has the output buffer.
        let most = check(unsafe { raw::mbedtls_ssl_get_max_out_record_payload(&self.0.ssl) })?;
        let record = bytes.get(..most as usize).unwrap_or(bytes);
        // SAFETY: as above, and it is lent a wire; `record` has that length.
        let (code, bio) =
            self.call(wire, |ssl| unsafe { raw::mbedtls_ssl_write(ssl, record.as_ptr(), record.len()) });
        match code {
            // The record is complete in the output buffer, and the rest of it waits there.
            raw::MBEDTLS_ERR_SSL_WANT_WRITE if self.has_pending_output() => Ok(record.len()),
            code if code > 0 => Ok((code as usize).min(record.len())),
            code => Err(self.fail(code, bio)),
        }
    }

    /// Whether the peer has said that nothing follows.
    pub fn is_closed_by_peer(&self) -> bool {
        self.0.life == Life::PeerClosed
    }

    /// Whether plaintext that was given back waits to be read again.
    pub fn has_plaintext(&self) -> bool {
        !self.0.ssl.private_in_offt.is_null()
    }

    /// Whether a part of a record still waits for room on the wire.
    pub fn has_pending_output(&self) -> bool {
        self.0.ssl.private_out_left > 0
    }

    /// Puts on the wire what waits; says whether nothing waits any more. Works on a failed session too.
    pub fn flush(&mut self, wire: &mut dyn Wire) -> Result<bool, Error> {
        if !self.has_pending_output() {
            return Ok(true);
        }
        // SAFETY: the context is set up, has the output buffer, because something waits in it, and is lent a wire.
        match self.call(wire, |ssl| unsafe { raw::mbedtls_ssl_flush_output(ssl) }) {
            (0, _) => Ok(true),
            (raw::MBEDTLS_ERR_SSL_WANT_WRITE, _) => Ok(false),
            (code, bio) => Err(self.fail(code, bio)),
        }
    }

    /// Tells the peer that nothing follows (close_notify). What it still sends can be read. False: there was no room, call again.
    pub fn close(&mut self, wire: &mut dyn Wire) -> Result<bool, Error> {
        if !self.flush(wire)? {
            return Ok(false);
        }
        if self.0.close_sent || !self.is_established() {
            return Ok(true);
        }
        self.0.wake(Half::Output)?;
        // SAFETY: the context is set up, has the output buffer, and is lent a wire.
        let (code, bio) = self.call(wire, |ssl| unsafe { raw::mbedtls_ssl_close_notify(ssl) });
        match code {
            0 | raw::MBEDTLS_ERR_SSL_WANT_WRITE => {
                self.0.close_sent = true;
                Ok(!self.has_pending_output())
            }
            code => Err(self.fail(code, bio)),
        }
    }

    /// What a later session can resume from. In TLS 1.2 there is something after the handshake, in 1.3 after each
    /// [`Read::Ticket`].
    pub fn saved(&self) -> Result<SavedSession, Error> {
        SavedSession::of(&self.0.ssl)
    }

    /// The version that was agreed on; `None` before that.
    pub fn version(&self) -> Option<Version> {
        self.is_established().then(|| Version::from_raw(self.0.ssl.private_tls_version)).flatten()
    }

    /// The cipher suite that was agreed on; `None` before that.
    pub fn cipher_suite(&self) -> Option<CipherSuite> {
        // SAFETY: the context is set up.
        let number = unsafe { raw::mbedtls_ssl_get_ciphersuite_id_from_ssl(&self.0.ssl) };
        u16::try_from(number).ok().filter(|&number| number != 0).map(CipherSuite::from_number)
    }

    /// The protocol that was agreed on by ALPN.
    pub fn protocol(&self) -> Option<&str> {
        // SAFETY: the context is set up; the name is one of the configuration's, which live as long as the session.
        let name = unsafe {
            let name = raw::mbedtls_ssl_get_alpn_protocol(&self.0.ssl);
            (!name.is_null()).then(|| CStr::from_ptr(name))?
        };
        name.to_str().ok()
    }

    /// The peer's own certificate in DER, if it showed one.
    pub fn peer_certificate(&self) -> Option<&[u8]> {
        // SAFETY: the context is set up; the certificate lives as long as the session, and is not changed.
        let certificate = unsafe { raw::mbedtls_ssl_get_peer_cert(&self.0.ssl).as_ref()? };
        // SAFETY: as above.
        Some(unsafe { slice::from_raw_parts(certificate.raw.p, certificate.raw.len) })
    }

    /// Lends the wire to the library for the time of one call.
    fn call(
        &mut self,
        wire: &mut dyn Wire,
        call: impl FnOnce(*mut raw::mbedtls_ssl_context) -> c_int,
    ) -> (c_int, Seen) {
        let ssl = &raw mut self.0.ssl;
        let mut bio = Bio { wire, alert: None, sent: false, starved: false };
        let pointer = (&raw mut bio).cast();
        // SAFETY: the context is set up; the wire is taken away before its borrow ends.
        unsafe { raw::mbedtls_ssl_set_bio(ssl, pointer, Some(wire::send), Some(wire::receive), None) };
        let code = call(ssl);
        // SAFETY: as above.
        unsafe { raw::mbedtls_ssl_set_bio(ssl, ptr::null_mut(), None, None, None) };
        (code, Seen { alert: bio.alert, sent: bio.sent, starved: bio.starved })
    }

    /// The session is over: why.
    fn fail(&mut self, code: c_int, seen: Seen) -> Error {
        let inner = &mut *self.0;
        inner.life = Life::Failed;
        let mut error = Error::from_code(code);
        error.alert = match code {
            raw::MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE => inner.received_alert(),
            raw::MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY => Some(Alert::Received(0)),
            raw::MBEDTLS_ERR_SSL_INVALID_MAC => {
                Some(Alert::Sent(raw::MBEDTLS_SSL_ALERT_MSG_BAD_RECORD_MAC as u8))
            }
            _ => seen.alert.or(inner.pended_alert()).map(Alert::Sent),
        };
        // SAFETY: the context is set up.
        let flags = unsafe { raw::mbedtls_ssl_get_verify_result(&inner.ssl) };
        if code == raw::MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY {
            error.kind = ErrorKind::RefusedByPeer;
        } else if code == raw::MBEDTLS_ERR_X509_CERT_VERIFY_FAILED && flags != u32::MAX {
            error.kind = ErrorKind::Certificate(CertificateFault::from_flags(flags));
        }
        error
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.0
    }

    pub(super) fn inner_mut(&mut self) -> &mut Inner {
        &mut self.0
    }
}

/// What a call saw on the wire.
struct Seen {
    /// The alert that it sent in the clear.
    alert: Option<u8>,
    /// It sent something.
    sent: bool,
    /// It asked for bytes that have not arrived.
    starved: bool,
}

impl Inner {
    /// Whether the handshake is over and nothing of it waits to be sent; unlike `mbedtls_ssl_is_handshake_over`, which is true
    /// while a ticket waits in the output buffer.
    pub(super) fn is_over(&self) -> bool {
        self.ssl.private_state == raw::mbedtls_ssl_states_MBEDTLS_SSL_HANDSHAKE_OVER as c_int
    }

    /// Whether it is a client that has to keep what later tickets need.
    pub(super) fn expects_tickets(&self) -> bool {
        self.settings.role == Role::Client && self.settings.resumption.tickets
    }

    /// The description of the fatal alert that was just read (RFC 8446 section 6).
    fn received_alert(&self) -> Option<Alert> {
        let message = self.ssl.private_in_msg;
        if self.ssl.private_in_buf.is_null() || message.is_null() {
            return None;
        }
        // SAFETY: the message lies in the input buffer, and an alert has two bytes.
        Some(Alert::Received(unsafe { message.add(1).read() }))
    }

    /// The alert that the library sent for its last error.
    fn pended_alert(&self) -> Option<u8> {
        Some(self.ssl.private_alert_type).filter(|&alert| alert != 0)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.give_buffers_back();
        // SAFETY: set up or zeroed, which is the same to this function. The configuration and the identities are dropped after.
        unsafe { raw::mbedtls_ssl_free(&mut self.ssl) };
    }
}

/// A host name as C wants it.
fn c_string(name: &str) -> Result<Vec<u8>, ConfigError> {
    const MAX: usize = raw::MBEDTLS_SSL_MAX_HOST_NAME_LEN as usize;
    if name.is_empty() || name.len() > MAX || name.contains('\0') {
        return Err(ConfigError::BadHostName);
    }
    let mut string = Vec::new();
    string.try_reserve_exact(name.len().saturating_add(1)).map_err(|_| ConfigError::NoMemory)?;
    heap::try_extend(&mut string, name.as_bytes())?;
    heap::try_extend(&mut string, &[0])?;
    Ok(string)
}
