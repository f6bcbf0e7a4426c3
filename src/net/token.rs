//! The token of lwIP's core context, and the state that only its holder may touch.

use core::cell::UnsafeCell;
use core::marker::PhantomData;

use super::core_context::IS_THREADED;
use super::ready::{Key, ReadyList, ReadyNode};

/// Proof that the caller is in lwIP's core context.
///
/// Zero-sized, neither `Send` nor `Copy`, with an invariant lifetime, so that it cannot leave the closure of
/// [`Stack::with_core`](super::Stack::with_core). A function that takes `&mut Core` may enter lwIP; no other may.
///
/// ```
/// use wm_websockets::net::{Core, TcpStream};
///
/// /// Says goodbye and closes; a full send buffer takes less than all.
/// fn farewell(core: &mut Core<'_>, mut stream: TcpStream) {
///     let _taken = stream.write(core, b"bye\r\n");
///     stream.close(core).unwrap_or_else(|(stream, _)| stream.abort(core));
/// }
/// ```
#[derive(Debug)]
pub struct Core<'c> {
    brand: PhantomData<fn(&'c ()) -> &'c ()>,
    not_send: PhantomData<*mut ()>,
}

impl Core<'_> {
    /// Makes a token.
    ///
    /// # Safety
    ///
    /// The caller is in lwIP's core context, and no other token is in use until this one is dropped: either
    /// `Stack::with_core` just entered the context, or lwIP is calling one of our callbacks, during which the token
    /// of whoever called lwIP is lent out and idle.
    pub(super) unsafe fn enter() -> Self {
        Core { brand: PhantomData, not_send: PhantomData }
    }

    /// Lends the list of endpoints that have something to do. `act` calls neither lwIP nor the platform.
    #[inline]
    pub(super) fn ready<R>(&mut self, act: impl FnOnce(&mut ReadyList) -> R) -> R {
        // SAFETY: this is the token, borrowed meanwhile.
        unsafe { ready(act) }
    }

    /// Notes news at an endpoint.
    ///
    /// # Safety
    ///
    /// As for [`ReadyList::push`].
    pub(super) unsafe fn announce(&mut self, node: *mut ReadyNode) {
        // SAFETY: by contract.
        if self.ready(|list| unsafe { list.push(node) }) {
            wm_sys::wake();
        }
    }

    /// Names an endpoint.
    ///
    /// # Safety
    ///
    /// As for [`ReadyList::set_key`].
    pub(super) unsafe fn name(&mut self, node: *mut ReadyNode, key: Key) {
        // SAFETY: by contract.
        if self.ready(|list| unsafe { list.set_key(node, key) }) {
            wm_sys::wake();
        }
    }
}

/// Lends the list of endpoints that have something to do.
///
/// # Safety
///
/// The caller has the token, or is the task that owns the stack and has lent none.
#[inline]
pub(super) unsafe fn ready<R>(act: impl FnOnce(&mut ReadyList) -> R) -> R {
    // SAFETY: the cell is reached here alone. In one task nobody else comes meanwhile, by contract; another is kept out by the critical
    // section.
    exclusively(|| unsafe { act(&mut *READY.0.get()) })
}

/// Where lwIP has a thread of its own, in a critical section: what callbacks note there, the application's task reads without a message
/// to that thread. `act` is short, and calls neither lwIP nor the platform.
#[inline]
pub(super) fn exclusively<R>(act: impl FnOnce() -> R) -> R {
    if IS_THREADED { critical_section::with(|_| act()) } else { act() }
}

/// State of the core context. lwIP is one per process, so is this.
struct CoreCell<T>(UnsafeCell<T>);

// SAFETY: access goes through `ready`, which has one user at a time.
unsafe impl<T> Sync for CoreCell<T> {}

static READY: CoreCell<ReadyList> = CoreCell(UnsafeCell::new(ReadyList::new()));
