//! A reference count for one task, whose allocation may fail.

use alloc::boxed::Box;
use core::cell::Cell;
use core::ops::Deref;
use core::ptr::NonNull;

use wm_sys::heap::{self, OutOfMemory};

/// A value with several owners, which never moves: C may keep pointers to it. `Rc` with a fallible start.
pub(super) struct Shared<T>(NonNull<Counted<T>>);

struct Counted<T> {
    owners: Cell<usize>,
    value: T,
}

impl<T> Shared<T> {
    pub(super) fn new(value: T) -> Result<Self, OutOfMemory> {
        let counted = heap::try_box(Counted { owners: Cell::new(1), value })?;
        Ok(Shared(NonNull::from(Box::leak(counted))))
    }

    /// The value, while it has no other owner.
    pub(super) fn get_mut(&mut self) -> Option<&mut T> {
        // SAFETY: the block lives while an owner does. With one owner, borrowed mutably, nobody else can reach it.
        let counted = unsafe { self.0.as_mut() };
        (counted.owners.get() == 1).then_some(&mut counted.value)
    }

    fn owners(&self) -> &Cell<usize> {
        // SAFETY: the block lives while an owner does.
        unsafe { &self.0.as_ref().owners }
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        // Owners are at least a pointer long each, so that their number fits.
        self.owners().set(self.owners().get().wrapping_add(1));
        Shared(self.0)
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the block lives while an owner does; `get_mut` needs the owner mutably.
        unsafe { &self.0.as_ref().value }
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        let others = self.owners().get().wrapping_sub(1);
        self.owners().set(others);
        if others == 0 {
            // SAFETY: the block came from a box, and this was its last owner.
            drop(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
    }
}
