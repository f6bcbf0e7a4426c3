//! Shared ownership, allocated fallibly.

use alloc::boxed::Box;
use core::cell::Cell;
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::NonNull;

use critical_section::Mutex;

use super::{OutOfMemory, try_box};

/// `Arc` that reports exhaustion instead of ending the program, and counts in a critical section: it needs no
/// compare-and-swap, which a Cortex-M0 does not have.
///
/// ```
/// use wm_sys::heap::Counted;
///
/// # fn main() -> Result<(), wm_sys::heap::OutOfMemory> {
/// let one = Counted::try_new(7)?;
/// let other = one.clone();
/// drop(one);
/// assert_eq!(*other, 7);
/// # Ok(()) }
/// ```
pub struct Counted<T> {
    block: NonNull<Block<T>>,
    owns: PhantomData<Block<T>>,
}

struct Block<T> {
    owners: Mutex<Cell<usize>>,
    value: T,
}

// SAFETY: as for `Arc`: owners in several threads share `&T` and the last one drops `T`; the count is reached in a
// critical section alone.
unsafe impl<T: Send + Sync> Send for Counted<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Counted<T> {}

impl<T> Counted<T> {
    /// Moves `value` to the heap.
    ///
    /// # Errors
    /// [`OutOfMemory`] when the heap has no room; `value` is dropped.
    pub fn try_new(value: T) -> Result<Self, OutOfMemory> {
        let block = try_box(Block { owners: Mutex::new(Cell::new(1)), value })?;
        Ok(Self { block: NonNull::from(Box::leak(block)), owns: PhantomData })
    }

    /// Adds `change` to the number of owners, and returns it. Owners that were forgotten (`mem::forget`) take no memory, so their number may
    /// not fit: where it has reached the end nobody counts any more, and the value stays.
    fn count(&self, change: isize) -> usize {
        critical_section::with(|section| {
            // SAFETY: the block is freed by its last owner, and this is one.
            let owners = unsafe { self.block.as_ref() }.owners.borrow(section);
            if owners.get() != usize::MAX {
                owners.set(owners.get().wrapping_add_signed(change));
            }
            owners.get()
        })
    }
}

impl<T> Clone for Counted<T> {
    fn clone(&self) -> Self {
        self.count(1);
        Self { block: self.block, owns: PhantomData }
    }
}

impl<T> Deref for Counted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the block is freed by its last owner, and this is one.
        unsafe { &self.block.as_ref().value }
    }
}

impl<T> Drop for Counted<T> {
    fn drop(&mut self) {
        if self.count(-1) == 0 {
            // SAFETY: the block came from a box, and this was its last owner.
            drop(unsafe { Box::from_raw(self.block.as_ptr()) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn the_last_owner_drops_the_value() {
        struct Noted<'a>(&'a Cell<bool>);

        impl Drop for Noted<'_> {
            fn drop(&mut self) {
                self.0.set(true);
            }
        }

        let dropped = Cell::new(false);
        let owner = Counted::try_new(Noted(&dropped)).unwrap();
        let others: Vec<_> = (0..3).map(|_| owner.clone()).collect();
        drop(owner);
        assert!(!dropped.get());
        drop(others);
        assert!(dropped.get());
    }

    #[test]
    fn owners_that_were_forgotten_keep_the_value() {
        let owner = Counted::try_new(41).unwrap();
        // As many as 32 bits can count, forgotten one by one, in a minute.
        owner.count(isize::MAX);
        owner.count(isize::MAX - 1);
        (0..3).for_each(|_| core::mem::forget(owner.clone()));
        drop(owner.clone());
        assert_eq!((*owner, owner.count(0)), (41, usize::MAX));
        // SAFETY: the block came from a box, and its one owner is forgotten.
        drop(unsafe { Box::from_raw(core::mem::ManuallyDrop::new(owner).block.as_ptr()) });
    }

    #[test]
    fn owners_in_other_threads() {
        let owner = Counted::try_new(41).unwrap();
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let own = owner.clone();
                std::thread::spawn(move || (0..1000).for_each(|_| assert_eq!(*own.clone(), 41)))
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(owner.count(0), 1);
    }
}
