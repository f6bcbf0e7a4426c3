//! `lws_buflist`: bytes that wait, in the pieces that they came in.

use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::abi::lws_buflist;
use super::boundary::{bytes, int, text};
use super::callback::{PRE, append, pad};
use super::export;

/// One piece. C's `struct lws_buflist *` is the first of a list.
struct Segment {
    next: *mut Segment,
    /// LWS_PRE bytes, and the piece.
    padded: Vec<u8>,
    used: usize,
}

impl Segment {
    fn rest(&self) -> &[u8] {
        self.padded.get(PRE + self.used..).unwrap_or_default()
    }
}

/// A list by the pointer that C has of its first segment.
struct List {
    head: *mut *mut Segment,
}

impl List {
    /// # Safety
    /// `head` is NULL, or points to NULL or to what [`append`](Self::append) put there; nobody else uses the list meanwhile.
    unsafe fn from_c(head: *mut *mut lws_buflist) -> Option<Self> {
        (!head.is_null()).then(|| List { head: head.cast() })
    }

    fn first(&self) -> *mut Segment {
        // SAFETY: `from_c` was given a valid pointer.
        unsafe { *self.head }
    }

    fn iter(&self) -> impl Iterator<Item = &Segment> {
        // SAFETY: every segment is valid while it is in the list, and the list is borrowed.
        core::iter::successors(unsafe { self.first().as_ref() }, |segment| unsafe { segment.next.as_ref() })
    }

    /// `None` without bytes or memory; else whether it is the first.
    fn append(&mut self, data: &[u8]) -> Option<bool> {
        if data.is_empty() {
            return None;
        }
        let mut padded = Vec::new();
        padded.try_reserve_exact(PRE + data.len()).ok()?;
        pad(&mut padded)?;
        append(&mut padded, data)?;
        let segment = wm_sys::heap::try_box(Segment { next: ptr::null_mut(), padded, used: 0 }).ok()?;
        let mut place = self.head;
        // SAFETY: the place of the first pointer, then those of valid segments.
        unsafe {
            while !(*place).is_null() {
                place = &raw mut (**place).next;
            }
            *place = Box::into_raw(segment);
        }
        Some(ptr::eq(place, self.head))
    }

    /// Takes bytes off the first segment.
    fn advance(&mut self, count: usize) {
        let first = self.first();
        // SAFETY: valid while it is in the list.
        let Some(segment) = (unsafe { first.as_mut() }) else { return };
        segment.used += segment.rest().len().min(count);
        if segment.rest().is_empty() {
            // SAFETY: `head` is valid, and the segment came from a box and leaves the list here.
            unsafe {
                *self.head = segment.next;
                drop(Box::from_raw(first));
            }
        }
    }

    /// What is left of the first segment.
    fn next_length(&self) -> usize {
        self.iter().next().map_or(0, |segment| segment.rest().len())
    }

    /// Copies bytes from `offset` on, as many as there are and as fit.
    ///
    /// # Safety
    /// `room` bytes at `to` may be written, and lie in no segment.
    unsafe fn copy(&self, offset: usize, to: *mut u8, room: usize) -> usize {
        let (mut skip, mut copied) = (offset, 0);
        for rest in self.iter().map(Segment::rest) {
            let piece = rest.get(skip..).unwrap_or_default();
            skip = skip.saturating_sub(rest.len());
            let count = piece.len().min(room - copied);
            // SAFETY: `copied + count <= room`.
            unsafe { to.add(copied).copy_from_nonoverlapping(piece.as_ptr(), count) };
            copied += count;
        }
        copied
    }
}

export! {
    fn lws_buflist_append_segment(head: *mut *mut lws_buflist, buf: *const u8, len: usize) -> c_int {
        // SAFETY: NULL or valid by contract, `len` bytes at `buf`, here and in all functions below.
        let (list, data) = unsafe { (List::from_c(head), bytes(buf, len)) };
        list.and_then(|mut list| list.append(data)).map_or(-1, c_int::from)
    }

    fn lws_buflist_next_segment_len(head: *mut *mut lws_buflist, buf: *mut *mut u8) -> usize {
        // SAFETY: as above.
        let list = unsafe { List::from_c(head) };
        // SAFETY: the first segment of a list is valid.
        let segment = list.and_then(|list| unsafe { list.first().as_mut() });
        let place = segment.map(|segment| segment.padded.get_mut(PRE + segment.used..).unwrap_or_default());
        let (start, length) = place.map_or((ptr::null_mut(), 0), |rest| (rest.as_mut_ptr(), rest.len()));
        if !buf.is_null() {
            // SAFETY: as above.
            unsafe { *buf = start };
        }
        length
    }

    fn lws_buflist_use_segment(head: *mut *mut lws_buflist, len: usize) -> usize {
        // SAFETY: as above.
        unsafe { List::from_c(head) }.map_or(0, |mut list| {
            list.advance(len);
            list.next_length()
        })
    }

    fn lws_buflist_total_len(head: *mut *mut lws_buflist) -> usize {
        // SAFETY: as above.
        unsafe { List::from_c(head) }.map_or(0, |list| list.iter().map(|segment| segment.rest().len()).sum())
    }

    fn lws_buflist_linear_copy(head: *mut *mut lws_buflist, ofs: usize, buf: *mut u8, len: usize) -> c_int {
        // SAFETY: as above.
        match unsafe { List::from_c(head) } {
            // SAFETY: `len` bytes at `buf` by contract.
            Some(list) if !buf.is_null() => int(unsafe { list.copy(ofs, buf, len) }),
            _ => -1,
        }
    }

    fn lws_buflist_linear_use(head: *mut *mut lws_buflist, buf: *mut u8, len: usize) -> c_int {
        // SAFETY: passed on.
        let copied = unsafe { lws_buflist_linear_copy(head, 0, buf, len) };
        let mut left = usize::try_from(copied).unwrap_or(0);
        // SAFETY: as above.
        if let Some(mut list) = unsafe { List::from_c(head) } {
            while left > 0 {
                let count = list.next_length().min(left);
                list.advance(count);
                left -= count;
            }
        }
        copied
    }

    fn lws_buflist_fragment_use(
        head: *mut *mut lws_buflist,
        buf: *mut u8,
        len: usize,
        frag_first: *mut c_char,
        frag_fin: *mut c_char,
    ) -> c_int {
        // SAFETY: as above.
        let Some(mut list) = (unsafe { List::from_c(head) }) else { return 0 };
        let Some((used, rest)) = list.iter().next().map(|segment| (segment.used, segment.rest().len())) else {
            return 0;
        };
        let count = if buf.is_null() { 0 } else { rest.min(len) };
        // SAFETY: no more than `len` bytes at `buf`; the flags are NULL or valid by contract.
        unsafe {
            list.copy(0, buf, count);
            for (flag, value) in [(frag_first, used == 0), (frag_fin, count == rest)] {
                if !flag.is_null() {
                    *flag = c_char::from(value);
                }
            }
        }
        list.advance(count);
        int(count)
    }

    fn lws_buflist_destroy_all_segments(head: *mut *mut lws_buflist) {
        // SAFETY: as above.
        if let Some(mut list) = unsafe { List::from_c(head) } {
            while !list.first().is_null() {
                list.advance(usize::MAX);
            }
        }
    }

    fn lws_buflist_describe(head: *mut *mut lws_buflist, id: *mut c_void, reason: *const c_char) {
        // SAFETY: as above; a C string.
        let (list, reason) = unsafe { (List::from_c(head), text(reason)) };
        let reason = reason.and_then(|reason| core::str::from_utf8(reason).ok()).unwrap_or_default();
        for (number, segment) in list.iter().flat_map(List::iter).enumerate() {
            log_line!(Info, "{id:p}: {reason}: segment {number}: {} bytes left", segment.rest().len());
        }
    }
}
