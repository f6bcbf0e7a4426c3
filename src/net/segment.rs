//! Received bytes, owned by whoever took them from the stream.

use core::cell::Cell;
use core::marker::PhantomData;
use core::ptr::{self, NonNull};
use core::slice;

use critical_section::Mutex;
use lwip_sys::{pbuf, pbuf_free};

use super::core_context::IS_THREADED;
use super::graveyard;
use super::stack::Stack;
use super::token::Core;

/// One received pbuf, owned: readable and changeable in place, outside lwIP's core context.
///
/// A segment holds at most one frame's payload ([`TCP_MSS`](crate::lwip::TCP_MSS) bytes). Its memory counts against the
/// receive window until [`TcpStream::consumed`](super::TcpStream::consumed) says otherwise. Give it back with
/// [`Segment::release`]; one that is merely dropped is freed when the stack is next polled, or at once where lwIP has a thread.
///
/// ```
/// use wm_websockets::net::{Core, TcpStream};
///
/// /// Answers every byte with its bitwise complement, changed where lwIP received it.
/// fn complement(core: &mut Core<'_>, stream: &mut TcpStream) {
///     while let Ok(Some(mut segment)) = stream.receive(core) {
///         segment.bytes_mut().iter_mut().for_each(|byte| *byte = !*byte);
///         let taken = stream.write(core, segment.bytes()).unwrap_or(0);
///         segment.advance(taken);
///         stream.consumed(core, taken);
///         if !segment.is_empty() {
///             return stream.restore(core, segment);
///         }
///         segment.release(core);
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Segment {
    /// Not chained, reference count 1: nobody else sees its payload.
    pbuf: NonNull<pbuf>,
    offset: u16,
    not_send: PhantomData<*mut ()>,
}

// SAFETY: its bytes are its own, and it may be dropped anywhere, as `drop` says.
#[cfg(core_context = "message")]
unsafe impl Send for Segment {}

impl Segment {
    /// # Safety
    ///
    /// `pbuf` is unchained, has reference count 1, and its ownership passes to the segment.
    pub(super) unsafe fn from_raw(pbuf: NonNull<pbuf>, offset: u16) -> Self {
        Segment { pbuf, offset, not_send: PhantomData }
    }

    pub(super) fn into_raw(self) -> (NonNull<pbuf>, u16) {
        let parts = (self.pbuf, self.offset);
        core::mem::forget(self);
        parts
    }

    /// The bytes that have not been advanced over.
    pub fn bytes(&self) -> &[u8] {
        let (start, length) = self.rest();
        // SAFETY: `payload` points to `len` initialised bytes of a pbuf that this segment owns alone; `rest` stays inside.
        unsafe { slice::from_raw_parts(start, length) }
    }

    /// The same bytes, to be changed in place: to unmask, to decrypt.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        let (start, length) = self.rest();
        // SAFETY: as in `bytes`; `&mut self` makes the access exclusive.
        unsafe { slice::from_raw_parts_mut(start, length) }
    }

    /// Leaves `count` bytes behind; more than there are means all.
    pub fn advance(&mut self, count: usize) {
        let count = count.min(self.bytes().len());
        self.offset = self.offset.saturating_add(count as u16);
    }

    /// Whether all bytes have been advanced over.
    pub fn is_empty(&self) -> bool {
        self.rest().1 == 0
    }

    /// Frees the memory at once. Where lwIP has a thread of its own, dropping the segment does so too, and needs no token.
    pub fn release(self, _core: &mut Core<'_>) {
        let (pbuf, _) = self.into_raw();
        // SAFETY: the pbuf was ours alone, and the token says that lwIP may be entered.
        unsafe { pbuf_free(pbuf.as_ptr()) };
    }

    /// [`release`](Self::release) by the way that costs least: where lwIP has a thread, dropping it is no message to that.
    pub(crate) fn release_in(self, stack: &mut Stack) {
        if !IS_THREADED {
            stack.enter(|core| self.release(core));
        }
    }

    fn rest(&self) -> (*mut u8, usize) {
        // SAFETY: the pbuf is valid while the segment owns it; `offset <= len` is kept by `advance`.
        unsafe {
            let pbuf = self.pbuf.as_ref();
            let offset = usize::from(self.offset);
            (pbuf.payload.cast::<u8>().add(offset), usize::from(pbuf.len).saturating_sub(offset))
        }
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        if IS_THREADED {
            // SAFETY: the pbuf is ours alone. With SYS_LIGHTWEIGHT_PROT, which `lwip-sys` insists on where lwIP has a thread, any other may
            // free it too, as it does with what sockets receive.
            unsafe { pbuf_free(self.pbuf.as_ptr()) };
            return;
        }
        critical_section::with(|cs| {
            let list = DROPPED.borrow(cs);
            // SAFETY: the pbuf is ours and unchained; its link now belongs to the list.
            unsafe { (*self.pbuf.as_ptr()).next = list.0.get() };
            list.0.set(self.pbuf.as_ptr());
        });
        graveyard::note();
    }
}

/// Segments dropped without a token, linked through `pbuf::next`.
struct Dropped(Cell<*mut pbuf>);

// SAFETY: the list owns its pbufs, and is reached in a critical section alone.
unsafe impl Send for Dropped {}

static DROPPED: Mutex<Dropped> = Mutex::new(Dropped(Cell::new(ptr::null_mut())));

/// Frees the segments that were dropped without a token.
pub(super) fn free_dropped(_core: &mut Core<'_>) {
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
