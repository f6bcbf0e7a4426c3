//! What becomes of a segment that is dropped without a token.

use core::ptr::NonNull;

use lwip_sys::{pbuf, pbuf_free};

#[cfg(core_context = "direct")]
pub(super) use list::{free_all, take_over};

use super::token::Core;

/// Frees the pbuf of a dropped segment. With SYS_LIGHTWEIGHT_PROT, which `lwip-sys` insists on where lwIP has a thread of its own, any
/// other may do so too, as it does with what sockets receive.
///
/// # Safety
///
/// The pbuf is unchained, has reference count 1, and its ownership passes over.
#[cfg(not(core_context = "direct"))]
pub(super) unsafe fn take_over(pbuf: NonNull<pbuf>) {
    // SAFETY: by contract.
    unsafe { pbuf_free(pbuf.as_ptr()) };
}

/// Nothing is left to be freed.
#[cfg(not(core_context = "direct"))]
pub(super) fn free_all(_core: &mut Core<'_>) {}

#[cfg(core_context = "direct")]
mod list {
    use core::cell::Cell;
    use core::ptr;

    use critical_section::Mutex;

    use super::super::graveyard;
    use super::{Core, NonNull, pbuf, pbuf_free};

    /// Linked through `pbuf::next`.
    struct Dropped(Cell<*mut pbuf>);

    // SAFETY: the list owns its pbufs, and is reached in a critical section alone.
    unsafe impl Send for Dropped {}

    static DROPPED: Mutex<Dropped> = Mutex::new(Dropped(Cell::new(ptr::null_mut())));

    /// Keeps the pbuf of a dropped segment until somebody enters the core context.
    ///
    /// # Safety
    ///
    /// The pbuf is unchained, has reference count 1, and its ownership passes over.
    pub(in super::super) unsafe fn take_over(pbuf: NonNull<pbuf>) {
        critical_section::with(|cs| {
            let list = DROPPED.borrow(cs);
            // SAFETY: the pbuf is ours and unchained; its link now belongs to the list.
            unsafe { (*pbuf.as_ptr()).next = list.0.get() };
            list.0.set(pbuf.as_ptr());
        });
        graveyard::note();
    }

    /// Frees what was dropped.
    pub(in super::super) fn free_all(_core: &mut Core<'_>) {
        let mut next = critical_section::with(|cs| DROPPED.borrow(cs).0.replace(ptr::null_mut()));
        while let Some(pbuf) = NonNull::new(next) {
            // SAFETY: the pbuf came from a dropped segment, which owned it alone; it is unlinked before it is freed.
            unsafe {
                next = (*pbuf.as_ptr()).next;
                (*pbuf.as_ptr()).next = ptr::null_mut();
                pbuf_free(pbuf.as_ptr());
            }
        }
    }
}
