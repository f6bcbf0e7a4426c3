//! What all sessions of a program share: the library's heap, its random numbers, its clock, and the pool of record buffers.

use alloc::boxed::Box;
use core::cell::{Cell, UnsafeCell};
use core::ffi::{c_int, c_uchar, c_void};
use core::fmt;
use core::marker::PhantomData;
#[cfg(feature = "security-small")]
use core::mem::MaybeUninit;
use core::ptr;
use core::slice;

use critical_section::Mutex;

use super::clock;
use super::pool::Pool;
use super::raw;
#[cfg(feature = "security-small")]
use super::reserve::Reserve;
use super::session::Inner;
use super::shared;
use super::worker::PATIENCE;

/// Why Mbed TLS could not be taken into use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineError {
    /// Another engine exists. Clone it: there is one per program, in one task.
    InUse,
    /// The platform's entropy source failed, or no platform is installed. Without it there are no keys.
    NoEntropy,
    /// The heap is exhausted.
    NoMemory,
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EngineError::InUse => "Mbed TLS is in use already: share the one engine",
            EngineError::NoEntropy => "no entropy: the platform's source failed",
            EngineError::NoMemory => "out of memory",
        })
    }
}

impl core::error::Error for EngineError {}

/// Mbed TLS, taken into use: what every configuration and session holds on to.
///
/// The library keeps global state without a lock. So there is one engine, in one task; its clones, and all that is made with
/// them, stay there, but for the sessions that a [`HandshakeWorker`](crate::server::HandshakeWorker) does a step of. The last one dropped gives
/// everything back.
///
/// ```
/// use wm_websockets::tls::{Engine, EngineError};
///
/// # wm_sys::host::install();
/// let engine = Engine::new()?;
/// assert_eq!(Engine::new().err(), Some(EngineError::InUse));
/// # Ok::<(), EngineError>(())
/// ```
///
/// ```compile_fail,E0277
/// fn needs_send<T: Send>() {}
/// needs_send::<wm_websockets::tls::Engine>();
/// ```
#[derive(Debug)]
pub struct Engine {
    not_send: PhantomData<*mut ()>,
}

/// What the engine's task alone touches.
struct State {
    users: Cell<usize>,
    drbg: UnsafeCell<raw::mbedtls_ctr_drbg_context>,
    pool: Pool,
    #[cfg(feature = "security-small")]
    reserve: Reserve,
    /// An allocation of the library has failed.
    has_lacked_memory: Cell<bool>,
    /// A worker has a session, and with it the library's global state until this is true.
    lent: Cell<Option<fn() -> bool>>,
    /// Sessions that ended meanwhile.
    buried: Cell<Option<Box<Inner>>>,
}

struct Global(UnsafeCell<Option<State>>);

// SAFETY: reached by the holder of an engine alone, directly or through Mbed TLS, which only a holder calls, or a worker with a holder's
// session while that keeps quiet. Engines are not Send, and a second one is not made while `CLAIMED`.
unsafe impl Sync for Global {}

static GLOBAL: Global = Global(UnsafeCell::new(None));
static CLAIMED: Mutex<Cell<bool>> = Mutex::new(Cell::new(false));

impl Engine {
    /// Gives Mbed TLS the platform's heap, clock and entropy. Costs about 1 KB of heap, given back with the last clone.
    pub fn new() -> Result<Engine, EngineError> {
        if critical_section::with(|cs| CLAIMED.borrow(cs).replace(true)) {
            return Err(EngineError::InUse);
        }
        let state = State {
            users: Cell::new(1),
            drbg: UnsafeCell::new(Default::default()),
            pool: Pool::new(),
            #[cfg(feature = "security-small")]
            reserve: Reserve::default(),
            has_lacked_memory: Cell::new(false),
            lent: Cell::new(None),
            buried: Cell::new(None),
        };
        // SAFETY: the claim was free, so nobody else reaches the state.
        unsafe { *GLOBAL.0.get() = Some(state) };
        let engine = Engine { not_send: PhantomData };
        // SAFETY: the functions have the signatures of calloc and free, and belong together.
        unsafe { raw::mbedtls_platform_set_calloc_free(Some(calloc), Some(free)) };
        clock::install();
        wm_gcm::install();
        #[cfg(any(
            feature = "security-p256",
            feature = "security-restartable",
            feature = "security-x25519"
        ))]
        super::multiplication::install();
        // From here on dropping the engine undoes what was done.
        engine.seed()?;
        #[cfg(feature = "security-small")]
        // SAFETY: heap and random numbers are in place.
        match unsafe { raw::psa_crypto_init() } {
            raw::PSA_SUCCESS => {}
            raw::PSA_ERROR_INSUFFICIENT_MEMORY => return Err(EngineError::NoMemory),
            _ => return Err(EngineError::NoEntropy),
        }
        Ok(engine)
    }

    fn seed(&self) -> Result<(), EngineError> {
        let drbg = self.drbg();
        // SAFETY: the context is ours and stays where it is, in a static, until it is freed.
        let result = unsafe {
            raw::mbedtls_ctr_drbg_init(drbg);
            raw::mbedtls_ctr_drbg_seed(drbg, Some(entropy), ptr::null_mut(), raw::NONE, 0)
        };
        match result {
            0 => Ok(()),
            raw::MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED => Err(EngineError::NoEntropy),
            _ => Err(EngineError::NoMemory),
        }
    }

    fn state(&self) -> &State {
        // SAFETY: an engine exists, so the state does, and no `&mut` to it is made before the last engine is gone.
        match unsafe { &*GLOBAL.0.get() } {
            Some(state) => state,
            // SAFETY: `new` set it before it made the first engine, and only `drop` of the last one resets it.
            None => unsafe { core::hint::unreachable_unchecked() },
        }
    }

    fn drbg(&self) -> *mut raw::mbedtls_ctr_drbg_context {
        self.state().drbg.get()
    }

    pub(super) fn pool(&self) -> &Pool {
        &self.state().pool
    }

    #[cfg(feature = "security-small")]
    pub(super) fn reserve(&self) -> &Reserve {
        &self.state().reserve
    }

    /// Whether an allocation of the library has failed since this was asked last.
    pub(super) fn has_lacked_memory(&self) -> bool {
        self.state().has_lacked_memory.take()
    }

    /// Whether this task may touch the library's global state.
    pub(super) fn is_quiet(&self) -> bool {
        self.state().lent.get().is_none_or(|is_at_rest| is_at_rest())
    }

    /// Waits until it may: while a worker does a step of a handshake, for as long as that takes. Servers and clients know when that is, and
    /// come back later instead.
    #[inline(never)]
    pub(super) fn quiet(&self) {
        let mut has_waited = false;
        while !self.is_quiet() {
            wm_sys::wait(PATIENCE);
            has_waited = true;
        }
        if has_waited {
            wm_sys::wake(); // what has ended this wait may have been for somebody else
        }
    }

    /// Notes that a worker has a session, and who knows when its step is done; or that it has it no more.
    pub(super) fn lend(&self, is_at_rest: Option<fn() -> bool>) {
        self.state().lent.set(is_at_rest);
        if is_at_rest.is_none() {
            let mut next = self.state().buried.take();
            while let Some(mut session) = next {
                next = session.next_buried.take();
            }
        }
    }

    /// Ends a session as soon as that is possible.
    pub(super) fn bury(&self, mut session: Box<Inner>) {
        let buried = &self.state().buried;
        session.next_buried = buried.take();
        buried.set(Some(session));
    }

    /// The generator of random numbers, as Mbed TLS wants it: the function below and this.
    pub(super) fn rng(&self) -> *mut c_void {
        self.drbg().cast()
    }

    /// Keeps up to `pairs` pairs of record buffers for sessions to come, instead of giving them to the heap: so many connections
    /// can be active at one instant without looking for 16 KB in one piece. None at first.
    pub fn keep_buffers(&self, pairs: usize) {
        self.pool().keep(pairs);
    }
}

impl Clone for Engine {
    fn clone(&self) -> Self {
        let users = &self.state().users;
        users.set(users.get().saturating_add(1));
        Engine { not_send: PhantomData }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if !shared::last_of(&self.state().users) {
            return;
        }
        self.pool().keep(0);
        // SAFETY: nothing that Mbed TLS made is left: whatever has something of it holds an engine.
        unsafe {
            #[cfg(feature = "security-small")]
            raw::mbedtls_psa_crypto_free();
            raw::mbedtls_ctr_drbg_free(self.drbg());
            *GLOBAL.0.get() = None;
        }
        critical_section::with(|cs| CLAIMED.borrow(cs).set(false));
    }
}

/// The random numbers of all sessions.
///
/// # Safety
/// `drbg` is that of an engine, `output` valid for `length` bytes.
pub(super) unsafe extern "C" fn random(drbg: *mut c_void, output: *mut c_uchar, length: usize) -> c_int {
    // SAFETY: by contract.
    unsafe { raw::mbedtls_ctr_drbg_random(drbg, output, length) }
}

/// Seeds the generator from the platform.
unsafe extern "C" fn entropy(_: *mut c_void, output: *mut c_uchar, length: usize) -> c_int {
    // SAFETY: Mbed TLS passes a buffer of `length` bytes, initialised by its caller.
    let bytes = unsafe { slice::from_raw_parts_mut(output, length) };
    match wm_sys::entropy(bytes) {
        Ok(()) => 0,
        Err(_) => raw::MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED,
    }
}

/// The random numbers of PSA, in which Mbed TLS does the cryptography of TLS 1.3.
#[cfg(feature = "security-small")]
#[unsafe(no_mangle)]
unsafe extern "C" fn mbedtls_psa_external_get_random(
    _context: *mut raw::mbedtls_psa_external_random_context_t,
    output: *mut u8,
    size: usize,
    length: *mut usize,
) -> raw::psa_status_t {
    // SAFETY: Mbed TLS is called by the holder of an engine alone.
    let Some(state) = (unsafe { &*GLOBAL.0.get() }) else { return raw::PSA_ERROR_BAD_STATE };
    // SAFETY: `output` has `size` bytes.
    let output = unsafe { slice::from_raw_parts_mut(output.cast::<MaybeUninit<u8>>(), size) };
    for part in output.chunks_mut(raw::MBEDTLS_CTR_DRBG_MAX_REQUEST as usize) {
        // SAFETY: it writes that part, and the generator was seeded before PSA was initialised.
        if unsafe { random(state.drbg.get().cast(), part.as_mut_ptr().cast(), part.len()) } != 0 {
            return raw::PSA_ERROR_INSUFFICIENT_ENTROPY;
        }
    }
    // SAFETY: `length` is valid for a write.
    unsafe { *length = size };
    raw::PSA_SUCCESS
}

/// The library's heap is the platform's, but for the two record buffers of a new session, which the pool may have, and the ciphers of a step for
/// which there is a reserve.
unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    // SAFETY: Mbed TLS is called by the holder of an engine alone.
    let state = unsafe { &*GLOBAL.0.get() };
    if let Some(state) = state
        && let Some(buffer) = state.pool.serve_setup(count, size)
    {
        return buffer;
    }
    #[cfg(feature = "security-small")]
    if let Some(state) = state
        && let Some(block) = state.reserve.serve(count, size)
    {
        return block;
    }
    // SAFETY: it takes any sizes.
    let block = unsafe { raw::wm_port_calloc(count, size) };
    if let Some(state) = state.as_ref().filter(|_| block.is_null()) {
        state.has_lacked_memory.set(true);
    }
    block
}

unsafe extern "C" fn free(block: *mut c_void) {
    // SAFETY: blocks of Mbed TLS come from `calloc` above, and those from `wm_port_calloc`.
    unsafe { raw::wm_port_free(block) };
}
