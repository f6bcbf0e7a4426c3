//! `lwsac`: memory that is taken in small pieces and freed at once.

use core::alloc::Layout;
use core::ffi::{c_int, c_void};
use core::ptr;

use alloc::alloc::{alloc_zeroed, dealloc};

use super::abi::lwsac;
use super::boundary::bytes;
use super::export;
use super::memory::ALIGNMENT;
use super::text::find;

/// Without a size of C's.
const DEFAULT_CHUNK: usize = 512;

/// Its management lies in front of a chunk's pieces.
struct Chunk {
    next: *mut Chunk,
    size: usize,
    used: usize,
    /// Of the first chunk: readers, whether the owner has let go, and what else ends with the arena.
    references: usize,
    is_detached: bool,
    attached: *mut Attachment,
}

/// An object that is no piece of the arena, but is freed with it.
struct Attachment {
    next: *mut Attachment,
    object: *mut c_void,
    free: unsafe fn(*mut c_void),
}

const HEADER: usize = aligned(size_of::<Chunk>());

const fn aligned(length: usize) -> usize {
    length.saturating_add(ALIGNMENT - 1) & !(ALIGNMENT - 1)
}

impl Chunk {
    /// `None` without memory.
    fn make(size: usize) -> Option<*mut Chunk> {
        let layout = Layout::from_size_align(size, ALIGNMENT).ok()?;
        // SAFETY: a chunk has a header at least, so that the size is not zero.
        let chunk = unsafe { alloc_zeroed(layout) }.cast::<Chunk>();
        let header = Chunk {
            next: ptr::null_mut(),
            size,
            used: HEADER,
            references: 0,
            is_detached: false,
            attached: ptr::null_mut(),
        };
        // SAFETY: just allocated, and large enough.
        (!chunk.is_null()).then(|| unsafe { chunk.write(header) }).map(|()| chunk)
    }

    /// # Safety
    /// The chunk is valid, and nobody else refers to it.
    unsafe fn take(chunk: *mut Chunk, length: usize) -> Option<*mut u8> {
        // SAFETY: the caller vouches for it.
        let Chunk { size, used, .. } = unsafe { chunk.read() };
        let end = used.checked_add(length)?;
        if end > size {
            return None;
        }
        // SAFETY: the piece lies within the chunk, whose pieces nobody else has taken from `used` on.
        unsafe {
            (*chunk).used = aligned(end).min(size);
            Some(chunk.cast::<u8>().add(used))
        }
    }
}

/// The chunks of an arena, each of which is valid until it is freed.
///
/// # Safety
/// `first` is NULL or a chunk, none of which is freed meanwhile.
unsafe fn chunks(first: *mut Chunk) -> impl Iterator<Item = *mut Chunk> {
    let some = |chunk: *mut Chunk| (!chunk.is_null()).then_some(chunk);
    // SAFETY: the caller vouches for every one.
    core::iter::successors(some(first), move |chunk| some(unsafe { (**chunk).next }))
}

/// A piece out of the last chunk, or out of `any`, or else out of a new one.
///
/// # Safety
/// `head` points to NULL or to a chunk, and nobody else uses the arena meanwhile.
unsafe fn piece(head: *mut *mut Chunk, length: usize, chunk_size: usize, any: bool) -> Option<*mut u8> {
    let mut last = ptr::null_mut();
    // SAFETY: the caller vouches for the chunks, here and below.
    for chunk in unsafe { chunks(*head) } {
        // SAFETY: as above.
        let piece = unsafe { if any || (*chunk).next.is_null() { Chunk::take(chunk, length) } else { None } };
        if piece.is_some() {
            return piece;
        }
        last = chunk;
    }
    let wanted = if chunk_size == 0 { DEFAULT_CHUNK } else { chunk_size };
    let size = aligned(HEADER.checked_add(length)?.max(HEADER.saturating_add(wanted)));
    let chunk = Chunk::make(size)?;
    // SAFETY: as above; the new chunk is reached by nobody yet.
    unsafe {
        *(if last.is_null() { head } else { &raw mut (*last).next }) = chunk;
        Chunk::take(chunk, length)
    }
}

/// Has `free` called with `object` when the arena is freed. `None` without memory.
///
/// # Safety
/// `head` points to NULL or to a chunk, and nobody else uses the arena meanwhile; `object` is valid for `free` until then.
pub(super) unsafe fn attach(
    head: *mut *mut lwsac,
    chunk_size: usize,
    object: *mut c_void,
    free: unsafe fn(*mut c_void),
) -> Option<()> {
    // SAFETY: the caller vouches for the arena; pieces are aligned for anything, and there is a first chunk when one was taken.
    unsafe {
        let place = piece(head.cast(), size_of::<Attachment>(), chunk_size, false)?.cast::<Attachment>();
        let first = (*head).cast::<Chunk>();
        place.write(Attachment { next: (*first).attached, object, free });
        (*first).attached = place;
    }
    Some(())
}

/// Changes who holds on to an arena, and frees it if nobody does any more.
///
/// # Safety
/// `head` is NULL, or points to NULL or to a chunk, and nobody else uses the arena meanwhile.
unsafe fn let_go(head: *mut *mut lwsac, change: impl FnOnce(&mut Chunk)) {
    // SAFETY: the caller vouches for it.
    let first = unsafe { head.as_ref() }.and_then(|first| unsafe { first.cast::<Chunk>().as_mut() });
    let Some(first) = first else { return };
    change(first);
    if first.is_detached && first.references == 0 {
        // SAFETY: as above.
        unsafe { lwsac_free(head) };
    }
}

/// A piece as C gets it.
///
/// # Safety
/// As [`piece`]; `head` may be NULL.
unsafe fn hand_out(head: *mut *mut lwsac, length: usize, chunk_size: usize, any: bool) -> *mut c_void {
    if head.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: the caller vouches for it.
    unsafe { piece(head.cast(), length, chunk_size, any) }.map_or(ptr::null_mut(), |piece| piece.cast())
}

fn counted(head: *mut lwsac, count: impl Fn(&Chunk) -> usize) -> u64 {
    // SAFETY: NULL or valid by contract of every function that counts; the header is read by nobody else meanwhile.
    unsafe { chunks(head.cast()).map(|chunk| count(&*chunk) as u64).sum() }
}

export! {
    fn lwsac_use(head: *mut *mut lwsac, ensure: usize, chunk_size: usize) -> *mut c_void {
        // SAFETY: NULL or valid by contract.
        unsafe { hand_out(head, ensure, chunk_size, false) }
    }

    fn lwsac_use_zero(head: *mut *mut lwsac, ensure: usize, chunk_size: usize) -> *mut c_void {
        // SAFETY: passed on. Chunks are zeroed when they are made, and no piece is taken twice.
        unsafe { lwsac_use(head, ensure, chunk_size) }
    }

    fn lwsac_use_backfill(head: *mut *mut lwsac, ensure: usize, chunk_size: usize) -> *mut c_void {
        // SAFETY: NULL or valid by contract.
        unsafe { hand_out(head, ensure, chunk_size, true) }
    }

    fn lwsac_extend(head: *mut lwsac, amount: usize) -> c_int {
        // SAFETY: NULL or valid by contract.
        let Some(chunk) = (unsafe { chunks(head.cast()) }).last() else { return 1 };
        // SAFETY: as above; nobody else refers to it.
        let chunk = unsafe { &mut *chunk };
        match chunk.used.checked_add(amount).filter(|end| *end <= chunk.size && chunk.used > HEADER) {
            Some(end) => {
                chunk.used = aligned(end).min(chunk.size);
                0
            }
            None => 1,
        }
    }

    fn lwsac_free(head: *mut *mut lwsac) {
        if head.is_null() {
            return;
        }
        // SAFETY: valid by contract; what is attached is let go of before the chunk that it is noted in, each chunk is left before it is
        // freed, with the layout that it was made with.
        unsafe {
            let mut chunk = (*head).cast::<Chunk>();
            *head = ptr::null_mut();
            let mut attached = chunk.as_ref().map_or(ptr::null_mut(), |first| first.attached);
            while let Some(Attachment { next, object, free }) = attached.as_ref() {
                free(*object);
                attached = *next;
            }
            while !chunk.is_null() {
                let Chunk { next, size, .. } = chunk.read();
                dealloc(chunk.cast(), Layout::from_size_align_unchecked(size, ALIGNMENT));
                chunk = next;
            }
        }
    }

    fn lwsac_reference(head: *mut lwsac) {
        // SAFETY: NULL or valid by contract.
        if let Some(first) = unsafe { head.cast::<Chunk>().as_mut() } {
            first.references = first.references.saturating_add(1);
        }
    }

    fn lwsac_unreference(head: *mut *mut lwsac) {
        // SAFETY: NULL or valid by contract.
        unsafe { let_go(head, |first| first.references = first.references.saturating_sub(1)) };
    }

    fn lwsac_detach(head: *mut *mut lwsac) {
        // SAFETY: NULL or valid by contract.
        unsafe { let_go(head, |first| first.is_detached = true) };
    }

    fn lwsac_get_next(lac: *mut lwsac) -> *mut lwsac {
        // SAFETY: NULL or valid by contract.
        unsafe { lac.cast::<Chunk>().as_ref() }.map_or(ptr::null_mut(), |chunk| chunk.next.cast())
    }

    fn lwsac_get_tail_pos(lac: *mut lwsac) -> usize {
        // SAFETY: NULL or valid by contract.
        unsafe { lac.cast::<Chunk>().as_ref() }.map_or(0, |chunk| chunk.used)
    }

    fn lwsac_sizeof(first: c_int) -> usize {
        let _ = first;
        HEADER
    }

    fn lwsac_align(length: usize) -> usize {
        aligned(length)
    }

    fn lwsac_scan_extant(head: *mut lwsac, wanted: *mut u8, len: usize, nul: c_int) -> *mut u8 {
        // SAFETY: NULL or valid by contract, `len` bytes at `wanted`.
        let needle = unsafe { bytes(wanted, len) };
        if needle.is_empty() {
            return ptr::null_mut();
        }
        // SAFETY: as above.
        for chunk in unsafe { chunks(head.cast()) } {
            // SAFETY: as above. All of a chunk is initialized, and C writes to none meanwhile.
            let (start, pieces) = unsafe {
                let start = chunk.cast::<u8>().add(HEADER);
                (start, bytes(start, (*chunk).used - HEADER))
            };
            let mut offset = 0;
            while let Some(place) = find(pieces.get(offset..).unwrap_or_default(), needle) {
                let end = offset + place + len;
                if nul == 0 || pieces.get(end) == Some(&0) {
                    // SAFETY: within the chunk.
                    return unsafe { start.add(offset + place) };
                }
                offset += place + 1;
            }
        }
        ptr::null_mut()
    }

    fn lwsac_total_alloc(head: *mut lwsac) -> u64 {
        counted(head, |chunk| chunk.size)
    }

    fn lwsac_total_overhead(head: *mut lwsac) -> u64 {
        counted(head, |chunk| HEADER + chunk.size - chunk.used)
    }

    fn lwsac_info(head: *mut lwsac) {
        // SAFETY: passed on.
        let (all, idle) = unsafe { (lwsac_total_alloc(head), lwsac_total_overhead(head)) };
        log_line!(Info, "lwsac {head:p}: {all} bytes, {idle} of them for nothing");
    }
}
