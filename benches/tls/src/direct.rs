//! Mbed TLS driven directly, as its own examples do: the clients of both sides, and the servers that ours are compared with.

use core::ffi::{c_char, c_int};
use core::ptr;
use std::pin::Pin;

use mbedtls::*;

use crate::wires::{self, Wires};

/// What both ends may speak, so that both sides of the comparison agree on the same.
pub struct Choice {
    pub name: &'static str,
    /// As Mbed TLS numbers it.
    version: mbedtls_ssl_protocol_version,
    /// The only one, and the end of the list.
    suites: [c_int; 2],
}

pub static CHOICES: [Choice; 2] = [
    Choice {
        name: "TLS 1.3",
        version: mbedtls_ssl_protocol_version_MBEDTLS_SSL_VERSION_TLS1_3,
        suites: [0x1301, 0],
    },
    Choice {
        name: "TLS 1.2",
        version: mbedtls_ssl_protocol_version_MBEDTLS_SSL_VERSION_TLS1_2,
        suites: [0xc02b, 0],
    },
];

impl Choice {
    pub fn is_tls13(&self) -> bool {
        self.version == mbedtls_ssl_protocol_version_MBEDTLS_SSL_VERSION_TLS1_3
    }
}

/// P-256, of the registry of TLS, and the end of the list.
static GROUPS: [u16; 2] = [23, 0];
static HTTP_1_1: &core::ffi::CStr = c"http/1.1";

/// A number below 0 is an error, and a bug of this program.
fn checked(code: c_int) -> c_int {
    assert!(code >= 0, "Mbed TLS says -{:#06x}", -code);
    code
}

/// What contexts of one kind share. It does not move: the library points into it.
pub struct Configuration {
    raw: mbedtls_ssl_config,
    random: mbedtls_ctr_drbg_context,
    chain: mbedtls_x509_crt,
    key: mbedtls_pk_context,
    tickets: mbedtls_ssl_ticket_context,
    cache: mbedtls_ssl_cache_context,
    protocols: [*const c_char; 2],
}

impl Configuration {
    /// What [`ServerConfig::builder`](wm_websockets::tls::ServerConfig::builder) makes of these, with the library's own calls.
    ///
    /// An engine must exist: it gave the library its heap.
    pub fn server(choice: &'static Choice, chain: &[u8], key: &[u8]) -> Pin<Box<Self>> {
        let mut config = Self::new(choice, MBEDTLS_SSL_IS_SERVER);
        let Configuration { raw, random, chain: certificate, key: private, tickets, cache, .. } =
            &mut *config;
        let rng = ptr::from_mut(random).cast();
        // SAFETY: every context is zeroed or initialised, boxed, and lives as long as the configuration; PEM ends with a NUL.
        unsafe {
            checked(mbedtls_x509_crt_parse(certificate, chain.as_ptr(), chain.len()));
            let random = Some(mbedtls_ctr_drbg_random as Rng);
            checked(mbedtls_pk_parse_key(private, key.as_ptr(), key.len(), ptr::null(), 0, random, rng));
            checked(mbedtls_ssl_conf_own_cert(raw, certificate, private));
            let cipher = mbedtls_cipher_type_t_MBEDTLS_CIPHER_AES_256_GCM;
            checked(mbedtls_ssl_ticket_setup(tickets, random, rng, cipher, 24 * 3600));
            let tickets = ptr::from_mut(tickets).cast();
            let (write, parse) = (Some(mbedtls_ssl_ticket_write as _), Some(mbedtls_ssl_ticket_parse as _));
            mbedtls_ssl_conf_session_tickets_cb(raw, write, parse, tickets);
            mbedtls_ssl_cache_init(cache);
            mbedtls_ssl_cache_set_max_entries(cache, 8);
            let (get, set) = (Some(mbedtls_ssl_cache_get as _), Some(mbedtls_ssl_cache_set as _));
            mbedtls_ssl_conf_session_cache(raw, ptr::from_mut(cache).cast(), get, set);
        }
        config.into()
    }

    /// A client that believes everything: what it costs is not measured.
    pub fn client(choice: &'static Choice) -> Pin<Box<Self>> {
        let mut config = Self::new(choice, MBEDTLS_SSL_IS_CLIENT);
        let signal = MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED as c_int;
        // SAFETY: the configuration has its defaults.
        unsafe {
            mbedtls_ssl_conf_session_tickets(&mut config.raw, MBEDTLS_SSL_SESSION_TICKETS_ENABLED as c_int);
            mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(&mut config.raw, signal);
        }
        config.into()
    }

    fn new(choice: &'static Choice, endpoint: u32) -> Box<Self> {
        let mut config = Box::new(Configuration {
            raw: Default::default(),
            random: Default::default(),
            chain: Default::default(),
            key: Default::default(),
            tickets: Default::default(),
            cache: Default::default(),
            protocols: [HTTP_1_1.as_ptr(), ptr::null()],
        });
        let Configuration { raw, random, protocols, .. } = &mut *config;
        let (stream, preset) = (MBEDTLS_SSL_TRANSPORT_STREAM as c_int, MBEDTLS_SSL_PRESET_DEFAULT as c_int);
        // SAFETY: zeroed is initialised; what the configuration points to is static or boxed with it.
        unsafe {
            mbedtls_ctr_drbg_init(random);
            checked(mbedtls_ctr_drbg_seed(random, Some(entropy), ptr::null_mut(), ptr::null(), 0));
            checked(mbedtls_ssl_config_defaults(raw, endpoint as c_int, stream, preset));
            raw.private_min_tls_version = choice.version;
            raw.private_max_tls_version = choice.version;
            mbedtls_ssl_conf_rng(raw, Some(mbedtls_ctr_drbg_random), ptr::from_mut(random).cast());
            mbedtls_ssl_conf_authmode(raw, MBEDTLS_SSL_VERIFY_NONE as c_int);
            mbedtls_ssl_conf_renegotiation(raw, MBEDTLS_SSL_RENEGOTIATION_DISABLED as c_int);
            mbedtls_ssl_conf_ciphersuites(raw, choice.suites.as_ptr());
            mbedtls_ssl_conf_groups(raw, GROUPS.as_ptr());
            checked(mbedtls_ssl_conf_alpn_protocols(raw, protocols.as_mut_ptr()));
        }
        config
    }
}

type Rng = unsafe extern "C" fn(*mut core::ffi::c_void, *mut u8, usize) -> c_int;

unsafe extern "C" fn entropy(_: *mut core::ffi::c_void, output: *mut u8, length: usize) -> c_int {
    // SAFETY: Mbed TLS passes a buffer of `length` bytes, initialised by its caller.
    let bytes = unsafe { core::slice::from_raw_parts_mut(output, length) };
    wm_sys::entropy(bytes).map_or(MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED, |()| 0)
}

impl Drop for Configuration {
    fn drop(&mut self) {
        // SAFETY: initialised or zeroed, which is the same to these functions; no context uses them any more.
        unsafe {
            mbedtls_ssl_config_free(&mut self.raw);
            mbedtls_ssl_ticket_free(&mut self.tickets);
            mbedtls_ssl_cache_free(&mut self.cache);
            mbedtls_pk_free(&mut self.key);
            mbedtls_x509_crt_free(&mut self.chain);
            mbedtls_ctr_drbg_free(&mut self.random);
        }
    }
}

/// One connection's context. The wires are boxed with it: the library points to them.
pub struct Connection(Box<Inner>);

struct Inner {
    ssl: mbedtls_ssl_context,
    wires: Wires,
}

impl Connection {
    /// `config` must outlive it.
    pub fn new(config: &Configuration, saved: Option<&Saved>) -> Self {
        let mut inner = Box::new(Inner { ssl: Default::default(), wires: Wires::default() });
        let Inner { ssl, wires } = &mut *inner;
        // SAFETY: zeroed is initialised; the configuration outlives the context, and the wires are boxed with it.
        unsafe {
            checked(mbedtls_ssl_setup(ssl, &config.raw));
            let wires = ptr::from_mut(wires).cast();
            mbedtls_ssl_set_bio(ssl, wires, Some(wires::send), Some(wires::receive), None);
            if let Some(saved) = saved {
                checked(mbedtls_ssl_set_session(ssl, &saved.0));
            }
        }
        Connection(inner)
    }

    pub fn wires(&mut self) -> &mut Wires {
        &mut self.0.wires
    }

    /// Goes as far as it can with what has arrived; says whether the handshake is over.
    pub fn handshake(&mut self) -> bool {
        loop {
            // SAFETY: the context is set up.
            match unsafe { mbedtls_ssl_handshake(&mut self.0.ssl) } {
                MBEDTLS_ERR_SSL_WANT_READ => return false,
                // A client of TLS 1.2 calculates in steps.
                MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS => {}
                code => return checked(code) == 0,
            }
        }
    }

    /// The plaintext of the next record; 0: nothing, until more bytes arrive.
    pub fn read(&mut self, buffer: &mut [u8]) -> usize {
        self.0.wires.was_starved();
        loop {
            // SAFETY: the context is set up, and the buffer has that length.
            match unsafe { mbedtls_ssl_read(&mut self.0.ssl, buffer.as_mut_ptr(), buffer.len()) } {
                MBEDTLS_ERR_SSL_WANT_READ if self.0.wires.was_starved() => return 0,
                // A message that is no data: a ticket takes two calls.
                MBEDTLS_ERR_SSL_WANT_READ => {}
                MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET => {}
                code => return checked(code) as usize,
            }
        }
    }

    pub fn write(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            // SAFETY: the context is set up, and `bytes` has that length.
            let code = unsafe { mbedtls_ssl_write(&mut self.0.ssl, bytes.as_ptr(), bytes.len()) };
            bytes = &bytes[checked(code) as usize..];
        }
    }

    /// What a later connection resumes from.
    pub fn saved(&mut self) -> Saved {
        let mut saved = Saved(Default::default());
        // SAFETY: the context is set up; zeroed is initialised, and everything is copied.
        checked(unsafe { mbedtls_ssl_get_session(&self.0.ssl, &mut saved.0) });
        saved
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: set up.
        unsafe { mbedtls_ssl_free(&mut self.0.ssl) };
    }
}

/// A session that can be resumed.
pub struct Saved(mbedtls_ssl_session);

impl Drop for Saved {
    fn drop(&mut self) {
        // SAFETY: initialised when it was made.
        unsafe { mbedtls_ssl_session_free(&mut self.0) };
    }
}
