//! The token of lwIP's core context, and the state that only its holder may touch.

use core::cell::UnsafeCell;
use core::marker::PhantomData;

use super::ready::ReadyList;

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

    /// The list of endpoints that have something to do.
    pub(super) fn ready(&mut self) -> &mut ReadyList {
        // SAFETY: the cell is reached through `&mut Core` alone, tokens exist one at a time (`enter`), and the
        // reference borrows the token: no second reference can be alive. Callbacks run only while the token is lent to
        // a call into lwIP, when no such reference is held.
        unsafe { &mut *READY.0.get() }
    }
}

/// State of the core context. lwIP is one per process, so is this.
struct CoreCell<T>(UnsafeCell<T>);

// SAFETY: access goes through `&mut Core`, of which there is one at a time, and only in the core context.
unsafe impl<T> Sync for CoreCell<T> {}

static READY: CoreCell<ReadyList> = CoreCell(UnsafeCell::new(ReadyList::new()));
