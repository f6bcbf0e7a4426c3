//! Records that have arrived.

use core::ffi::c_int;

use super::{Life, Outcome, Seen, Session};
use crate::tls::error::{Alert, Error, ErrorKind};
use crate::tls::plaintext::Plaintext;
use crate::tls::pool::Half;
use crate::tls::raw;
use crate::tls::wire::Wire;

/// What [`Session::read`] found.
#[derive(Debug)]
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

impl Session {
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
        if self.0.expects_ticket() {
            self.engine().quiet();
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
            let Outcome { code, seen } =
                self.call(wire, &mut |ssl| unsafe { raw::mbedtls_ssl_read(ssl, &mut nothing, 0) });
            match code {
                0 => {
                    // An empty record is none; the library allows a few.
                    if let Some(plaintext) = self.0.lend_plaintext() {
                        return Ok(Read::Plaintext(plaintext));
                    }
                }
                raw::MBEDTLS_ERR_SSL_WANT_READ if seen.starved => return Ok(Read::NeedsInput),
                // A message that is no data.
                raw::MBEDTLS_ERR_SSL_WANT_READ => self.0.pass_over_ticket(),
                raw::MBEDTLS_ERR_SSL_WANT_WRITE => return Ok(Read::NeedsRoom),
                raw::MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY => {
                    self.0.life = Life::PeerClosed;
                    return Ok(Read::Closed);
                }
                raw::MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET => {
                    // One is enough.
                    self.0.drop_handshake();
                    return Ok(Read::Ticket);
                }
                code => return Err(self.fail_reading(wire, code, seen)),
            }
        }
    }

    /// Whether reading does not have to wait for a worker: out of a ticket a key is calculated.
    pub(crate) fn may_read(&self) -> bool {
        !self.0.expects_ticket() || self.engine().is_quiet()
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
        // In the output buffer nothing waits.
        self.send_alert(wire, number);
        error.alert = Some(Alert::Sent(number));
        error
    }

    /// Takes back what [`read`](Self::read) lent: nothing more is read before. What was not advanced over is read again.
    pub fn restore(&mut self, plaintext: Plaintext) {
        self.0.take_back(plaintext);
    }

    /// Whether the peer has said that nothing follows.
    pub fn is_closed_by_peer(&self) -> bool {
        self.0.life == Life::PeerClosed
    }

    /// Whether plaintext that was given back waits to be read again.
    pub fn has_plaintext(&self) -> bool {
        !self.0.ssl.private_in_offt.is_null()
    }
}
