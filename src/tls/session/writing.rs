//! Records that leave, the last one included.

use super::{Outcome, Session};
use crate::tls::error::{Error, ErrorKind, check};
use crate::tls::pool::Half;
use crate::tls::raw;
use crate::tls::wire::Wire;

impl Session {
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
        let Outcome { code, seen } =
            self.call(wire, &mut |ssl| unsafe { raw::mbedtls_ssl_write(ssl, record.as_ptr(), record.len()) });
        match code {
            // The record is complete in the output buffer, and the rest of it waits there.
            raw::MBEDTLS_ERR_SSL_WANT_WRITE if self.has_pending_output() => Ok(record.len()),
            code if code > 0 => Ok((code as usize).min(record.len())),
            code => Err(self.fail(code, seen)),
        }
    }

    /// Whether a part of a record still waits for room on the wire.
    pub fn has_pending_output(&self) -> bool {
        self.0.ssl.private_out_left > 0
    }

    /// How much of a record that is.
    pub(crate) fn pending_output(&self) -> usize {
        self.0.ssl.private_out_left
    }

    /// Puts on the wire what waits; says whether nothing waits any more. Works on a failed session too.
    pub fn flush(&mut self, wire: &mut dyn Wire) -> Result<bool, Error> {
        if !self.has_pending_output() {
            return Ok(true);
        }
        // SAFETY: the context is set up, has the output buffer, because something waits in it, and is lent a wire.
        let Outcome { code, seen } =
            self.call(wire, &mut |ssl| unsafe { raw::mbedtls_ssl_flush_output(ssl) });
        match code {
            0 => Ok(true),
            raw::MBEDTLS_ERR_SSL_WANT_WRITE => Ok(false),
            code => Err(self.fail(code, seen)),
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
        let Outcome { code, seen } =
            self.call(wire, &mut |ssl| unsafe { raw::mbedtls_ssl_close_notify(ssl) });
        match code {
            0 | raw::MBEDTLS_ERR_SSL_WANT_WRITE => {
                self.0.close_sent = true;
                Ok(!self.has_pending_output())
            }
            code => Err(self.fail(code, seen)),
        }
    }
}
