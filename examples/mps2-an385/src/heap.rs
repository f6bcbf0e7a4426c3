//! The heap, Rust's and through `wm_port_malloc` also lwIP's: the RAM behind the statics, as much of it as is asked for.
//!
//! `talc`, because its time does not depend on how many blocks and holes there are, and its price is 4 bytes a block,
//! rounded up to 16. Measured under lwIP's httpd with 20 idle connections and 70 in TIME_WAIT: a first-fit list
//! (`linked_list_allocator`) takes 3 % less memory and 28 % more instructions for a request, and more with each
//! connection; TLSF (`rlsf`) takes 8 % more memory for the same instructions.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::RefCell;
use core::ptr;

use critical_section::Mutex;
use talc::DefaultBinning;
use talc::base::Talc;
use talc::source::Manual;

/// The allocator and its high-water mark, for thread and interrupt.
struct Heap(Mutex<RefCell<Inner>>);

struct Inner {
    blocks: Talc<Manual, DefaultBinning>,
    peak: usize,
    refused: u32,
}

#[global_allocator]
static HEAP: Heap = Heap(Mutex::new(RefCell::new(Inner { blocks: Talc::new(Manual), peak: 0, refused: 0 })));

/// How the heap stands, in bytes; rounding and all headers included.
#[derive(Clone, Copy, Debug)]
pub struct HeapUse {
    /// What it was given.
    pub size: usize,
    /// In use now. The allocator's own table, about half a kilobyte, is in use from the start.
    pub used: usize,
    /// The most that was ever in use.
    pub peak: usize,
    /// Allocations that found no room.
    pub refused: u32,
}

unsafe extern "C" {
    /// The end of RAM, from cortex-m-rt's linker script.
    static _ram_end: u8;
}

/// Gives the heap `size` bytes behind the statics, or what there is when that is less.
///
/// # Safety
/// To be called once, before the first allocation.
pub(crate) unsafe fn enable(size: usize) {
    let start = cortex_m_rt::heap_start().cast::<u8>();
    let available = (&raw const _ram_end).addr() - start.addr();
    critical_section::with(|token| {
        let mut heap = HEAP.0.borrow_ref_mut(token);
        // SAFETY: the linker placed nothing between `heap_start` and the end of RAM, the stacks are elsewhere
        // (memory.in.x), and the caller vouches that this happens once.
        unsafe { heap.blocks.claim(start, size.min(available)) };
        heap.note_peak();
    });
}

/// How the heap stands.
pub fn heap_use() -> HeapUse {
    critical_section::with(|token| {
        let heap = HEAP.0.borrow_ref(token);
        let size = heap.blocks.counters().claimed_bytes;
        HeapUse { size, used: heap.used(), peak: heap.peak, refused: heap.refused }
    })
}

/// Lets the high-water mark start again from what is in use now.
pub(crate) fn reset_peak() {
    critical_section::with(|token| {
        let mut heap = HEAP.0.borrow_ref_mut(token);
        heap.peak = heap.used();
    });
}

impl Inner {
    fn used(&self) -> usize {
        let counters = self.blocks.counters();
        counters.claimed_bytes - counters.available_bytes
    }

    fn note_peak(&mut self) {
        self.peak = self.peak.max(self.used());
    }

    /// # Safety
    /// That of [`GlobalAlloc::alloc`].
    unsafe fn alloc(&mut self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller vouches that the layout is not of size zero.
        if let Some(block) = unsafe { self.blocks.allocate(layout) } {
            self.note_peak();
            return block.as_ptr();
        }
        self.refused = self.refused.saturating_add(1);
        ptr::null_mut()
    }

    /// # Safety
    /// That of [`GlobalAlloc::realloc`].
    unsafe fn realloc(&mut self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller vouches for block, layout and size. The new block is another one than the old, both are as
        // large as what is copied, and the old one is freed once.
        unsafe {
            if self.blocks.try_realloc_in_place(block, layout, size) {
                self.note_peak();
                return block;
            }
            let larger = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !larger.is_null() {
                ptr::copy_nonoverlapping(block, larger, layout.size().min(size));
                self.blocks.deallocate(block, layout);
            }
            larger
        }
    }
}

// SAFETY: blocks come from `talc`, which hands out memory of the layout asked for, disjoint from all blocks in use; the
// critical section makes each call atomic. Nothing here unwinds.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is the same.
        critical_section::with(|token| unsafe { self.0.borrow_ref_mut(token).alloc(layout) })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's contract is the same.
        critical_section::with(|token| unsafe {
            self.0.borrow_ref_mut(token).blocks.deallocate(block, layout)
        });
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's contract is the same.
        critical_section::with(|token| unsafe { self.0.borrow_ref_mut(token).realloc(block, layout, size) })
    }
}
