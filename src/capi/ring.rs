//! `lws_ring`: messages that several readers take at their own pace.
//!
//! A reader's place is a number of C's, an offset in bytes. A place that no element begins at is that of an empty reader.

use core::alloc::Layout;
use core::ffi::{c_int, c_void};
use core::ptr;

use alloc::alloc::{alloc_zeroed, dealloc};
use alloc::boxed::Box;

use super::abi::lws_ring;
use super::export;
use super::memory::ALIGNMENT;

type Destroy = Option<unsafe extern "C" fn(*mut c_void)>;

struct Ring {
    elements: *mut u8,
    layout: Layout,
    element: usize,
    /// Bytes of all elements: one more than can be held, so that full and empty differ.
    size: usize,
    head: usize,
    oldest: usize,
    destroy: Destroy,
}

impl Ring {
    fn new(element: usize, count: usize, destroy: Destroy) -> Option<Self> {
        let size = count.checked_add(1)?.checked_mul(element)?;
        if element == 0 || count == 0 || u32::try_from(size).is_err() {
            return None;
        }
        let layout = Layout::from_size_align(size, ALIGNMENT).ok()?;
        // SAFETY: the layout is not of size zero.
        let elements = unsafe { alloc_zeroed(layout) };
        let ring = Ring { elements, layout, element, size, head: 0, oldest: 0, destroy };
        // Dropping a ring without memory frees nothing: see `drop`.
        (!elements.is_null()).then_some(ring)
    }

    /// The ring behind C's pointer.
    ///
    /// # Safety
    /// `ring` is NULL or came from `lws_ring_create`, was not destroyed, and is used by nobody else for `'a`.
    unsafe fn from_c<'a>(ring: *mut lws_ring) -> Option<&'a mut Self> {
        // SAFETY: the caller vouches for it.
        unsafe { ring.cast::<Self>().as_mut() }
    }

    /// Bytes between a place and the head.
    fn waiting(&self, tail: usize) -> usize {
        if tail >= self.size || !tail.is_multiple_of(self.element) {
            return 0;
        }
        if tail <= self.head { self.head - tail } else { self.size - tail + self.head }
    }

    fn free(&self) -> usize {
        self.size - self.element - self.waiting(self.oldest)
    }

    fn after(&self, place: usize, bytes: usize) -> usize {
        (place + bytes) % self.size
    }

    /// Calls `each` with the address of every element from a place on.
    fn walk(&self, tail: usize, bytes: usize, mut each: impl FnMut(*mut u8)) {
        for done in (0..bytes).step_by(self.element) {
            // SAFETY: places lie within the allocation.
            each(unsafe { self.elements.add(self.after(tail, done)) });
        }
    }

    fn destroy_up_to(&mut self, tail: usize) {
        let kept = self.waiting(tail);
        let read = self.waiting(self.oldest).saturating_sub(kept);
        if let Some(destroy) = self.destroy {
            // SAFETY: the elements from the oldest on were inserted, and nobody reads them any more.
            self.walk(self.oldest, read, |element| unsafe { destroy(element.cast()) });
        }
        self.oldest = self.after(self.oldest, read);
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        if !self.elements.is_null() {
            self.destroy_up_to(self.head);
            // SAFETY: allocated with this layout.
            unsafe { dealloc(self.elements, self.layout) };
        }
    }
}

/// A reader's place; without one, that of the slowest.
///
/// # Safety
/// `tail` is NULL or valid.
unsafe fn place(ring: &Ring, tail: *const u32) -> usize {
    // SAFETY: the caller vouches for it.
    unsafe { tail.as_ref() }.map_or(ring.oldest, |tail| *tail as usize)
}

export! {
    fn lws_ring_create(
        element_len: usize,
        count: usize,
        destroy_element: Option<unsafe extern "C" fn(*mut c_void)>,
    ) -> *mut lws_ring {
        let ring = Ring::new(element_len, count, destroy_element);
        match ring.map(wm_sys::heap::try_box) {
            Some(Ok(ring)) => Box::into_raw(ring).cast(),
            _ => ptr::null_mut(),
        }
    }

    fn lws_ring_destroy(ring: *mut lws_ring) {
        if !ring.is_null() {
            // SAFETY: came from `lws_ring_create`, which leaked a box, and is given back once, by contract.
            drop(unsafe { Box::from_raw(ring.cast::<Ring>()) });
        }
    }

    fn lws_ring_get_count_free_elements(ring: *mut lws_ring) -> usize {
        // SAFETY: NULL or valid by contract, here and in all functions below.
        unsafe { Ring::from_c(ring) }.map_or(0, |ring| ring.free() / ring.element)
    }

    fn lws_ring_get_count_waiting_elements(ring: *mut lws_ring, tail: *mut u32) -> usize {
        // SAFETY: NULL or valid by contract.
        unsafe { Ring::from_c(ring).map_or(0, |ring| ring.waiting(place(ring, tail)) / ring.element) }
    }

    fn lws_ring_insert(ring: *mut lws_ring, src: *const c_void, max_count: usize) -> usize {
        // SAFETY: NULL or valid by contract.
        let Some(ring) = (unsafe { Ring::from_c(ring) }) else { return 0 };
        let count = if src.is_null() { 0 } else { max_count.min(ring.free() / ring.element) };
        let mut from = src.cast::<u8>();
        // SAFETY: `src` has `max_count` elements by contract, and does not lie in the ring.
        ring.walk(ring.head, count * ring.element, |element| unsafe {
            element.copy_from(from, ring.element);
            from = from.add(ring.element);
        });
        ring.head = ring.after(ring.head, count * ring.element);
        count
    }

    fn lws_ring_get_element(ring: *mut lws_ring, tail: *mut u32) -> *const c_void {
        // SAFETY: NULL or valid by contract; a place with something waiting lies within the allocation.
        unsafe {
            let Some(ring) = Ring::from_c(ring) else { return ptr::null() };
            let tail = place(ring, tail);
            if ring.waiting(tail) == 0 { ptr::null() } else { ring.elements.add(tail).cast() }
        }
    }

    fn lws_ring_consume(ring: *mut lws_ring, tail: *mut u32, dest: *mut c_void, max_count: usize) -> usize {
        // SAFETY: NULL or valid by contract.
        let Some(ring) = (unsafe { Ring::from_c(ring) }) else { return 0 };
        // SAFETY: as above.
        let from = unsafe { place(ring, tail) };
        let count = max_count.min(ring.waiting(from) / ring.element);
        let mut to = dest.cast::<u8>();
        if !to.is_null() {
            // SAFETY: `dest` has room for `max_count` elements by contract, and does not lie in the ring.
            ring.walk(from, count * ring.element, |element| unsafe {
                to.copy_from(element, ring.element);
                to = to.add(ring.element);
            });
        }
        let reached = ring.after(from, count * ring.element);
        // SAFETY: NULL or valid by contract.
        match unsafe { tail.as_mut() } {
            Some(tail) if count > 0 => *tail = reached as u32,
            Some(_) => {}
            None => ring.destroy_up_to(reached),
        }
        count
    }

    fn lws_ring_get_oldest_tail(ring: *mut lws_ring) -> u32 {
        // SAFETY: NULL or valid by contract.
        unsafe { Ring::from_c(ring) }.map_or(0, |ring| ring.oldest as u32)
    }

    fn lws_ring_update_oldest_tail(ring: *mut lws_ring, tail: u32) {
        // SAFETY: NULL or valid by contract.
        if let Some(ring) = unsafe { Ring::from_c(ring) } {
            ring.destroy_up_to(tail as usize);
        }
    }

    fn lws_ring_next_linear_insert_range(ring: *mut lws_ring, start: *mut *mut c_void, bytes: *mut usize) -> c_int {
        // SAFETY: NULL or valid by contract.
        let Some(ring) = (unsafe { Ring::from_c(ring) }) else { return 1 };
        let room = ring.free().min(ring.size - ring.head);
        if room == 0 || start.is_null() || bytes.is_null() {
            return 1;
        }
        // SAFETY: neither is NULL; the head lies within the allocation.
        unsafe {
            start.write(ring.elements.add(ring.head).cast());
            bytes.write(room);
        }
        0
    }

    fn lws_ring_bump_head(ring: *mut lws_ring, bytes: usize) {
        // SAFETY: NULL or valid by contract.
        if let Some(ring) = unsafe { Ring::from_c(ring) } {
            let whole = bytes.min(ring.free()) / ring.element * ring.element;
            ring.head = ring.after(ring.head, whole);
        }
    }

    fn lws_ring_dump(ring: *mut lws_ring, tail: *mut u32) {
        // SAFETY: NULL or valid by contract.
        unsafe {
            if let Some(ring) = Ring::from_c(ring) {
                let (waiting, free) = (ring.waiting(place(ring, tail)), ring.free());
                log_line!(Warn, "ring of {}: {waiting} wait, {free} free", ring.size / ring.element);
            }
        }
    }
}
