//! A client's session: whom it expects, and what it resumes.

use alloc::vec::Vec;
use core::net::IpAddr;
use core::ptr;

use wm_sys::heap;

use super::Session;
use crate::tls::client_config::ClientConfig;
use crate::tls::config_error::ConfigError;
use crate::tls::error::check;
use crate::tls::raw;
use crate::tls::saved_session::SavedSession;

/// Whom a client wants to talk to, and whose name the certificate must bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerName<'n> {
    /// A host name; it is sent to the server too (SNI, RFC 6066 section 3).
    Dns(&'n str),
    /// An address; the certificate must name it as such (RFC 5280 section 4.2.1.6).
    Ip(IpAddr),
}

impl Session {
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
        // SAFETY: the name ends with a NUL and is copied. Without a name none is sent, and none is looked for in the certificate.
        check(unsafe { raw::mbedtls_ssl_set_hostname(&mut inner.ssl, name.cast()) })?;
        Ok(())
    }
}

/// A host name as C wants it: without the dot that says that it is a whole one (RFC 6066 section 3). With a colon in it, it is none, and Mbed TLS
/// 3.6.5, which would try to read an address, reads what is in front of it too (CVE-2026-25833).
fn c_string(name: &str) -> Result<Vec<u8>, ConfigError> {
    const MAX: usize = raw::MBEDTLS_SSL_MAX_HOST_NAME_LEN as usize;
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.is_empty() || name.len() > MAX || name.contains(['\0', ':']) {
        return Err(ConfigError::BadHostName);
    }
    let mut string = Vec::new();
    string.try_reserve_exact(name.len().saturating_add(1)).map_err(|_| ConfigError::NoMemory)?;
    heap::try_extend(&mut string, name.as_bytes())?;
    heap::try_extend(&mut string, &[0])?;
    Ok(string)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mbed TLS would read it as an address of IPv6, and some bytes in front of it too (CVE-2026-25833).
    #[test]
    fn a_host_name_has_no_colon() {
        assert!(c_string("device.example.").is_ok());
        for name in ["1.2:3", ":", "::1", "device.example:443"] {
            assert!(matches!(c_string(name), Err(ConfigError::BadHostName)), "{name}");
        }
    }
}
