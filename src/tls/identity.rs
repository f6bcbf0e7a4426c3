//! What an endpoint shows of itself: a certificate chain and the key that belongs to it.

use alloc::vec::Vec;
use core::cell::UnsafeCell;
use core::ptr;

use super::certificate::{Chain, Validity, is_pem, terminated};
use super::config_error::ConfigError;
use super::engine::{Engine, random};
use super::error::{Error, ErrorKind};
use super::raw;
use super::shared::Shared;

/// A certificate chain and its private key, checked: they are readable, belong together, and are valid now. A clone is another owner
/// of the same.
///
/// ```no_run
/// use wm_websockets::tls::{ConfigError, Engine, Identity};
///
/// # fn main() -> Result<(), Box<dyn core::error::Error>> {
/// let engine = Engine::new()?;
/// let identity = Identity::new(&engine, CHAIN, KEY)?;
/// # let _ = identity;
/// # Ok(())
/// # }
/// # const CHAIN: &[u8] = b"";
/// # const KEY: &[u8] = b"";
/// ```
#[derive(Clone)]
pub struct Identity(Shared<Pair>);

struct Pair {
    chain: Chain,
    key: PrivateKey,
}

impl Identity {
    /// Reads a chain, its own certificate first, and the private key, in PEM or DER, with or without a NUL at the end. Both are
    /// copied.
    ///
    /// # Errors
    /// What is wrong with which of the two. Dates are not looked at while the platform has no clock; that is logged.
    pub fn new(engine: &Engine, chain: &[u8], key: &[u8]) -> Result<Identity, ConfigError> {
        engine.quiet();
        let chain = Chain::parse(chain)?;
        let key = PrivateKey::parse(engine, key)?;
        match chain.validity() {
            Some(Validity::Now) => {}
            Some(Validity::Over) => return Err(ConfigError::CertificateExpired),
            Some(Validity::NotBegun) => return Err(ConfigError::CertificateNotYetValid),
            None => log_line!(Warn, "no clock: the dates of the own certificate are not checked"),
        }
        key.check_belongs_to(chain.public_key())?;
        Ok(Identity(Shared::new(Pair { chain, key })?))
    }

    /// For `mbedtls_ssl_set_hs_own_cert` and its kin, which keep the pointers: while they do, the identity must have an owner.
    pub(super) fn as_ptrs(&self) -> (*mut raw::mbedtls_x509_crt, *mut raw::mbedtls_pk_context) {
        (self.0.chain.as_ptr(), self.0.key.context.get())
    }
}

/// The identities that belong to a client's server name (RFC 6066 section 3): those that name it, else the first.
pub(super) fn matching<'i>(
    identities: &'i [Identity],
    name: Option<&'i [u8]>,
) -> impl Iterator<Item = &'i Identity> {
    let names = move |identity: &Identity| name.is_some_and(|name| identity.0.chain.names(name));
    let known = identities.iter().any(names);
    identities
        .iter()
        .enumerate()
        .filter(move |(number, identity)| if known { names(identity) } else { *number == 0 })
        .map(|(_, identity)| identity)
}

struct PrivateKey {
    engine: Engine,
    /// In a cell, because C changes it when it signs: RSA blinds.
    context: UnsafeCell<raw::mbedtls_pk_context>,
}

impl PrivateKey {
    fn parse(engine: &Engine, bytes: &[u8]) -> Result<PrivateKey, ConfigError> {
        let mut key = PrivateKey { engine: engine.clone(), context: UnsafeCell::new(Default::default()) };
        let result = if is_pem(bytes) {
            let mut text = terminated(bytes)?;
            let result = key.parse_bytes(&text);
            wipe(&mut text);
            result
        } else {
            // A NUL behind DER is not part of it; one that is ends a length or a value, and parsing with it succeeds.
            key.parse_bytes(bytes).or_else(|error| match bytes.split_last() {
                Some((0, without)) => key.parse_bytes(without),
                _ => Err(error),
            })
        };
        result.map(|()| key)
    }

    fn parse_bytes(&mut self, bytes: &[u8]) -> Result<(), ConfigError> {
        let context = self.context.get_mut();
        // SAFETY: the context is initialised and empty; the bytes are copied.
        let result = unsafe {
            raw::mbedtls_pk_parse_key(
                context,
                bytes.as_ptr(),
                bytes.len(),
                ptr::null(),
                0,
                Some(random),
                self.engine.rng(),
            )
        };
        match super::error::check(result) {
            Ok(_) => Ok(()),
            Err(Error { kind: ErrorKind::NoMemory, .. }) => Err(ConfigError::NoMemory),
            Err(Error { code, .. }) if is_encrypted(bytes, code) => Err(ConfigError::EncryptedKey),
            Err(Error { code, .. }) => Err(ConfigError::UnreadableKey { code }),
        }
    }

    fn check_belongs_to(&self, public: *const raw::mbedtls_pk_context) -> Result<(), ConfigError> {
        // SAFETY: both contexts are initialised; the random numbers are those of the engine.
        let result = unsafe {
            raw::mbedtls_pk_check_pair(public, self.context.get(), Some(random), self.engine.rng())
        };
        match super::error::check(result) {
            Ok(_) => Ok(()),
            Err(Error { kind: ErrorKind::NoMemory, .. }) => Err(ConfigError::NoMemory),
            Err(_) => Err(ConfigError::KeyMismatch),
        }
    }
}

impl Drop for PrivateKey {
    fn drop(&mut self) {
        // SAFETY: initialised when it was made; C holds no pointer to it any more. It wipes what it frees.
        unsafe { raw::mbedtls_pk_free(self.context.get_mut()) };
    }
}

/// Whether the library failed because it has no password, or because encryption is left out of this build: the armour says it
/// then (RFC 7468 section 11, RFC 1421 section 4.6.1.1).
fn is_encrypted(bytes: &[u8], code: i32) -> bool {
    let says = |mark: &[u8]| bytes.windows(mark.len()).any(|window| window == mark);
    matches!(
        code,
        raw::MBEDTLS_ERR_PK_PASSWORD_REQUIRED
            | raw::MBEDTLS_ERR_PK_PASSWORD_MISMATCH
            | raw::MBEDTLS_ERR_PEM_PASSWORD_REQUIRED
    ) || says(b"BEGIN ENCRYPTED PRIVATE KEY")
        || says(b"Proc-Type: 4,ENCRYPTED")
}

/// Overwrites a copy of a secret.
pub(crate) fn wipe(secret: &mut Vec<u8>) {
    // SAFETY: the vector's own bytes.
    unsafe { raw::zeroize(secret.as_mut_ptr(), secret.len()) };
}
