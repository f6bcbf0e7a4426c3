//! What the sessions of one configuration share, kept where C may point to it.

mod tickets;

use alloc::vec::Vec;
#[cfg(feature = "client")]
use core::cell::RefCell;
use core::cell::{Cell, UnsafeCell};
use core::ffi::{c_char, c_int, c_void};
use core::ptr;
use core::slice;

use self::tickets::Tickets;
use super::cipher_suite::{self, CipherSuite};
use super::config_error::ConfigError;
use super::engine::random;
use super::error::check;
use super::identity::{Identity, matching};
use super::policy::{Policy, Resumption, Role};
use super::psk::{self, PresharedKey};
use super::raw;
use super::shared::Shared;

/// A configuration: what was said about it, and the library's contexts that were made of that.
pub(super) struct Settings {
    raw: raw::mbedtls_ssl_config,
    pub(super) policy: Policy,
    /// A server's, which can be swapped while sessions hold on to the old ones; a client's one.
    identities: Cell<Option<Shared<Vec<Identity>>>>,
    protocols: [*const c_char; 2],
    #[cfg(feature = "security-small")]
    preferring: Option<Preferring>,
    // In cells, because C changes them while sessions share the configuration.
    tickets: UnsafeCell<Tickets>,
    cache: UnsafeCell<raw::mbedtls_ssl_cache_context>,
    #[cfg(feature = "client")]
    pub(super) remembered: RefCell<super::remembered::Remembered>,
}

/// A server's configuration for clients that know its first suite of TLS 1.3.
#[cfg(feature = "security-small")]
pub(super) struct Preferring {
    /// A copy of the other, which owns what both point to, but for the list of suites.
    raw: raw::mbedtls_ssl_config,
    /// The suite's number.
    pub(super) suite: u16,
    /// The other's.
    tickets: *mut Tickets,
}

#[cfg(feature = "security-small")]
impl Preferring {
    pub(super) fn as_ptr(&self) -> *const raw::mbedtls_ssl_config {
        &self.raw
    }
}

const HTTP_1_1: *const c_char = c"http/1.1".as_ptr();

/// Groups to agree on keys in, the cheapest first. On a Cortex-M3 both halves of an exchange take 3 million instructions on X25519 by its
/// crate, 9 million on P-256 by its own, 20 million on Mbed TLS's P-256, and 25 million on its X25519.
static GROUPS: &[u16] = &[
    #[cfg(feature = "security-x25519")]
    (raw::MBEDTLS_SSL_IANA_TLS_GROUP_X25519 as u16),
    raw::MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1 as u16,
    #[cfg(all(feature = "security", not(feature = "security-x25519")))]
    (raw::MBEDTLS_SSL_IANA_TLS_GROUP_X25519 as u16),
    #[cfg(feature = "security")]
    (raw::MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1 as u16),
    raw::MBEDTLS_SSL_IANA_TLS_GROUP_NONE as u16,
];

impl Settings {
    /// Makes the library's configuration, in its final place. Out of line: it has a copy of all of it on the stack on the way there.
    #[inline(never)]
    pub(super) fn make(policy: Policy, identities: Vec<Identity>) -> Result<Shared<Settings>, ConfigError> {
        if policy.min_version > policy.max_version {
            return Err(ConfigError::Refused { code: raw::MBEDTLS_ERR_SSL_BAD_CONFIG });
        }
        policy.engine.quiet();
        let mut shared = Shared::new(Settings {
            raw: Default::default(),
            policy,
            identities: Cell::new(None),
            protocols: [HTTP_1_1, ptr::null()],
            #[cfg(feature = "security-small")]
            preferring: None,
            tickets: UnsafeCell::new(Default::default()),
            cache: UnsafeCell::new(Default::default()),
            #[cfg(feature = "client")]
            remembered: RefCell::default(),
        })?;
        if !identities.is_empty() {
            shared.set_identities(identities)?;
        }
        // It is the only owner.
        if let Some(settings) = shared.get_mut() {
            settings.configure()?;
        }
        Ok(shared)
    }

    fn configure(&mut self) -> Result<(), ConfigError> {
        self.configure_defaults()?;
        self.configure_ciphers()?;
        self.configure_groups();
        self.configure_verification();
        self.configure_preshared_keys()?;
        match self.policy.role {
            Role::Server => self.configure_server()?,
            #[cfg(feature = "client")]
            Role::Client => self.configure_client()?,
        }
        #[cfg(feature = "security-small")]
        self.configure_preference();
        Ok(())
    }

    fn configure_defaults(&mut self) -> Result<(), ConfigError> {
        let endpoint = match self.policy.role {
            #[cfg(feature = "client")]
            Role::Client => raw::MBEDTLS_SSL_IS_CLIENT,
            Role::Server => raw::MBEDTLS_SSL_IS_SERVER,
        };
        let (stream, preset) = (raw::MBEDTLS_SSL_TRANSPORT_STREAM, raw::MBEDTLS_SSL_PRESET_DEFAULT);
        // SAFETY: zeroed is initialised (`mbedtls_ssl_config_init`).
        check(unsafe {
            raw::mbedtls_ssl_config_defaults(
                &mut self.raw,
                endpoint as c_int,
                stream as c_int,
                preset as c_int,
            )
        })?;
        self.raw.private_min_tls_version = self.policy.min_version.to_raw();
        self.raw.private_max_tls_version = self.policy.max_version.to_raw();
        self.raw.private_user_data.p = (&raw const *self).cast_mut().cast();
        // SAFETY: the configuration has its defaults; what it points to is static, or lives in these settings, which do not move
        // any more and free the configuration first.
        unsafe {
            raw::mbedtls_ssl_conf_rng(&mut self.raw, Some(random), self.policy.engine.rng());
            raw::mbedtls_ssl_conf_renegotiation(
                &mut self.raw,
                raw::MBEDTLS_SSL_RENEGOTIATION_DISABLED as c_int,
            );
            if self.policy.alpn {
                let protocols = self.protocols.as_mut_ptr();
                check(raw::mbedtls_ssl_conf_alpn_protocols(&mut self.raw, protocols))?;
            }
        }
        Ok(())
    }

    fn configure_ciphers(&mut self) -> Result<(), ConfigError> {
        let ciphers = match self.policy.ciphers.take() {
            Some(chosen) => chosen,
            None if self.policy.preshared_keys.is_empty() => cipher_suite::list(&[CipherSuite::DEFAULT])?,
            None => cipher_suite::list(&[CipherSuite::DEFAULT, CipherSuite::PRESHARED])?,
        };
        // SAFETY: the list ends with 0 and lives as long as the configuration.
        unsafe {
            raw::mbedtls_ssl_conf_ciphersuites(&mut self.raw, self.policy.ciphers.insert(ciphers).as_ptr())
        };
        Ok(())
    }

    /// The last step: it copies what the others have made.
    #[cfg(feature = "security-small")]
    fn configure_preference(&mut self) {
        let Some(ciphers) = self.policy.ciphers.as_mut().filter(|_| self.policy.role == Role::Server) else {
            return;
        };
        let preferred = cipher_suite::put_preferred_last(ciphers);
        let Some(tail) = preferred.and_then(|place| ciphers.get(place..)) else { return };
        let Some(suite) = tail.first().and_then(|number| u16::try_from(*number).ok()) else { return };
        if !self.policy.preshared_keys.is_empty() && !CipherSuite::from_number(suite).has_sha_256() {
            // Keys go with SHA-256 (RFC 8446 section 4.2.11). A client that names one would be refused for want of a suite with that.
            return;
        }
        let tickets = self.tickets.get();
        let preferring = self.preferring.insert(Preferring { raw: self.raw, suite, tickets });
        preferring.raw.private_ciphersuite_list = tail.as_ptr();
        if self.raw.private_f_ticket_parse.is_some() {
            let context = ptr::from_mut(preferring);
            // SAFETY: it does not move any more.
            let preferring = unsafe { &mut (*context).raw };
            preferring.private_f_ticket_parse = Some(tickets::parse_ticket::<true>);
            self.raw.private_f_ticket_parse = Some(tickets::parse_ticket::<false>);
            for raw in [preferring, &mut self.raw] {
                raw.private_f_ticket_write = Some(tickets::write_preferring_ticket);
                raw.private_p_ticket = context.cast();
            }
        }
    }

    /// For clients that know the suite.
    #[cfg(feature = "security-small")]
    pub(super) fn preferring(&self) -> Option<&Preferring> {
        self.preferring.as_ref()
    }

    fn configure_groups(&mut self) {
        // SAFETY: the list ends with `NONE` and is static.
        unsafe { raw::mbedtls_ssl_conf_groups(&mut self.raw, GROUPS.as_ptr()) };
    }

    fn configure_verification(&mut self) {
        // SAFETY: the authorities live as long as the configuration, and do not move.
        unsafe {
            raw::mbedtls_ssl_conf_authmode(&mut self.raw, self.policy.authentication as c_int);
            if let Some(trust) = &self.policy.trust {
                raw::mbedtls_ssl_conf_ca_chain(&mut self.raw, trust.as_ptr(), ptr::null_mut());
            }
        }
    }

    fn configure_preshared_keys(&mut self) -> Result<(), ConfigError> {
        let keys: *const Vec<PresharedKey> = &self.policy.preshared_keys;
        match (self.policy.role, self.policy.preshared_keys.first()) {
            (_, None) => {}
            // SAFETY: the keys live as long as the configuration, and do not move.
            (Role::Server, Some(_)) => unsafe {
                raw::mbedtls_ssl_conf_psk_cb(&mut self.raw, Some(psk::find), keys.cast_mut().cast());
            },
            #[cfg(feature = "client")]
            (Role::Client, Some(PresharedKey { identity, key })) => {
                // SAFETY: both are copied.
                check(unsafe {
                    raw::mbedtls_ssl_conf_psk(
                        &mut self.raw,
                        key.as_ptr(),
                        key.len(),
                        identity.as_ptr(),
                        identity.len(),
                    )
                })?;
            }
        }
        Ok(())
    }

    fn configure_server(&mut self) -> Result<(), ConfigError> {
        self.raw.private_f_cert_cb = Some(choose_identity);
        let Resumption { tickets: has_tickets, lifetime, cached } = self.policy.resumption;
        let seconds = u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX);
        if has_tickets {
            let tickets = self.tickets.get();
            // SAFETY: zeroed is initialised (`mbedtls_ssl_ticket_init`); the context lives as long as the configuration.
            unsafe {
                check(raw::mbedtls_ssl_ticket_setup(
                    &raw mut (*tickets).context,
                    Some(random),
                    self.policy.engine.rng(),
                    raw::mbedtls_cipher_type_t_MBEDTLS_CIPHER_AES_256_GCM,
                    seconds,
                ))?;
                raw::mbedtls_ssl_conf_session_tickets_cb(
                    &mut self.raw,
                    Some(tickets::write_ticket),
                    Some(tickets::read_ticket),
                    tickets.cast(),
                );
            }
        }
        if cached > 0 {
            let context = self.cache.get();
            // SAFETY: the context lives as long as the configuration.
            unsafe {
                raw::mbedtls_ssl_cache_init(context);
                raw::mbedtls_ssl_cache_set_max_entries(context, c_int::from(cached));
                raw::mbedtls_ssl_cache_set_timeout(context, seconds as c_int);
                raw::mbedtls_ssl_conf_session_cache(
                    &mut self.raw,
                    context.cast(),
                    Some(raw::mbedtls_ssl_cache_get),
                    Some(raw::mbedtls_ssl_cache_set),
                );
            }
        }
        Ok(())
    }

    #[cfg(feature = "client")]
    fn configure_client(&mut self) -> Result<(), ConfigError> {
        let tickets = match self.policy.resumption.tickets {
            true => raw::MBEDTLS_SSL_SESSION_TICKETS_ENABLED,
            false => raw::MBEDTLS_SSL_SESSION_TICKETS_DISABLED,
        };
        // SAFETY: the configuration has its defaults.
        unsafe { raw::mbedtls_ssl_conf_session_tickets(&mut self.raw, tickets as c_int) };
        #[cfg(feature = "security-small")]
        self.configure_later_tickets();
        let identity = self
            .identities
            .get_mut()
            .as_ref()
            .and_then(|identities| identities.first())
            .map(Identity::as_ptrs);
        if let Some((chain, key)) = identity {
            // SAFETY: the identity lives as long as the configuration.
            check(unsafe { raw::mbedtls_ssl_conf_own_cert(&mut self.raw, chain, key) })?;
        }
        Ok(())
    }

    /// Those of TLS 1.3 come after the handshake, and are told of.
    #[cfg(all(feature = "client", feature = "security-small"))]
    fn configure_later_tickets(&mut self) {
        let signal = match self.policy.resumption.tickets {
            true => raw::MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED,
            false => raw::MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_DISABLED,
        };
        // SAFETY: the configuration has its defaults.
        unsafe {
            raw::mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(&mut self.raw, signal as c_int)
        };
    }

    /// The number of the suite that the ticket is for which was read since this was asked before; 0: none was.
    pub(super) fn take_suite_of_ticket(&self) -> c_int {
        // SAFETY: C changes it in steps of handshakes alone, of which there is one at a time, and asks for it after that.
        unsafe { core::mem::take(&mut (*self.tickets.get()).suite) }
    }

    /// What sessions from now on show.
    pub(super) fn set_identities(&self, identities: Vec<Identity>) -> Result<(), ConfigError> {
        self.identities.set(Some(Shared::new(identities)?));
        Ok(())
    }

    pub(super) fn identities(&self) -> Option<Shared<Vec<Identity>>> {
        let identities = self.identities.take();
        self.identities.set(identities.clone());
        identities
    }

    pub(super) fn as_ptr(&self) -> *const raw::mbedtls_ssl_config {
        &self.raw
    }
}

impl Drop for Settings {
    fn drop(&mut self) {
        // SAFETY: all three are initialised or zeroed, which is the same to these functions, and no session uses them any more. The
        // configuration goes first: it points to the rest, which is dropped after it.
        unsafe {
            raw::mbedtls_ssl_config_free(&mut self.raw);
            raw::mbedtls_ssl_ticket_free(&raw mut (*self.tickets.get()).context);
            raw::mbedtls_ssl_cache_free(self.cache.get());
        }
    }
}

/// Mbed TLS's callback once the client's hello is read: which identity to show (RFC 6066 section 3).
///
/// # Safety
/// `ssl` is the context of a server session in its handshake, whose user data are its identities or null.
unsafe extern "C" fn choose_identity(ssl: *mut raw::mbedtls_ssl_context) -> c_int {
    // SAFETY: by contract; the session holds on to its identities while its handshake lasts.
    let identities = unsafe { (*ssl).private_user_data.p.cast::<Vec<Identity>>().as_ref() };
    let Some(identities) = identities else { return 0 };
    let mut length = 0;
    // SAFETY: the name lies in the hello, which stays where it is during this call.
    let name = unsafe {
        let name = raw::mbedtls_ssl_get_hs_sni(ssl, &mut length);
        (!name.is_null()).then(|| slice::from_raw_parts(name, length))
    };
    for identity in matching(identities, name) {
        let (chain, key) = identity.as_ptrs();
        // SAFETY: chain and key live, and stay where they are, as long as the handshake.
        let result = unsafe { raw::mbedtls_ssl_set_hs_own_cert(ssl, chain, key) };
        if result != 0 {
            return result;
        }
    }
    0
}

/// What [`choose_identity`] finds its identities by.
pub(super) fn identities_pointer(identities: &Shared<Vec<Identity>>) -> *mut c_void {
    (&raw const **identities).cast_mut().cast()
}
